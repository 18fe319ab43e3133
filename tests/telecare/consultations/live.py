"""Real browsers at a real server: the cast signs in, cameras and microphones are Chromium's fake ones."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page, WebSocketRoute, async_playwright

from tests.cast import ident
from tests.chromium import CHROMIUM, MEDIA, WATCHED
from tests.running import PATIENCE, ROOT, free_port, until_ready
from tests.telecare.consultations.process import PASSWORD

MASTER = {"TELECARE_MASTER_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "TELECARE_LOG": "ERROR"}
HEINRICH = ident("heinrich")
HERE: dict[str, Any] = {"locale": "de-DE", "timezone_id": "Europe/Berlin"}  # as the server, whatever the machine's is
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, **HERE}
DESK: dict[str, Any] = {"viewport": {"width": 1366, "height": 860}, **HERE}
SEEN_WITHIN = 60.0  # seconds: others use the processors too


@dataclass
class Server:
    """A running server process with the cast."""

    port: int
    popen: subprocess.Popen[str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextlib.contextmanager
def serving(data: Path, port: int | None = None, **environment: str) -> Iterator[Server]:
    """Serve from `data` while the block runs; with the same data and port it is the same server started again."""
    port = port or free_port()
    own = {
        **MASTER,
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "DATA": str(data),
        "TELECARE_STATIC": str(data / "static"),
        "TELECARE_URL": f"http://127.0.0.1:{port}",
        **environment,
    }
    data.mkdir(parents=True, exist_ok=True)
    popen = subprocess.Popen(
        [sys.executable, "-m", "tests.telecare.consultations.process", str(port), "127.0.0.1", "patiently"],
        cwd=ROOT,
        env={**os.environ, **own},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert popen.stdout is not None
        assert popen.stdout.readline() == "ready\n", "the server ended before it began"
        assert until_ready(port, popen, PATIENCE), "the server does not answer"
        yield Server(port, popen)
    finally:
        popen.terminate()
        popen.wait(PATIENCE)
        assert popen.stdout is not None
        popen.stdout.close()


class Line:
    """The socket of one page, which the test can cut and give back."""

    def __init__(self) -> None:
        self.open: list[tuple[WebSocketRoute, WebSocketRoute]] = []
        self.dead = False
        self.connected = 0
        self.lost: str | None = None  # events of this name do not reach the page

    def opened(self, page_side: WebSocketRoute) -> None:
        if self.dead:  # nothing answers: the browser waits
            return
        self.connected += 1
        server_side = page_side.connect_to_server()
        server_side.on_message(lambda text: None if f'"on":"{self.lost}"' in text else page_side.send(text))
        self.open.append((page_side, server_side))

    async def cut(self) -> None:
        """Both ends lose it, and no new one comes through."""
        self.dead = True
        for page_side, server_side in self.open:
            await server_side.close(code=1001)
            await page_side.close(code=4000)
        self.open.clear()

    def give_back(self) -> None:
        self.dead = False


@dataclass
class Visit:
    """Somebody at a page, with what went wrong there."""

    page: Page
    context: BrowserContext
    line: Line
    troubles: list[str]

    async def seen(self, selector: str, *, within: float = SEEN_WITHIN) -> None:
        await self.page.wait_for_selector(selector, timeout=within * 1000)

    async def frames(self) -> int:
        """How many pictures of the others have been drawn so far."""
        return int(
            await self.page.evaluate(
                """() => [...document.querySelectorAll('[data-others] video')]
                    .reduce((sum, video) => sum + video.getVideoPlaybackQuality().totalVideoFrames, 0)"""
            )
        )

    async def picture_moves(self, *, within: float = SEEN_WITHIN) -> None:
        """The others' picture goes on from now."""
        before = await self.frames()
        await self.page.wait_for_function(
            """(before) => [...document.querySelectorAll('[data-others] video')]
                .reduce((sum, video) => sum + video.getVideoPlaybackQuality().totalVideoFrames, 0) > before + 3""",
            arg=before,
            timeout=within * 1000,
        )

    async def connections(self) -> int:
        """How many connections this page has made so far; the page is `WATCHED`."""
        return int(await self.page.evaluate("window.connections.length"))

    async def ways(self) -> list[tuple[str, str]]:
        """By which kind of candidates its open connections go, ours and theirs; the page is `WATCHED`."""
        found = await self.page.evaluate(
            """async () => {
                const open = window.connections.filter((one) => one.connectionState === "connected");
                return Promise.all(open.map(async (one) => {
                    const stats = await one.getStats();
                    const transport = [...stats.values()].find((entry) => entry.type === "transport");
                    const pair = stats.get(transport.selectedCandidatePairId);
                    return [pair.localCandidateId, pair.remoteCandidateId].map((id) => stats.get(id).candidateType);
                }));
            }"""
        )
        return [(ours, theirs) for ours, theirs in found]

    async def go(self, address: str) -> None:
        await self.page.goto(address, wait_until="load")


@contextlib.asynccontextmanager
async def somebody(browser: Browser, **options: Any) -> AsyncIterator[Visit]:
    """A fresh browser profile on a device."""
    context = await browser.new_context(**{**DESK, **options}, permissions=["camera", "microphone"])
    context.set_default_timeout(SEEN_WITHIN * 1000)
    page = await context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    line = Line()
    await page.route_web_socket("**/ws/", line.opened)
    try:
        yield Visit(page, context, line, troubles)
    finally:
        await context.close()
        assert not troubles, troubles


@contextlib.asynccontextmanager
async def signed_in(browser: Browser, server: Server, username: str, **options: Any) -> AsyncIterator[Visit]:
    """One of the cast, signed in."""
    async with somebody(browser, **options) as visit:
        await visit.go(f"{server.url}/sign-in/")
        await visit.page.fill("input[name=username]", username)
        await visit.page.fill("input[name=password]", PASSWORD)
        await visit.page.press("input[name=password]", "Enter")
        await visit.page.wait_for_url(lambda url: "sign-in" not in url)
        yield visit


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        one = await playwright.chromium.launch(executable_path=CHROMIUM, args=MEDIA)
        yield one
        await one.close()


async def accessible(page: Page) -> None:
    """axe finds nothing."""
    result = await Axe().run(page)
    found = [(one["id"], [node["html"] for node in one["nodes"]]) for one in result.response["violations"]]
    assert not found, (page.url, found)


async def press(visit: Visit, words: str) -> None:
    await visit.page.get_by_role("button", name=words).first.click()


async def invited(clara: Visit, server: Server) -> tuple[str, str, str]:
    """Clara offers Heinrich an appointment now and invites him: consultation, link, number."""
    page = clara.page
    await clara.go(f"{server.url}/consultations/new/")
    await page.select_option("select[name=patient]", HEINRICH)
    await page.evaluate(
        """() => {
            const now = new Date();
            document.querySelector('[name=date]').value = now.toLocaleDateString('sv-SE');
            document.querySelector('[name=time]').value = now.toLocaleTimeString('de-DE').slice(0, 5);
        }"""
    )
    await page.fill("input[name=reason]", "Kontrolle")
    await accessible(page)
    await press(clara, "Buchen")
    await page.wait_for_url("**/invitations/")
    await press(clara, "Einladung erstellen")
    link = await page.input_value("#link")
    pin = await page.inner_text(".tc-pinshow")
    await accessible(page)
    return page.url.split("/")[-3], link, pin


async def waits(guest: Visit, link: str, pin: str) -> None:
    """Heinrich opens the link, enters his number, checks his devices and sits down."""
    page = guest.page
    await guest.go(link)
    await page.fill("input[name=pin]", pin)
    await press(guest, "Teilnehmen")
    await page.wait_for_url("**/check/")
    await page.click("[data-press=microphone]")
    await page.click("[data-press=camera]")
    await guest.seen("[data-device=camera] video:not([hidden])")
    await page.click("[data-go=wait] >> visible=true")
    await guest.seen("[data-place]:text-matches('[0-9]')")


async def begins(doctor: Visit, server: Server, consultation: str) -> None:
    await doctor.go(f"{server.url}/consultations/")
    await doctor.page.click(f"form[action*='{consultation}/begin'] button")
    await doctor.page.wait_for_url(f"**/consultations/{consultation}/")


async def in_a_watched_call(doctor: Visit, guest: Visit, server: Server) -> str:
    """Doctor and guest see each other, and their connections are watched. Gives the consultation."""
    for one in (doctor, guest):
        await one.context.add_init_script(WATCHED)
    consultation, link, pin = await invited(doctor, server)
    await waits(guest, link, pin)
    await begins(doctor, server, consultation)
    for one in (doctor, guest):
        await one.picture_moves()
    return consultation
