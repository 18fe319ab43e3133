"""A real district behind a real server, and people in front of real browsers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, expect, sync_playwright

from tests.running import Running, server

CHROMIUM = "/usr/bin/chromium"
FAKES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)
DESK = {"width": 1366, "height": 860}
PHONE = {"width": 390, "height": 844}
PATIENCE = 60_000  # ms: others use the processors too
expect.set_options(timeout=PATIENCE)


def _fault(said: ConsoleMessage) -> bool:
    """An error in the console, save that an answer was a refusal in words (404, 422) as the story wants it."""
    return said.type == "error" and "status of 4" not in said.text


Open = Callable[..., "Person"]


class Person:
    """Somebody in front of a browser of their own. What goes wrong in it is remembered."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.url = url
        self.page: Page = context.new_page()
        self.faults: list[str] = []
        self.watch(self.page)

    def watch(self, page: Page) -> None:
        """Remember what a page complains of."""
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda said: self.faults.append(said.text) if _fault(said) else None)

    def sign_in(self, name: str) -> Person:
        """With the demo's password."""
        self.page.goto(f"{self.url}/sign-in/")
        self.page.fill("input[name=username]", name)
        self.page.fill("input[name=password]", "demo")
        self.page.press("input[name=password]", "Enter")
        self.page.wait_for_url(f"{self.url}/")
        return self

    def go(self, path: str) -> int:
        """Open an address; its status."""
        answer = self.page.goto(f"{self.url}{path}")
        assert answer is not None
        return answer.status


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """Closed with this package: while it is open, its event loop is in the way of other tests' loops."""
    with sync_playwright() as one:
        yield one


@pytest.fixture(scope="package")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FAKES))
    yield browser
    browser.close()


@pytest.fixture(scope="package")
def district(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The demo district, freshly written."""
    with server(tmp_path_factory.mktemp("district") / "data", TELECARE_DEMO="1") as running:
        yield running


@pytest.fixture
def browser_of(chromium: Browser, district: Running) -> Iterator[Open]:
    """Opens a browser for one person: `browser_of("anna")`, `browser_of("anna", phone=True)`, `browser_of()`."""
    with ExitStack() as stack:

        def open_(name: str = "", *, phone: bool = False) -> Person:
            context = chromium.new_context(
                viewport=PHONE if phone else DESK,
                has_touch=phone,
                locale="de-DE",
                permissions=["camera", "microphone"],
            )
            stack.callback(context.close)
            person = Person(context, district.url)
            return person.sign_in(name) if name else person

        yield open_
