"""What keeps the waiting room current takes no button from under a finger."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.async_api import Route

from tests.telecare.consultations.live import PHONE, Server, browser, invited, serving, signed_in, somebody, waits

__all__ = ["browser"]

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("pressing") / "data") as running:
        yield running


async def test_clara_begins_though_the_list_comes_anew_while_she_presses(browser, server):
    async with signed_in(browser, server, "clara") as clara, somebody(browser, **PHONE) as heinrich:
        consultation, link, pin = await invited(clara, server)
        await waits(heinrich, link, pin)
        page = clara.page

        async def while_she_presses(route: Route) -> None:
            """The list was asked for; it arrives between the two halves of her click."""
            answer = await route.fetch()
            await page.mouse.down()
            await route.fulfill(response=answer)

        await clara.go(f"{server.url}/consultations/")
        await clara.seen("text=Verbunden")
        button = page.locator(f"form[action*='{consultation}/begin'] button")
        await button.hover()
        await page.route("**/consultations/queue/**", while_she_presses)
        async with page.expect_response("**/consultations/queue/**") as arrived:
            await page.evaluate("document.querySelector('[data-waiting-topic]').dispatchEvent(new Event('fresh'))")
        await (await arrived.value).finished()
        await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        await page.mouse.up()
        await page.wait_for_url(f"**/consultations/{consultation}/")
