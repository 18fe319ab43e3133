"""Heinrich has two records that were joined. In his own account they are one."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from messaging.chat import services as chat
from patients.accounts.actor import Actor
from patients.network import services as network
from telecare.consultations import services as consultations
from telecare.vitals import services as vitals
from telecare.vitals.kinds import PULSE, WEIGHT
from tests.cast import HEINRICH, WILMA
from tests.patients.network.services.test_joining import twice

pytestmark = [pytest.mark.django_db]

Browser = Callable[[Actor], Client]
__all__ = ["twice"]


@pytest.fixture
def joined(anna: Actor, bernd: Actor, clara: Actor, twice: str) -> str:
    """In both stands something, of either service; Bernd has looked at the second."""
    now = timezone.localtime()
    vitals.record_measurement(anna, HEINRICH, kind=PULSE, values=[Decimal(71)], taken_at=now - timedelta(hours=2))
    vitals.record_measurement(bernd, twice, kind=PULSE, values=[Decimal(78)], taken_at=now - timedelta(hours=1))
    vitals.record_measurement(bernd, twice, kind=WEIGHT, values=[Decimal("83.4")], taken_at=now)
    thread = chat.open_thread(bernd, twice)
    chat.send(bernd, thread.pk, cid=UUID("1f0c2a34-8a3b-4c0e-9d55-5d2f5a1e7c99"), text="Schlüssel liegt beim Nachbarn.")
    network.join_records(anna, HEINRICH, twice)
    return twice


def test_his_start_page_shows_the_values_of_both_in_one_line_and_the_message_of_the_other_service(
    browser: Browser, heinrich: Actor, joined: str
) -> None:
    for address in (reverse("start"), reverse("dashboards:patient", args=[joined])):
        page = browser(heinrich).get(address).content.decode()
        assert page.count("kind=pulse") == 1
        for words in ("78", "83,4", "Schlüssel liegt beim Nachbarn.", "Bernd Kolbe"):
            assert words in page, words
        assert "Meine Werte" in page


def test_the_page_of_values_and_the_log_are_of_both_from_whichever_he_comes(
    browser: Browser, heinrich: Actor, joined: str
) -> None:
    client = browser(heinrich)
    for patient in (HEINRICH, joined):
        page = client.get(reverse("vitals:measurements", args=[patient]), {"kind": "pulse"}).content.decode()
        assert "71" in page
        assert "78" in page
        log = client.get(reverse("privacy:accesses-of", args=[patient])).content.decode()
        assert "Wer hat meine Akte gelesen?" in log
        assert "Pflegedienst Sonnenhof" in log
        assert "Anna Siemer" in log


def test_he_takes_both_along_and_whoever_is_named_in_both_once(browser: Browser, heinrich: Actor, joined: str) -> None:
    answer = browser(heinrich).post(reverse("privacy:download", args=[HEINRICH]))
    packed = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    found = [one["resource"] for one in json.loads(packed.read("akte.json"))["entry"]]
    named = [(one["resourceType"], one["id"]) for one in found]
    assert len(named) == len(set(named))
    assert {("Patient", HEINRICH), ("Patient", joined)} <= set(named)
    assert "Schlüssel liegt beim Nachbarn." in json.dumps(found, ensure_ascii=False)
    assert WILMA not in json.dumps(found)
    assert "Bernd Kolbe" in packed.read("zugriffe.csv").decode("utf-8-sig")


def test_appointments_of_the_second_record_are_his_too(
    browser: Browser, heinrich: Actor, clara: Actor, joined: str
) -> None:
    ident = consultations.book(
        clara, joined, starts_at=timezone.now() + timedelta(minutes=10), doctor=str(clara.person), reason="Kontrolle"
    )
    client = browser(heinrich)
    assert ident in client.get(reverse("start")).content.decode()
    assert (
        ident
        in client.get(reverse("consultations:own"), follow=True).request["PATH_INFO"]
        + client.get(reverse("consultations:own"), follow=True).content.decode()
    )


def test_consents_and_erasure_stay_with_each_record_and_lead_to_the_other(
    browser: Browser, heinrich: Actor, joined: str
) -> None:
    client = browser(heinrich)
    for name in ("privacy:consents", "privacy:erasure"):
        for here, there in ((HEINRICH, joined), (joined, HEINRICH)):
            page = client.get(reverse(name, args=[here])).content.decode()
            assert "Sie haben eine weitere Akte" in page
            assert reverse(name, args=[there]) in page


def test_parted_again_he_sees_nothing_of_the_second(
    browser: Browser, heinrich: Actor, anna: Actor, ida: Actor, joined: str
) -> None:
    assert browser(ida).get(reverse("dashboards:patient", args=[joined])).status_code == 404, "hers is one delegation"
    network.part_records(anna, HEINRICH, joined)
    client = browser(heinrich)
    page = client.get(reverse("start")).content.decode()
    assert "83,4" not in page
    assert "Schlüssel" not in page
    for name in ("dashboards:patient", "vitals:measurements", "privacy:accesses-of", "privacy:download"):
        assert client.get(reverse(name, args=[joined])).status_code == 404, name


@pytest.mark.storage
def test_his_start_page_costs_few_statements_more_and_none_for_who_has_one_record(
    browser: Browser, heinrich: Actor, joined: str, anna: Actor
) -> None:
    def spent() -> int:
        client = browser(heinrich)
        client.get(reverse("start"))
        with CaptureQueriesContext(connection) as found:
            client.get(reverse("start"))
        return len([one for one in found if "SAVEPOINT" not in one["sql"]])

    both = spent()
    network.part_records(anna, HEINRICH, joined)
    assert both - spent() <= 5
