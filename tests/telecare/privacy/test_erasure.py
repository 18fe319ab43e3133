"""Asking for erasure: the person asks each house, each answers for itself, the person reads the answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from patients.access import Action, allowed
from patients.accounts.actor import Actor
from patients.audit.models import AuditEvent
from patients.errors import Conflict, Invalid, Missing
from patients.network import queries, services
from patients.network.resources import asking
from patients.network.services import erasure_requests
from patients.records.models import Document
from telecare.tasks import services as tasks
from tests.cast import HEINRICH, ident

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

Browser = Callable[[Actor], Client]


@pytest.fixture
def kept(clara: Actor) -> None:
    """Clara's practice, whose officer is Dora, keeps something of its own."""
    tasks.order(clara, HEINRICH, text="Wiegen", organisation=str(clara.organisation))


def asked(actor: Actor, *houses: str) -> list[str]:
    wanted = [ident(house) for house in houses or ("markt",)]
    made = services.request_erasure(actor, HEINRICH, custodians=wanted, words="Ich möchte das nicht mehr.")
    return [one.logical_id for one in made]


def test_heinrich_asks_on_his_page_dora_keeps_it_with_a_ground_and_he_reads_until_when(
    browser: Browser, heinrich: Actor, dora: Actor, kept: None
) -> None:
    page = browser(heinrich)
    where = reverse("privacy:erasure", args=[HEINRICH])
    assert "Hausarztpraxis am Markt" in page.get(where).content.decode()
    page.post(where, {"custodians": [ident("markt")], "words": "Ich möchte das nicht mehr."})
    office = browser(dora)
    shown = office.get(reverse("privacy:erasures")).content.decode()
    assert "Heinrich Brandt" in shown
    assert "Ich möchte das nicht mehr." in shown
    task = queries.erasures(heinrich, HEINRICH)[0].id
    until = timezone.localdate() + timedelta(days=3650)
    sent = {"act": "keep", "ground": "retention", "words": "Wir müssen zehn Jahre aufbewahren.", "until": str(until)}
    assert office.post(reverse("privacy:answer-erasure", args=[task]), sent).status_code == 302
    answered = page.get(where).content.decode()
    for word in ("Dora Wilke", "Wir müssen zehn Jahre aufbewahren.", "§ 630f BGB", f"{until:%d.%m.%Y}"):
        assert word in answered, word


def test_what_is_granted_is_erased_and_answered_once(
    browser: Browser, heinrich: Actor, dora: Actor, anna: Actor, kept: None
) -> None:
    [task] = asked(heinrich)
    page, where = browser(dora), reverse("privacy:answer-erasure", args=[task])
    assert page.post(where, {"act": "grant"}).status_code == 422
    assert Document.objects.filter(patient=HEINRICH, custodian=ident("markt"), type="Task").exists()
    assert page.post(where, {"act": "grant", "confirmed": "yes"}).status_code == 302
    assert not Document.objects.filter(patient=HEINRICH, custodian=ident("markt"), type="Task").exists()
    assert allowed(anna, Action.READ, patient=HEINRICH), "the nursing service keeps its own"
    assert queries.erasures(heinrich, HEINRICH)[0].status == asking.ERASED
    with pytest.raises(Conflict):
        services.grant_erasure(dora, task)
    with pytest.raises(Conflict):
        services.refuse_erasure(dora, task, ground="claims", words="x", until=timezone.localdate() + timedelta(1))


def test_what_is_kept_is_not_erased_before_its_last_day(heinrich: Actor, dora: Actor, kept: None) -> None:
    until = timezone.localdate() + timedelta(days=100)
    services.refuse_erasure(dora, asked(heinrich)[0], ground="claims", words="Ein Verfahren läuft.", until=until)
    [again] = asked(heinrich)
    services.grant_erasure(dora, again)
    assert Document.objects.filter(patient=HEINRICH, custodian=ident("markt"), type="Task").exists()
    newest = queries.erasures(heinrich, HEINRICH)[0]
    assert (newest.status, newest.until) == (asking.CARRIED_OUT_LATER, until.isoformat())


def test_what_was_granted_for_later_reads_as_erased_once_it_is_carried_out(
    browser: Browser, heinrich: Actor, anna: Actor, dora: Actor, kept: None
) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    kept_until = services.hold(dora, HEINRICH, custodian=ident("markt"), until=tomorrow, reason="§ 630f BGB")
    tasks.order(anna, HEINRICH, text="Wiegen", organisation=str(anna.organisation))
    services.grant_erasure(dora, asked(heinrich)[0])
    services.release(dora, kept_until.id)
    services.carry_out_postponed()
    newest = queries.erasures(heinrich, HEINRICH)[0]
    assert newest.status == asking.ERASED
    assert newest.answer is not None
    assert newest.answer.by == dora.person
    assert "Gelöscht" in browser(heinrich).get(reverse("privacy:erasure", args=[HEINRICH])).content.decode()


def test_what_is_erased_unasked_leaves_no_request_open(heinrich: Actor, anna: Actor, dora: Actor, kept: None) -> None:
    tasks.order(anna, HEINRICH, text="Wiegen", organisation=str(anna.organisation))
    asked(heinrich, "markt", "moorland")
    services.erase(dora, HEINRICH, custodian=ident("markt"))
    found = {one.custodian: one.status for one in queries.erasures(heinrich, HEINRICH)}
    assert found == {ident("markt"): asking.ERASED, ident("moorland"): asking.RECEIVED}


def test_a_request_that_waits_is_not_doubled_and_each_house_gets_its_own(heinrich: Actor, kept: None) -> None:
    assert len(asked(heinrich, "markt", "moorland")) == 2
    assert asked(heinrich, "markt") == []
    assert {one.custodian for one in queries.erasures(heinrich, HEINRICH)} == {ident("markt"), ident("moorland")}


@pytest.mark.parametrize("who", ["anna", "clara", "mia", "bernd", "ida", "wilma", "karl", "dora"])
def test_nobody_else_asks_in_his_name(browser: Browser, cast: dict[str, Actor], who: str, kept: None) -> None:
    with pytest.raises(Missing):
        asked(cast[who])
    assert browser(cast[who]).get(reverse("privacy:erasure", args=[HEINRICH])).status_code == 404


@pytest.mark.parametrize("who", ["anna", "clara", "mia", "bernd", "heinrich", "karl", "admin"])
def test_nobody_but_the_officer_of_that_house_answers(
    browser: Browser, cast: dict[str, Actor], heinrich: Actor, who: str, kept: None
) -> None:
    [task] = asked(heinrich)
    page = browser(cast[who])
    for sent in ({"act": "grant"}, {"act": "keep"}):
        assert page.post(reverse("privacy:answer-erasure", args=[task]), sent).status_code == 404
    assert page.get(reverse("privacy:erasures")).status_code == 404


def test_dora_does_not_answer_for_the_nursing_service(heinrich: Actor, dora: Actor, kept: None) -> None:
    [task] = asked(heinrich, "moorland")
    with pytest.raises(Missing):
        services.grant_erasure(dora, task)
    assert queries.erasures_to_answer(dora) == []


@pytest.mark.parametrize(
    ("ground", "words", "days"), [("", "x", 9), ("whim", "x", 9), ("other", " ", 9), ("other", "x", 0)]
)
def test_keeping_needs_a_ground_words_and_a_day_to_come(
    heinrich: Actor, dora: Actor, kept: None, ground: str, words: str, days: int
) -> None:
    [task] = asked(heinrich)
    until = timezone.localdate() + timedelta(days=days)
    with pytest.raises(Invalid):
        services.refuse_erasure(dora, task, ground=ground, words=words, until=until)


def test_who_keeps_nothing_is_not_asked(heinrich: Actor, kept: None) -> None:
    with pytest.raises(Invalid):
        asked(heinrich, "deichweg")
    with pytest.raises(Invalid):
        services.request_erasure(heinrich, HEINRICH, custodians=[])


def test_asking_answering_and_looking_stand_in_the_log(heinrich: Actor, dora: Actor, kept: None) -> None:
    [task] = asked(heinrich)
    queries.erasures_to_answer(dora)
    services.grant_erasure(dora, task)
    log = AuditEvent.objects.filter(patient=HEINRICH)
    assert log.filter(account=heinrich.account, action=erasure_requests.ASKED).exists()
    assert log.filter(account=dora.account, action=erasure_requests.ANSWERED).exists()
    assert log.filter(account=dora.account, action="requests of erasure").exists()


def test_it_stands_on_no_worklist(browser: Browser, heinrich: Actor, clara: Actor, kept: None) -> None:
    asked(heinrich)
    assert "Ich möchte das nicht mehr." not in browser(clara).get(reverse("tasks:worklist")).content.decode()
    assert Document.objects.filter(type="Task", patient=HEINRICH).count() == 2
