"""Who has read what: for the person, and for who represents them in matters of health."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from messaging.chat import services as chat
from patients.access import repository
from patients.accounts import services as accounts
from patients.accounts.actor import Actor, system
from patients.accounts.models import User
from patients.accounts.queries import actor_of
from patients.errors import Missing
from patients.network import services
from patients.network.resources import Name
from patients.records.models import Document
from telecare.privacy.queries import log
from telecare.privacy.queries.log import Asked
from telecare.vitals import services as vitals
from telecare.vitals.kinds import WEIGHT
from tests.cast import HEINRICH
from tests.patients.fhir.conftest import calls
from tests.telecare.privacy.test_asking import opened

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

Browser = Callable[[Actor], Client]
EVERYTHING = ["administrative", "clinical", "medication", "nursing", "mental", "chat", "consent"]


@pytest.fixture
def otto(anna: Actor) -> Actor:
    """Heinrich's son, with a power of attorney for health that Anna has seen."""
    made = services.add_relative(anna, HEINRICH, name=Name("Brandt", "Otto"), relationship="SONC")
    services.make_representative(anna, made.logical_id, scope=EVERYTHING, evidence="Vorsorgevollmacht")
    account = accounts.create_account(system("test"), kind="relative", username="otto", person=made.reference)
    return actor_of(account)


def test_heinrich_reads_who_looked_when_for_which_house_and_at_what(
    browser: Browser, anna: Actor, david: Actor, heinrich: Actor
) -> None:

    vitals.record_measurement(anna, HEINRICH, kind=WEIGHT, values=[Decimal("84.6")], taken_at=timezone.localtime())
    repository(anna).read("Patient", HEINRICH)
    opened(browser(david))
    shown = browser(heinrich).get(reverse("privacy:accesses")).content.decode()
    for word in (
        "Anna Siemer",
        "Pflegedienst Moorland",
        "Werte und Befunde",
        "etwas wurde geschrieben",
        "Dr. David Renner",
        "Praxis Deichweg",
        "Notfallzugriff",
        "Behandelt Sie gemeinsam mit anderen, Sie wurden informiert",
    ):
        assert word in shown, word


def test_only_emergencies_only_some_days_and_the_next_page(
    browser: Browser, anna: Actor, david: Actor, heinrich: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository(anna).read("Patient", HEINRICH)
    opened(browser(david))
    page = log.log_page(heinrich, HEINRICH, Asked(emergencies=True))
    assert {one.name for one in page.visits} == {"Dr. David Renner"}
    today = timezone.localdate()
    assert not log.log_page(heinrich, HEINRICH, Asked(last=today - timedelta(days=1))).visits
    assert not log.log_page(heinrich, HEINRICH, Asked(first=today + timedelta(days=1))).visits
    monkeypatch.setattr(log, "MOST", 1)
    first = log.log_page(heinrich, HEINRICH, Asked())
    assert first.next is not None
    second = log.log_page(heinrich, HEINRICH, Asked(before=first.next))
    assert second.visits
    rest = log.rows_of(heinrich, [HEINRICH], Asked(before=first.next), most=50)
    assert all(one.id < first.next for one in rest)


def test_otto_reads_it_for_his_father_until_he_represents_him_no_more(
    browser: Browser, otto: Actor, anna: Actor
) -> None:
    repository(anna).read("Patient", HEINRICH)
    page = browser(otto)
    assert "Anna Siemer" in page.get(reverse("privacy:accesses")).content.decode()
    relative = Document.objects.get(type="RelatedPerson", logical_id=str(otto.person).removeprefix("RelatedPerson/"))
    services.end_representation(anna, relative.logical_id)
    assert page.get(reverse("privacy:accesses-of", args=[HEINRICH])).status_code == 404
    with pytest.raises(Missing):
        log.log_page(actor_of(User.objects.get(pk=otto.account)), HEINRICH, Asked())


def test_a_representative_for_money_matters_only_does_not_read_it(anna: Actor, otto: Actor) -> None:
    ident = str(otto.person).removeprefix("RelatedPerson/")
    services.make_representative(anna, ident, scope=["administrative"], evidence="Vorsorgevollmacht")
    with pytest.raises(Missing):
        log.log_page(otto, HEINRICH, Asked())


@pytest.mark.parametrize("who", ["anna", "clara", "bernd", "wilma", "ida", "karl", "dora", "admin"])
def test_nobody_else_reads_it(browser: Browser, cast: dict[str, Actor], who: str) -> None:
    page = browser(cast[who])
    assert page.get(reverse("privacy:accesses-of", args=[HEINRICH])).status_code == 404


@pytest.mark.parametrize("query", ["before=x", "before=99999999999999999999", "first=2026-13-45", "last=", "first=x"])
def test_odd_questions_show_the_first_page(browser: Browser, heinrich: Actor, query: str) -> None:
    assert browser(heinrich).get(f"{reverse('privacy:accesses')}?{query}").status_code == 200


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-02-30", "x"])
def test_a_day_that_is_none_narrows_nothing(browser: Browser, heinrich: Actor, day: str) -> None:
    for asked in (f"first={day}", f"last={day}"):
        assert browser(heinrich).get(f"{reverse('privacy:accesses')}?{asked}").status_code == 200, asked


def test_otto_learns_who_looked_but_not_what_is_kept_from_him(
    browser: Browser, anna: Actor, clara: Actor, heinrich: Actor, otto: Actor
) -> None:
    """For health he stands in for his father; neither for what is in confidence nor for the team's talk."""
    ident = (otto.person or "").removeprefix("RelatedPerson/")
    services.end_representation(anna, ident)
    services.make_representative(anna, ident, scope=["administrative", "clinical"], evidence="Vorsorgevollmacht")
    depression = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "F32.1"}]}
    condition = {"resourceType": "Condition", "subject": {"reference": f"Patient/{HEINRICH}"}, "code": depression}
    hidden = repository(clara).create(condition)
    vitals.record_measurement(anna, HEINRICH, kind=WEIGHT, values=[Decimal("84.6")], taken_at=timezone.localtime())
    with repository(clara).look("page") as records:
        records.read("Condition", hidden.logical_id)
        (value,) = records.search("Observation", [("patient", HEINRICH)]).rows
    repository(clara).read("Condition", hidden.logical_id)
    thread = chat.open_thread(anna, HEINRICH)
    chat.send(anna, thread.pk, cid=uuid.uuid4(), text="Wie geht es ihm?")
    assert calls(clara).get(f"Communication?patient={HEINRICH}").status_code == 200
    for actor, all_of_it in ((heinrich, True), (otto, False)):
        answer = calls(actor).get(f"AuditEvent?patient={HEINRICH}&agent={clara.person}&_count=200")
        events = answer.content.decode()
        page = browser(actor).get(reverse("privacy:accesses")).content.decode()
        assert json.loads(answer.content)["total"] == 4
        assert (hidden.logical_id in events) == ("Diagnosen" in page) == all_of_it
        assert ("Communication/chat-" in events) == all_of_it
        assert value.logical_id in events
        assert "Dr. Clara Voss" in page
