"""Moorland calls a second nursing service in for somebody; the service accepts. Jens looks after staff and duty."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from config.demo.measurements import demo_id

pytestmark = pytest.mark.browser

ERNA = demo_id("patient", "erna")
MOORLAND, WIESENKAMP = demo_id("organisation", "moorland"), demo_id("organisation", "wiesenkamp")


def faultless(page: Page) -> None:
    """axe finds nothing, and nothing stands out of the page's width."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_anna_invites_bernds_service_on_her_phone_and_bernd_accepts(browser_of):
    anna, bernd = browser_of("anna", phone=True), browser_of("bernd")
    team = f"/patients/{ERNA}/team/"
    assert bernd.go(team) == 404
    assert anna.go(team) == 200
    faultless(anna.page)
    anna.page.click("text=Einrichtung einladen")
    faultless(anna.page)
    anna.page.select_option("select[name=organisation]", WIESENKAMP)
    anna.page.check("input[name=informed][value=yes]")
    anna.page.click("button:has-text('Einladen')")
    expect(anna.page.locator("#main")).to_contain_text("Noch nicht angenommen")
    assert bernd.go(team) == 200
    faultless(bernd.page)
    bernd.page.click("button:has-text('Annehmen')")
    expect(bernd.page.locator("#main")).not_to_contain_text("Noch nicht angenommen")
    assert bernd.go(f"/patients/{ERNA}/team/{WIESENKAMP}/end/") == 200
    faultless(bernd.page)
    bernd.page.click("button:has-text('Versorgungsbeziehung beenden')")
    bernd.page.wait_for_url(f"{bernd.url}/")
    assert bernd.go(team) == 404
    assert not anna.faults
    assert not bernd.faults


def test_jens_looks_after_staff_and_duty(browser_of):
    jens = browser_of("jens")
    for address in (
        "/organisations/",
        f"/organisations/{MOORLAND}/",
        f"/organisations/{MOORLAND}/staff/new/",
        f"/organisations/{MOORLAND}/staff/{demo_id('practitioner', 'anna')}/",
        "/on-call/",
        "/patients/new/",
        f"/patients/{ERNA}/person/",
        f"/patients/{ERNA}/records/",
        f"/patients/{ERNA}/team/hand-over/",
    ):
        assert jens.go(address) == 200, address
        faultless(jens.page)
    jens.go("/on-call/")
    expect(jens.page.locator("#main")).to_contain_text("Rufbereitschaft Pflege")
    jens.page.fill("input[name=name]", "Palliativruf")
    jens.page.fill("input[name=phone]", "04499 2290")
    jens.page.click("button[value=service]")
    expect(jens.page.locator("#main")).to_contain_text("Palliativruf")
    jens.page.fill("input[name=start]", "2030-01-02T08:00")
    jens.page.fill("input[name=end]", "2030-01-02T07:00")
    jens.page.click("button[value=turn]")
    expect(jens.page.locator("#main")).to_contain_text("Ein Dienst endet nach seinem Beginn")
    faultless(jens.page)
    assert not jens.faults
