"""The thread in a real Chromium: two people, by keyboard, on a phone, through a broken line, without sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from messaging.chat import services
from tests.messaging.conftest import Live, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
expect.set_options(timeout=60_000)  # ms: others use the processors too
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
THREAD = "/patients/heinrich/thread/"
BLOCKED = """
window.WebSocket = class {
  static CONNECTING = 0;
  static OPEN = 1;
  readyState = 0;
  constructor() { setTimeout(() => this.onclose?.({ code: 1006, reason: "" }), 5); }
  close() {}
};
"""


class Desk:
    """People at their browsers."""

    def __init__(self, live: Live, browser: Browser, cookies: dict[str, str]) -> None:
        self.live = live
        self.browser = browser
        self.cookies = cookies

    async def context(self, name: str, **options: Any) -> BrowserContext:
        context = await self.browser.new_context(**options)
        context.set_default_timeout(60_000)
        url = f"http://{self.live.address}"
        await context.add_cookies([{"name": "telecare", "value": self.cookies[name], "url": url}])
        return context

    async def thread(self, name: str, **options: Any) -> Page:
        """The page of Heinrich's thread, once its socket is open."""
        page = await (await self.context(name, **options)).new_page()
        await page.goto(f"http://{self.live.address}{THREAD}")
        await expect(page.get_by_text("Verbunden", exact=True)).to_be_visible()
        return page


@pytest.fixture
def cookies(live, anna, clara) -> dict[str, str]:
    services.open_thread(anna.actor, "heinrich")
    return {"anna": signed_in(anna), "clara": signed_in(clara)}


@pytest_asyncio.fixture
async def desk(live, cookies) -> AsyncIterator[Desk]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield Desk(live, browser, cookies)
        await browser.close()


def said(page: Page, text: str) -> Any:
    return page.locator("#thread .tc-bub").get_by_text(text, exact=True)


async def write(page: Page, text: str) -> None:
    await page.get_by_label("Nachricht an das Team").fill(text)
    await page.get_by_role("button", name="Senden").click()


async def test_two_people_talk_and_see_what_was_read(desk):
    anna, clara = await desk.thread("anna"), await desk.thread("clara", **PHONE)
    await write(clara, "Bitte heute ansehen.")
    await expect(said(anna, "Bitte heute ansehen.")).to_be_visible()
    await write(anna, "Ist gut.")
    await expect(said(clara, "Ist gut.")).to_be_visible()
    await expect(anna.get_by_text("Gelesen von allen")).to_be_visible()
    await expect(anna.locator("#people").get_by_text("Dr. Clara Voss")).to_be_visible()
    await expect(anna.get_by_text("2 Personen")).to_be_visible()


async def test_what_was_read_while_annas_line_was_away_she_sees_when_it_is_back(desk):
    anna, clara = await desk.thread("anna"), await desk.thread("clara")
    await write(anna, "Ist gut.")
    await expect(anna.get_by_text("Gelesen von allen")).to_be_visible()
    await clara.evaluate("Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true })")
    await write(anna, "Und noch etwas.")
    await expect(said(clara, "Und noch etwas.")).to_be_visible()
    await anna.context.set_offline(True)
    await expect(anna.get_by_text("Verbunden", exact=True)).to_be_hidden()
    await clara.evaluate("delete document.visibilityState; document.dispatchEvent(new Event('visibilitychange'))")
    await expect(clara.locator("#people").get_by_text("Dr. Clara Voss")).to_be_visible()
    await anna.context.set_offline(False)
    await expect(anna.get_by_text("Gelesen von allen")).to_have_count(2)


async def test_by_keyboard_alone(desk):
    anna = await desk.thread("anna")
    text = anna.get_by_label("Nachricht an das Team")
    for _ in range(40):
        await anna.keyboard.press("Tab")
        if await text.evaluate("field => field === document.activeElement"):
            break
    await anna.keyboard.type("Erste Zeile")
    await anna.keyboard.press("Shift+Enter")
    await anna.keyboard.type("zweite Zeile")
    await anna.keyboard.press("Enter")
    await expect(anna.locator("#thread .tc-bub").get_by_text("Erste Zeile zweite Zeile")).to_be_visible()
    await expect(text).to_be_focused()
    await expect(text).to_have_value("")


async def test_a_broken_line_loses_nothing_in_either_direction(desk):
    anna, clara = await desk.thread("anna"), await desk.thread("clara")
    await anna.context.set_offline(True)
    await write(anna, "geschrieben ohne Netz")
    await expect(anna.get_by_text("Noch nicht gesendet")).to_be_visible()
    await write(clara, "inzwischen gesagt")
    await expect(said(clara, "inzwischen gesagt")).to_be_visible()
    await anna.context.set_offline(False)
    await expect(said(anna, "inzwischen gesagt")).to_be_visible()
    await expect(said(clara, "geschrieben ohne Netz")).to_be_visible()
    await expect(anna.get_by_text("Noch nicht gesendet")).to_have_count(0)
    assert await said(clara, "geschrieben ohne Netz").count() == 1


async def test_where_no_socket_gets_through_the_thread_still_lives(desk):
    clara = await desk.thread("clara")
    context = await desk.context("anna")
    await context.add_init_script(BLOCKED)
    anna = await context.new_page()
    await anna.goto(f"http://{desk.live.address}{THREAD}")
    await write(anna, "ohne Socket gesendet")
    await expect(said(clara, "ohne Socket gesendet")).to_be_visible()
    await write(clara, "ohne Socket gehört")
    await expect(said(anna, "ohne Socket gehört")).to_be_visible()


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desk", "phone"])
async def test_axe_finds_nothing(desk, options):
    anna = await desk.thread("anna", **options)
    await write(anna, "Guten Morgen")
    await expect(said(anna, "Guten Morgen")).to_be_visible()
    results = await Axe().run(anna)
    assert results.violations_count == 0, results.generate_report()
    await anna.goto(f"http://{desk.live.address}/messages/")
    results = await Axe().run(anna)
    assert results.violations_count == 0, results.generate_report()
