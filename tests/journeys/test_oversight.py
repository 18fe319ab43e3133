"""Dora looks through the log of a living practice, on the desk and on a phone."""

from __future__ import annotations

import pytest

from config.demo.measurements import demo_id
from tests.journeys.test_access import faultless

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("phone", [False, True])
def test_dora_finds_what_clara_read_and_reads_that_she_looked(browser_of, phone) -> None:
    heinrich = demo_id("patient", "heinrich")
    browser_of("clara").go(f"/patients/{heinrich}/")
    dora = browser_of("dora", phone=phone)
    page = dora.page
    page.click("a:has-text('Protokoll')")
    page.wait_for_url("**/oversight/")
    assert page.locator("tr", has_text="Dr. Clara Voss").first.is_visible()
    faultless(page)
    page.click("summary:has-text('Protokoll eingrenzen')")
    page.select_option("#id_kind", "looks")
    page.select_option("#id_staff", label="Dr. Clara Voss")
    page.click("button:has-text('Zeigen')")
    faultless(page)
    page.locator(f"a[href$='{heinrich}']").first.click()
    page.wait_for_url(f"**patient={heinrich}")
    assert "Brandt" not in page.content()
    faultless(page)
    dora.go("/oversight/?kind=log")
    assert page.locator("tr", has_text="Dora Wilke").first.is_visible()
    assert dora.faults == []


def test_somebody_asks_dora_in_person(browser_of) -> None:
    dora = browser_of("dora")
    page = dora.page
    dora.go("/oversight/")
    page.click("summary:has-text('Jemand fragt')")
    page.fill("#id_kvnr", "A000000000")
    page.fill("#id_birth_date", "1941-03-14")
    page.click("button:has-text('Im Protokoll suchen')")
    assert page.locator("text=Das ist keine Versichertennummer").is_visible()
    faultless(page)
