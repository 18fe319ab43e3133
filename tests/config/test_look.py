"""The component page and the large pages in a real Chromium: open to everyone, nothing inline, no overflow."""

from __future__ import annotations

from contextlib import asynccontextmanager

import pytest
from axe_playwright_python.async_playwright import Axe
from django.test import Client, override_settings

from config.look.views import PAGES

chromium_only = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
DESK, PHONE = {"width": 1366, "height": 860}, {"width": 390, "height": 844}
NAMES = ["", *(f"{name}/" for name in sorted(PAGES))]
GENEROUS = ["own/", "measure-own/", "error-404/", "measurements/?density=tc-patient", "?density=tc-patient"]


@asynccontextmanager
async def opened(chromium, url, **options):
    """A page and what its console complains about."""
    context = await chromium.new_context(**options)
    context.set_default_timeout(60_000)  # ms: others use the processors too
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(url, wait_until="load")
    yield page, complaints
    await context.close()


async def wide(page) -> bool:
    return await page.evaluate("document.documentElement.scrollWidth > innerWidth")


class TestInChromium:
    pytestmark = chromium_only

    @pytest.mark.parametrize("name", NAMES)
    async def test_axe_finds_nothing_and_the_policy_blocks_nothing(self, chromium, address, name):
        async with opened(chromium, f"{address}/_look/{name}", viewport=DESK, color_scheme="light") as (page, said):
            for size, scheme in ((DESK, "light"), (PHONE, "dark")):
                await page.set_viewport_size(size)
                await page.emulate_media(color_scheme=scheme)
                found = (await Axe().run(page)).response["violations"]
                assert [(one["id"], one["nodes"][0]["html"][:120]) for one in found] == [], scheme
                assert not await wide(page)
            assert said == []

    @pytest.mark.parametrize("name", GENEROUS)
    async def test_at_200_percent_a_patients_page_needs_no_scrolling_sideways(self, chromium, address, name):
        half = {"width": 640, "height": 430}  # 1280 × 860 at 200 %
        async with opened(chromium, f"{address}/_look/{name}", viewport=half) as (page, _complaints):
            assert not await wide(page)
        async with opened(chromium, f"{address}/_look/{name}", viewport={"width": 320, "height": 640}) as (page, _):
            assert not await wide(page)

    @pytest.mark.parametrize(("name", "least"), [("nurse/", 24), ("own/", 44), ("measure-own/", 44)])
    async def test_targets_are_large_enough(self, chromium, address, name, least):
        small = """(least) => [...document.querySelectorAll('a, button, input, summary')].filter(one => {
            const box = one.getBoundingClientRect();
            const inText = one.matches('p a, .tc-foot *, .tc-name, .tc-link, .tc-skip');
            return box.width && !inText && box.height < least;
        }).map(one => one.outerHTML.slice(0, 90))"""
        async with opened(chromium, f"{address}/_look/{name}", viewport=PHONE) as (page, _complaints):
            assert await page.evaluate(small, least) == []

    async def test_the_keypad_writes_where_the_focus_is_and_a_keyboard_does_too(self, chromium, address):
        async with opened(chromium, f"{address}/_look/measure-own/", viewport=PHONE) as (page, _complaints):
            for key in "158":
                await page.click(f'[data-key="{key}"]')
            await page.focus("#id_diastolic")
            await page.keyboard.type("9x2")
            await page.click('[data-key="delete"]')
            await page.click('[data-key="3"]')
            assert await page.input_value("#id_systolic") == "158"
            assert await page.input_value("#id_diastolic") == "93"

    async def test_the_keypad_keeps_one_comma_and_two_decimals(self, chromium, address):
        async with opened(chromium, f"{address}/_look/measure/", viewport=DESK) as (page, _complaints):
            await page.click('[data-key="8"]')  # what was asked back is selected: typing replaces it
            for key in "4,,567":
                await page.click(f'[data-key="{key}"]')
            assert await page.input_value("#id_value") == "84,56"

    async def test_without_scripts_the_keypad_is_not_shown_and_the_field_still_is(self, chromium, address):
        async with opened(chromium, f"{address}/_look/measure/", viewport=PHONE, java_script_enabled=False) as (
            page,
            _complaints,
        ):
            assert not await page.is_visible(".tc-keys")
            assert await page.is_visible("#id_value")

    async def test_a_menu_closes_on_escape_and_gives_the_focus_back(self, chromium, address):
        async with opened(chromium, f"{address}/_look/nurse/", viewport=DESK) as (page, _complaints):
            await page.click(".tc-menu > summary")
            assert await page.is_visible(".tc-menu__box")
            await page.keyboard.press("Tab")
            await page.keyboard.press("Escape")
            assert not await page.is_visible(".tc-menu__box")
            assert await page.evaluate("document.activeElement.matches('.tc-menu > summary')")

    async def test_a_lost_network_is_said_in_words(self, chromium, address):
        async with opened(chromium, f"{address}/_look/nurse/", viewport=DESK) as (page, _complaints):
            await page.context.set_offline(True)
            await page.wait_for_selector("[data-state=offline]:not([hidden])")
            assert await page.inner_text("[data-connection]") == "Kein Netz"
            await page.context.set_offline(False)
            await page.evaluate("document.dispatchEvent(new CustomEvent('telecare:connection', {detail: 'open'}))")
            await page.wait_for_selector("[data-state=open]:not([hidden])")

    async def test_the_first_thing_a_keyboard_reaches_leads_to_the_content(self, chromium, address):
        async with opened(chromium, f"{address}/_look/nurse/", viewport=DESK) as (page, _complaints):
            await page.keyboard.press("Tab")
            assert await page.evaluate("document.activeElement.getAttribute('href')") == "#main"


@pytest.mark.parametrize("path", ["/_look/", "/_look/nurse/"])
def test_outside_the_demo_the_component_page_does_not_exist(path):
    with override_settings(DEMO=False):
        assert Client().get(path).status_code == 404


def test_the_policy_allows_no_inline_script_and_no_inline_style():
    with override_settings(DEMO=True):
        policy = Client().get("/_look/").headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize("name", NAMES)
def test_pages_hold_nothing_inline_and_nothing_from_elsewhere(name):
    with override_settings(DEMO=True):
        page = Client().get(f"/_look/{name}").text
    assert " style=" not in page
    assert "<style" not in page
    assert "<script>" not in page
    assert "http://" not in page.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert "https://" not in page
