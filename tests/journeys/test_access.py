"""An emergency in a living district: David reads on pages, by FHIR and socket; after its end nowhere."""

from __future__ import annotations

import zipfile
from urllib.parse import urlsplit

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from config.demo.measurements import demo_id
from config.demo.people import POSTCODE
from tests.messaging.talk import Refused, Talk

pytestmark = pytest.mark.browser

HEINRICH = demo_id("patient", "heinrich")


def described(page: Page) -> None:
    """Heinrich, exactly."""
    page.fill("#id_family", "Brandt")
    page.fill("#id_given", "Heinrich")
    page.fill("#id_birth_date", "1941-03-14")
    page.fill("#id_line", "Lindenweg 4")
    page.fill("#id_postal_code", POSTCODE)


def faultless(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert not found, [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]


def test_david_reads_in_an_emergency_everywhere_and_nowhere_after_its_end(browser_of, district) -> None:
    token = district.command("token", "david").stdout.splitlines()[-1]
    bearer = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=f"{district.url}/fhir", headers=bearer, timeout=60) as fhir:
        david = _read_in_an_emergency(browser_of, district, fhir, bearer)
    heinrich = browser_of("heinrich", phone=True)
    heinrich.go("/access/emergencies/")
    assert heinrich.page.locator("text=Gestürzt, nicht ansprechbar").count() == 1
    faultless(heinrich.page)
    anna = browser_of("anna")
    anna.go("/access/emergencies/")
    anna.page.click("summary:has-text('Prüfung festhalten')")
    anna.page.check("input[name=verdict][value=in-order]")
    faultless(anna.page)
    anna.page.click("button:has-text('Prüfung speichern')")
    anna.page.wait_for_selector("text=Ihre Prüfung ist festgehalten")
    assert not [*david.faults, *heinrich.faults, *anna.faults]


def _read_in_an_emergency(browser_of, district, fhir, bearer):
    """David opens the record, reads by all ways, writes by none, and ends it."""
    david = browser_of("david")
    page = david.page
    david.go("/access/")
    faultless(page)
    page.click("a:has-text('Notfallzugriff öffnen')")
    described(page)
    page.check("input[name=kind][value=unresponsive]")
    page.fill("#id_reason", "Gestürzt, nicht ansprechbar, Rettungsdienst vor Ort.")
    faultless(page)
    assert fhir.get(f"/Patient/{HEINRICH}").status_code == 404
    page.click("button:has-text('Akte lesen')")
    page.wait_for_url(f"**/patients/{HEINRICH}/")
    assert page.locator("text=Notfallzugriff: Heinrich Brandt").count() == 1
    faultless(page)
    with Talk(f"ws://{urlsplit(district.url).netloc}/ws/", bearer) as socket:
        socket.ask("open", topic=f"patient:{HEINRICH}")
        for topic in (f"thread:{HEINRICH}", f"waiting:{HEINRICH}"):
            with pytest.raises(Refused):
                socket.ask("open", topic=topic)
        patient = fhir.get(f"/Patient/{HEINRICH}")
        assert patient.status_code == 200
        changed = fhir.put(f"/Patient/{HEINRICH}", json=patient.json() | {"gender": "other"})
        assert changed.status_code == 403
        whose = {"reference": f"Patient/{HEINRICH}"}
        note = {"resourceType": "Flag", "status": "active", "code": {"text": "x"}, "subject": whose}
        assert fhir.post("/Flag", json=note).status_code == 403
        assert fhir.get("/Communication", params={"patient": HEINRICH}).json()["total"] == 0
        page.click(".tc-banner button:has-text('Beenden')")
        page.wait_for_url(f"{district.url}/")
        assert socket.hear("closed")["topic"] == f"patient:{HEINRICH}"
        assert fhir.get(f"/Patient/{HEINRICH}").status_code == 404
    assert david.go(f"/patients/{HEINRICH}/") == 404
    return david


def test_david_asks_and_reads_annas_answer(browser_of, district) -> None:
    david, anna = browser_of("david"), browser_of("anna", phone=True)
    david.go("/access/")
    described(david.page)
    david.page.fill("#id_reason", "Herr Brandt kommt ab Montag zu uns.")
    david.page.click("button:has-text('Zugriff anfragen')")
    david.page.wait_for_selector("text=Ihre Anfrage ist unterwegs")
    faultless(david.page)
    for _ in range(50):
        anna.go("/access/requests/")
        if anna.page.locator("text=Herr Brandt kommt ab Montag").count():
            break
        anna.page.wait_for_timeout(100)
    faultless(anna.page)
    anna.page.fill("textarea[name=words]", "Bitte rufen Sie uns zuerst an.")
    anna.page.click("button:has-text('Ablehnen')")
    anna.page.wait_for_selector("text=Sie haben abgelehnt")
    david.go("/access/")
    assert david.page.locator("text=Bitte rufen Sie uns zuerst an.").count() == 1
    assert david.go(f"/patients/{HEINRICH}/") == 404
    assert not [*david.faults, *anna.faults]


def test_heinrich_sees_who_looked_takes_his_record_along_and_asks_for_erasure(browser_of, tmp_path) -> None:
    heinrich = browser_of("heinrich", phone=True)
    page = heinrich.page
    heinrich.go("/accesses/")
    assert page.locator("text=Pflegedienst Moorland").count()
    faultless(page)
    page.click("a:has-text('Meine Akte mitnehmen')")
    faultless(page)
    with page.expect_download() as loaded:
        page.click("button:has-text('Jetzt herunterladen')")
    loaded.value.save_as(tmp_path / "mine.zip")
    with zipfile.ZipFile(tmp_path / "mine.zip") as packed:
        assert packed.testzip() is None
        assert packed.read("akte.pdf").startswith(b"%PDF-")
        assert "Brandt" in packed.read("akte.json").decode()
    heinrich.go(f"/patients/{HEINRICH}/erasure/")
    page.check("label:has-text('Hausarztpraxis am Markt') input")
    faultless(page)
    page.click("button:has-text('Löschung beantragen')")
    page.wait_for_selector("text=Ihr Antrag ist unterwegs")
    faultless(page)
    assert not heinrich.faults
