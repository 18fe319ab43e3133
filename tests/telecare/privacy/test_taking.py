"""Taking one's record along: everything that one may see, readable, with who has read it; cut when the right ends."""

from __future__ import annotations

import csv
import io
import json
import uuid
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from messaging.chat import services as chat
from patients.accounts.actor import Actor
from patients.accounts.models import User
from patients.audit.models import AuditEvent
from patients.database import write
from patients.errors import Missing
from patients.network import services
from telecare.privacy import taking
from telecare.privacy.taking import lines, packing
from telecare.privacy.taking.paper import drawable
from telecare.vitals import services as vitals
from telecare.vitals.kinds import BLOOD_PRESSURE, WEIGHT
from telecare.vitals.resources import Bounds, limit_goal, vital_sign
from tests.cast import HEINRICH, ident
from tests.telecare.privacy.test_log import otto

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

Browser = Callable[[Actor], Client]
__all__ = ["otto"]


def taken(page: Client) -> zipfile.ZipFile:
    answer = page.post(reverse("privacy:download", args=[HEINRICH]))
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Brandt" not in answer.headers["Content-Disposition"]
    return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))


def resources(packed: zipfile.ZipFile) -> list[dict[str, Any]]:
    bundle = json.loads(packed.read("akte.json"))
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "collection")
    return [one["resource"] for one in bundle["entry"]]


@pytest.fixture
def something(anna: Actor) -> None:
    vitals.record_measurement(anna, HEINRICH, kind=WEIGHT, values=[Decimal("84.6")], taken_at=timezone.localtime())
    thread = chat.open_thread(anna, HEINRICH)
    chat.send(anna, thread.pk, cid=uuid.uuid4(), text="Verband ist gewechselt, Füße trocken.")


def test_heinrich_takes_along_his_record_with_the_houses_and_people_that_it_names(
    browser: Browser, heinrich: Actor, anna: Actor, something: None
) -> None:
    packed = taken(browser(heinrich))
    assert packed.testzip() is None
    found = resources(packed)
    named = {(one["resourceType"], one["id"]) for one in found}
    assert ("Patient", HEINRICH) in named
    assert ("Organization", ident("moorland")) in named
    assert ("Practitioner", str(anna.person).removeprefix("Practitioner/")) in named
    assert len(named) == len(found), "each comes once"
    kinds = {one["resourceType"] for one in found}
    assert {"Observation", "CareTeam", "Consent", "RelatedPerson", "Communication"} <= kinds
    assert not [one for one in found if ident("wilma") in json.dumps(one)]


def test_the_paper_has_its_own_letters_and_the_table_says_who_looked(
    browser: Browser, heinrich: Actor, something: None
) -> None:
    packed = taken(browser(heinrich))
    paper = packed.read("akte.pdf")
    assert paper.startswith(b"%PDF-")
    assert b"FontFile2" in paper
    text = packed.read("zugriffe.csv").decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert rows[0][:4] == ["Zeit", "Wer", "Funktion", "Organisation"]
    assert ["Anna Siemer", "Pflegefachkraft", "Pflegedienst Moorland"] in [row[1:4] for row in rows]
    assert ["geschrieben", "Behandlung"] in [row[5:] for row in rows]


def test_the_paper_calls_the_team_by_its_names_whatever_stands_beside_the_references(cast: dict[str, Actor]) -> None:
    members = [
        {"member": {"reference": f"Organization/{ident('moorland')}", "display": "Pflegedienst Sonnenhof"}},
        {"member": {"reference": "Organization/nowhere", "display": "Klinik Irgendwo"}},
    ]
    said = lines.line({"resourceType": "CareTeam", "participant": members}).words
    assert said == "Versorgungsteam, Pflegedienst Moorland"


def test_the_paper_says_values_and_limits_in_german_as_on_the_screen(cast: dict[str, Actor], clara: Actor) -> None:
    at = datetime(2026, 11, 28, 8, 0, tzinfo=UTC)
    pressure = vital_sign(HEINRICH, BLOOD_PRESSURE, [Decimal(142), Decimal(87)], at, by=clara)
    assert lines.line(pressure).words == "Blutdruck 142/87 mmHg"
    wrong = {**pressure, "status": "entered-in-error"}
    assert lines.line(wrong).words == "irrtümlich eingetragen: Blutdruck 142/87 mmHg"
    weight = vital_sign(HEINRICH, WEIGHT, [Decimal("83.5")], at, by=clara)
    assert lines.line(weight).words == "Gewicht 83,5 kg"
    bounds = [Bounds(None, Decimal(150)), Bounds(None, Decimal(90))]
    bounded = limit_goal(HEINRICH, BLOOD_PRESSURE, bounds, author=str(clara.person), since=at)
    assert lines.line(bounded).words == "Grenzwert Blutdruck: bis 150, bis 90 mmHg, Dr. Clara Voss"


@pytest.mark.parametrize(
    ("language", "files"),
    [("de", ["akte.json", "akte.pdf", "zugriffe.csv"]), ("en", ["record.json", "record.pdf", "accesses.csv"])],
)
def test_the_files_are_called_in_the_language_of_the_reader_on_the_page_in_the_zip_and_on_the_paper(
    browser: Browser, heinrich: Actor, language: str, files: list[str]
) -> None:
    page = browser(heinrich)
    page.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    shown = page.get(reverse("privacy:download", args=[HEINRICH])).content.decode()
    assert [one for one in files if one not in shown] == []
    packed = taken(page)
    assert packed.namelist() == files
    assert f"/Lang ({language})".encode() in packed.read(files[1])


def test_it_stands_in_the_log(browser: Browser, heinrich: Actor) -> None:
    taken(browser(heinrich))
    assert AuditEvent.objects.filter(account=heinrich.account, action="export", patient=HEINRICH).exists()


def test_otto_takes_it_along_for_his_father_and_ida_does_not(browser: Browser, otto: Actor, ida: Actor) -> None:
    assert ("Patient", HEINRICH) in {(one["resourceType"], one["id"]) for one in resources(taken(browser(otto)))}
    assert browser(ida).post(reverse("privacy:download", args=[HEINRICH])).status_code == 404


@pytest.mark.parametrize("who", ["anna", "clara", "bernd", "wilma", "karl", "dora", "admin"])
def test_nobody_else_gets_it(browser: Browser, cast: dict[str, Actor], who: str) -> None:
    for method in ("get", "post"):
        answer = getattr(browser(cast[who]), method)(reverse("privacy:download", args=[HEINRICH]))
        assert answer.status_code == 404


def test_a_right_that_ends_breaks_it_off(browser: Browser, otto: Actor, anna: Actor, something: None) -> None:
    answer = browser(otto).post(reverse("privacy:download", args=[HEINRICH]))
    parts = iter(answer.streaming_content)
    next(parts)
    services.end_representation(anna, str(otto.person).removeprefix("RelatedPerson/"))
    with pytest.raises(Missing):
        next(parts)


def test_signing_out_or_an_account_that_is_switched_off_breaks_it_off(
    browser: Browser, heinrich: Actor, something: None
) -> None:
    page = browser(heinrich)
    parts = iter(page.post(reverse("privacy:download", args=[HEINRICH])).streaming_content)
    next(parts)
    with write():
        User.objects.filter(pk=heinrich.account).update(is_active=False)
    with pytest.raises(Missing):
        next(parts)


def test_it_is_limited_by_the_hour(browser: Browser, heinrich: Actor) -> None:
    page = browser(heinrich)
    answers = [page.post(reverse("privacy:download", args=[HEINRICH])).status_code for _ in range(7)]
    assert answers == [200] * 6 + [403]


def test_a_paper_holds_the_newest_lines_and_says_how_many_it_left_out(
    heinrich: Actor, something: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "ON_PAPER", 1)
    packed = zipfile.ZipFile(io.BytesIO(b"".join(taking.archive(heinrich, HEINRICH))))
    assert len(packed.read("akte.pdf")) > 5000
    assert len(resources(packed)) > 5


def test_what_the_letters_do_not_know_does_not_stop_the_paper() -> None:
    assert drawable("Füße 🦶 größer") == "Füße ? größer"


def test_a_cell_that_would_be_calculated_is_a_word() -> None:
    assert packing.table([["=1+1", "Anna"]]).decode() == "'=1+1;Anna\r\n"


def test_what_is_odd_is_still_a_line() -> None:
    assert lines.line({"resourceType": "Basic", "id": "x"}).words == "Basic"
    assert lines.line({"resourceType": "Observation", "effectiveDateTime": "2026-13-45"}).when == "2026-13-45"
    assert lines.line({"resourceType": "Condition", "onsetDateTime": "2026"}).when == "2026"
