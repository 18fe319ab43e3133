"""A call in two real browsers on lines of their own: how soon they see each other, how soon again after an outage, and
what is left of sound and picture on a weak line in the country.

The doctor is in the room; the patient is let in, loses the line for 12 seconds, and then has 256 kbit/s and 3 % loss.
"""

from __future__ import annotations

import math
import os
import random
import struct
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from deploy.load import report, world
from deploy.load.network import Host, Network, Way
from deploy.load.report import Row
from tests.chromium import CHROMIUM, MEDIA, WATCHED
from tests.telecare.consultations.process import PASSWORD

PORT: Final = 8000
ROUNDS: Final = 4  # first frames
OUTAGES: Final = 2  # the longer one counts
OUTAGE: Final = 12.0  # seconds
SETTLES: Final = 10.0  # seconds until the ladder has found its step
LISTENS: Final = 15.0  # seconds in which the sound is judged
RURAL_UP: Final = {"rate": 256e3, "delay": 0.075, "jitter": 0.01, "loss": 0.03, "burst": 1.5}
RURAL_DOWN: Final = {**RURAL_UP, "rate": 1e6}

MOVES: Final = """(least) => [...document.querySelectorAll("[data-others] video")]
    .reduce((sum, video) => sum + video.getVideoPlaybackQuality().totalVideoFrames, 0) >= least"""
FRAMES: Final = MOVES.replace("(least)", "()").replace(" >= least", "")
NOW: Final = "performance.timeOrigin + performance.now()"
FIRST: Final = """() => {
    const marks = performance.getEntriesByName("telecare:first-frame");
    return marks.length ? performance.timeOrigin + marks.at(-1).startTime : null;
}"""
SOUND: Final = """async () => {
    const connection = window.connections.findLast((one) => one.connectionState === "connected");
    const entry = [...(await connection.getStats()).values()]
        .find((one) => one.type === "inbound-rtp" && one.kind === "audio");
    return [entry.concealedSamples - entry.silentConcealedSamples, entry.totalSamplesReceived];
}"""


@contextmanager
def served(host: Host, folder: Path) -> Iterator[str]:
    """The real server with the cast; its address."""
    url = f"http://{host.address}:{PORT}"
    own = world.at(folder, TELECARE_URL=url, TELECARE_HOSTS=host.address, DATABASE_URL="", REDIS_URL="")
    command = [*host.inside, sys.executable, "-m", "tests.telecare.consultations.process", str(PORT), host.address]
    process = subprocess.Popen(command, env={**os.environ, **own}, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            raise AssertionError("the server ended before it began")
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextmanager
def browsing(playwright: Playwright, host: Host, folder: Path, url: str) -> Iterator[Browser]:
    """Chromium on a host of its own, with a camera and somebody who hums into the microphone."""
    program = folder / f"chromium-{host.address}"
    program.write_text(f'#!/bin/sh\nexec {" ".join(host.inside)} {CHROMIUM} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    options = [f"--unsafely-treat-insecure-origin-as-secure={url}", f"--use-file-for-fake-audio-capture={_hum(folder)}"]
    browser = playwright.chromium.launch(executable_path=str(program), args=[*MEDIA, *options])
    try:
        yield browser
    finally:
        browser.close()


def signed_in(browser: Browser, url: str, name: str) -> Page:
    """Somebody of the cast at a page."""
    context = browser.new_context(permissions=["camera", "microphone"], locale="de-DE")
    context.add_init_script(WATCHED)
    page = context.new_page()
    page.goto(f"{url}/sign-in/")
    page.fill("input[name=username]", name)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda address: "sign-in" not in address)
    return page


def _hum(folder: Path) -> Path:
    """Three seconds of a voice that never pauses: silence that is missing would not be missed."""
    path, rate, source = folder / "hum.wav", 48_000, random.Random(7)
    if path.exists():
        return path
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        samples = []
        for place in range(3 * rate):
            at = place / rate
            pitch = 140 + 30 * math.sin(2 * math.pi * 0.7 * at)
            voice = sum(math.sin(2 * math.pi * pitch * tone * at) / tone for tone in (1, 2, 3, 5))
            loud = 0.55 + 0.45 * math.sin(2 * math.pi * 3.1 * at)
            samples.append(int(6000 * loud * voice + source.gauss(0, 200)))
        file.writeframes(struct.pack(f"<{len(samples)}h", *(max(-32767, min(32767, one)) for one in samples)))
    return path


def _first_frames(clara: Page, heinrich: Page, url: str) -> list[float]:
    """Milliseconds from the press that lets Heinrich in until both have drawn a picture of the other."""
    clara.goto(f"{url}/patients/")
    address = clara.get_by_role("link", name="Brandt").first.get_attribute("href")
    clara.goto(f"{url}{address}consultation/")
    clara.click("main form button[type=submit]")
    clara.wait_for_url("**/consultations/*/")
    taken = []
    for number in range(ROUNDS):
        if number:
            heinrich.click("[data-go=hang-up]")
            heinrich.wait_for_selector("[data-step=over]:not([hidden])")
            clara.wait_for_selector("[data-others] figure", state="detached")
        heinrich.goto(clara.url + "check/")
        heinrich.click("[data-press=microphone]")
        heinrich.click("[data-press=camera]")
        heinrich.wait_for_selector("[data-device=camera] video:not([hidden])")
        heinrich.click("[data-go=wait] >> visible=true")
        button = clara.locator("[data-fresh=waiting] form button").first
        button.wait_for()
        began = clara.evaluate(NOW)
        button.click()
        seen = [_first(page, began) for page in (clara, heinrich)]
        taken.append(max(seen) - began)
    return taken


def _first(page: Page, after: float) -> float:
    page.wait_for_function(f"(after) => (({FIRST})() ?? 0) > after", arg=after)
    return float(page.evaluate(FIRST))


def _outage(pages: list[Page], line: Host) -> float:
    """Seconds from the return of the line until both see the other move again."""
    line.cut()
    time.sleep(OUTAGE)
    frozen = [int(page.evaluate(f"({FRAMES})()")) for page in pages]
    line.mend()
    began = time.monotonic()
    for page, frames in zip(pages, frozen, strict=True):
        page.wait_for_function(MOVES, arg=frames + 5, timeout=60_000)
    return time.monotonic() - began


def _rural(doctor: Page, line: Host) -> tuple[float, tuple[int, str]]:
    """Percent of the sound that the doctor's browser had to make up, and the step of the patient's picture."""
    line.up, line.down = Way(**RURAL_UP), Way(**RURAL_DOWN)
    time.sleep(SETTLES)
    before: Any = doctor.evaluate(SOUND)
    time.sleep(LISTENS)
    after: Any = doctor.evaluate(SOUND)
    figure = doctor.locator("[data-others] figure")
    step = int(figure.get_attribute("data-step-number") or 0), figure.get_attribute("data-step") or ""
    return 100 * (after[0] - before[0]) / (after[1] - before[1]), step


def measure() -> list[Row]:
    """One call after the other, in the same two browsers."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="telecare-call-")))
        network = stack.enter_context(Network("server", "doctor", "patient"))
        url = stack.enter_context(served(network.hosts["server"], folder))
        playwright = stack.enter_context(sync_playwright())
        pages = [
            signed_in(stack.enter_context(browsing(playwright, network.hosts[host], folder, url)), url, name)
            for host, name in (("doctor", "clara"), ("patient", "heinrich"))
        ]
        frames = _first_frames(*pages, url)
        back = max(_outage(pages, network.hosts["patient"]) for _ in range(OUTAGES))
        concealed, step = _rural(pages[0], network.hosts["patient"])
    median, p95 = report.middle(frames)
    number, word = step
    return [
        Row("first video frame after admit", median / 1000, "s", "< 1.5 s", median < 1500, 2, median, p95),
        Row("picture again after an outage of 12 s", back, "s", "< 5 s", back < 5, 2),
        Row("sound made up at 256 kbit/s, 3 % loss", concealed, "%", clients=2),
        Row(f"step of the ladder on that line: {word}", number, "down", clients=2),
    ]


if __name__ == "__main__":
    report.alone(measure)
