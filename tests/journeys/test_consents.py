"""Heinrich decides on his tablet what the practice sees; Anna records the paper; the doctor's page follows at once."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from config.demo.measurements import demo_id

pytestmark = pytest.mark.browser

HEINRICH = demo_id("patient", "heinrich")
CONSENTS = f"/patients/{HEINRICH}/consents/"
PRACTICE = "Hausarztpraxis am Markt"


def clean(page: Page) -> None:
    """axe finds nothing, and nothing juts out."""
    found = Axe().run(page).response["violations"]
    assert not [(one["id"], [node["target"] for node in one["nodes"]]) for one in found]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_heinrich_switches_the_findings_off_for_the_practice_and_clara_sees_it(browser_of):
    heinrich, clara = browser_of("heinrich", phone=True), browser_of("clara")
    values = f"/patients/{HEINRICH}/measurements/"
    before = clara.go(values)
    assert before == 200
    heinrich.page.get_by_role("link", name="Wer darf was sehen?").click()
    clean(heinrich.page)
    card = heinrich.page.locator("section", has=heinrich.page.get_by_role("heading", name=PRACTICE))
    findings = card.get_by_role("switch", name="Werte und Befunde")
    expect(findings).to_be_checked()
    findings.uncheck()
    card.get_by_role("button", name="Speichern").click()
    expect(heinrich.page.locator("main")).to_contain_text("Ihre Wahl gilt ab jetzt.")
    expect(heinrich.page.locator("main")).to_contain_text(f"{PRACTICE} darf nicht sehen: Werte und Befunde")
    clean(heinrich.page)
    clara.go(f"/patients/{HEINRICH}/")
    expect(clara.page.locator("#values")).to_have_count(1)
    expect(clara.page.locator(".tc-chart")).to_have_count(0)
    card.get_by_role("switch", name="Werte und Befunde").check()
    card.get_by_role("button", name="Speichern").click()
    expect(heinrich.page.locator("main")).to_contain_text("Ihre Wahl gilt ab jetzt.")
    clara.go(f"/patients/{HEINRICH}/")
    expect(clara.page.locator(".tc-chart").first).to_be_visible()
    assert not heinrich.faults
    assert not clara.faults


def test_anna_records_a_paper_with_the_keyboards_own_forms_and_takes_it_back(browser_of):
    anna = browser_of("anna")
    anna.go(CONSENTS)
    clean(anna.page)
    anna.page.get_by_role("link", name="Vom Papier erfassen").click()
    clean(anna.page)
    anna.page.get_by_label("Einwilligung: erlaubt").check()
    anna.page.get_by_label("Teile der Akte").check()
    anna.page.get_by_label("Wer darf es sehen oder nicht sehen?").select_option(PRACTICE)
    anna.page.get_by_label("Seelische Gesundheit").check()
    anna.page.get_by_label("Wo liegt das Papier?").fill("Ordner 4, Blatt 12")
    anna.page.get_by_role("button", name="Erfassen").click()
    expect(anna.page.locator("#live, main")).to_contain_text([f"{PRACTICE} darf sehen: Seelische Gesundheit"])
    entry = anna.page.locator("li", has_text="darf sehen: Seelische Gesundheit")
    entry.get_by_role("button", name="Zurücknehmen").click()
    expect(anna.page.locator("main")).to_contain_text("Widerrufen. Das gilt ab jetzt.")
    clean(anna.page)
    assert not anna.faults


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_every_page_of_consents_is_clean(browser_of, phone):
    anna, clara, ida = (browser_of(name, phone=phone) for name in ("anna", "clara", "ida"))
    assert ida.go("/wards/") == 200
    clean(ida.page)
    for who, name in (
        (anna, ""),
        (anna, "paper/"),
        (anna, "print/"),
        (anna, "representative/"),
        (anna, "basis/"),
        (clara, ""),
        (clara, "capacity/"),
    ):
        assert who.go(f"{CONSENTS}{name}") == 200
        if name != "print/":  # a sheet of paper is as wide as paper
            clean(who.page)
        assert not who.faults
