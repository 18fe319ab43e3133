"""Break-glass: exact identity and the reason first, for minutes, reading only, told and looked at afterwards."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from messaging.chat import services as chat
from patients import events
from patients.access import Action, Deed, allowed, repository
from patients.access.models import Right
from patients.access.permit import PERMIT
from patients.accounts.actor import Actor, system
from patients.accounts.models import User
from patients.accounts.queries import actor_of
from patients.audit.models import AuditEvent
from patients.database import write
from patients.errors import Denied, Invalid, Missing
from patients.network import queries, resources, services
from patients.network.resources import Address, Name, asking
from patients.network.services import emergencies
from patients.records.models import Document
from telecare.tasks import services as tasks
from tests.cast import HEINRICH

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

WORDS = "Gestürzt, nicht ansprechbar, Rettungsdienst vor Ort."


def heinrich_himself(**other: Any) -> resources.Resource:
    said = {"kvnr": "X110411941", "address": Address("Lindenweg 4", "49377", "Lüttmoor")} | other
    return resources.person(Name("Brandt", "Heinrich"), date(1941, 3, 14), **said)


def opened(actor: Actor, *, kind: str = "unresponsive", reason: str = WORDS) -> Document:
    return services.open_in_emergency(actor, heinrich_himself(), kind=kind, reason=reason)[0]


def now_as(actor: Actor) -> Actor:
    return actor_of(User.objects.get(pk=actor.account))


def test_david_reads_heinrichs_record_for_half_an_hour_and_changes_nothing(david: Actor) -> None:
    with pytest.raises(Missing):
        repository(david).read("Patient", HEINRICH)
    task = asking.reading_of(opened(david).content)
    assert task.until - task.since == timedelta(minutes=30)
    reader = now_as(david)
    patient = repository(reader).read("Patient", HEINRICH)
    with pytest.raises(Denied):
        repository(reader).update({**patient.content, "gender": "other"})
    with pytest.raises(Denied):
        tasks.order(reader, HEINRICH, text="Wiegen", organisation=str(david.organisation))
    with pytest.raises(Missing):
        chat.open_thread(reader, HEINRICH)
    assert not allowed(reader, Deed.CONSULT, patient=HEINRICH)
    assert not allowed(reader, Deed.ADMIT, patient=HEINRICH)
    later = timezone.now() + timedelta(minutes=31)
    assert not allowed(reader, Action.READ, patient=HEINRICH, at=later)


def test_name_birth_date_and_address_are_as_exact_as_the_insurance_number(david: Actor) -> None:
    assert services.open_in_emergency(david, heinrich_himself(kvnr=""), kind="danger", reason=WORDS)
    assert services.open_in_emergency(david, heinrich_himself(address=None), kind="danger", reason=WORDS)


@pytest.mark.parametrize(
    "said",
    [
        heinrich_himself(kvnr="", address=None),
        heinrich_himself(kvnr="", address=Address("Lindenweg 5", "49377", "Lüttmoor")),
        heinrich_himself(kvnr="", address=Address("", "49377", "Lüttmoor")),
        {**heinrich_himself(), "birthDate": "1941-03-15"},
    ],
    ids=["neither number nor address", "another house", "no street", "another day"],
)
def test_what_is_not_exact_opens_nothing(david: Actor, said: resources.Resource) -> None:
    with pytest.raises(Invalid):
        services.open_in_emergency(david, said, kind="danger", reason=WORDS)
    assert not Right.objects.filter(basis=Right.Basis.EMERGENCY)


@pytest.mark.parametrize(("kind", "reason"), [("danger", "  "), ("danger", "kurz"), ("curiosity", WORDS)])
def test_no_reason_no_reading(david: Actor, kind: str, reason: str) -> None:
    with pytest.raises(Invalid):
        opened(david, kind=kind, reason=reason)
    assert not Right.objects.filter(basis=Right.Basis.EMERGENCY)


@pytest.mark.parametrize("who", ["mia", "sabine", "karl", "admin", "dora", "wilma", "ida"])
def test_other_roles_do_not_read_in_an_emergency(cast: dict[str, Actor], who: str) -> None:
    with pytest.raises(Denied):
        opened(cast[who])


def test_openings_and_tries_are_limited_by_the_hour_and_logged(david: Actor, bernd: Actor) -> None:
    for _ in range(emergencies.MOST_OPENED):
        opened(david)
    with pytest.raises(Denied):
        opened(david)
    stranger = {**heinrich_himself(), "birthDate": "1950-01-01"}
    for _ in range(emergencies.MOST_TRIES):
        with pytest.raises(Invalid):
            services.open_in_emergency(bernd, stranger, kind="danger", reason=WORDS)
    with pytest.raises(Denied):
        opened(bernd)
    tried = AuditEvent.objects.filter(account=bernd.account, action=emergencies.OPENED)
    assert {one.outcome for one in tried} == {"denied"}
    assert len(tried) == emergencies.MOST_TRIES + 1


def test_all_that_is_read_is_logged_as_an_emergency_with_its_paper(david: Actor) -> None:
    task = opened(david)
    repository(now_as(david)).read("Patient", HEINRICH)
    rows = AuditEvent.objects.filter(account=david.account, patient=HEINRICH).exclude(role="system")
    assert {row.purpose for row in rows} == {"BTG"}
    assert {row.reason for row in rows if row.action == "read"} == {task.logical_id}


def test_he_ends_it_himself_at_once_and_nobody_else_does(david: Actor, bernd: Actor) -> None:
    task = opened(david).logical_id
    with pytest.raises(Missing):
        services.end_emergency(bernd, task)
    assert services.end_emergency(david, task).content["status"] == "completed"
    services.end_emergency(david, task)
    with pytest.raises(Missing):
        repository(now_as(david)).read("Patient", HEINRICH)
    assert now_as(david).emergencies == ()


def test_when_the_time_is_over_those_who_listen_are_told(david: Actor) -> None:
    task = opened(david).logical_id
    told: list[str] = []
    events.on("access.changed", heard := lambda **ids: told.append(str(ids["patient"])), when="inside")
    try:
        emergencies.end_when_over(task, system("timer"))
        assert not told, "half an hour has not gone by"
        over = Document.objects.get(logical_id=task)
        past = {**over.content["executionPeriod"], "end": timezone.localtime().isoformat()}
        with write():
            repository(system("test")).update({**over.content, "executionPeriod": past}, permit=PERMIT)
        told.clear()
        emergencies.end_when_over(task, system("timer"))
    finally:
        events.forget("access.changed", heard)
    assert Document.objects.get(logical_id=task).content["status"] == "completed"


def test_dora_reviews_what_clara_read_and_clara_does_not(clara: Actor, dora: Actor, wilma: Actor) -> None:
    said = resources.person(Name("Dettmer", "Wilma"), date(1944, 8, 2), kvnr="X110811940")
    task = services.open_in_emergency(clara, said, kind="cover", reason=WORDS)[0].logical_id
    assert [one.id for one in queries.readings_to_review(dora)] == [task]
    with pytest.raises((Denied, Missing)):
        services.review_emergency(clara, task, verdict="in-order", words="")
    with pytest.raises(Invalid):
        services.review_emergency(dora, task, verdict="not-in-order", words=" ")
    services.review_emergency(dora, task, verdict="to-clarify", words="Warum nicht die Bereitschaft?")
    services.review_emergency(dora, task, verdict="in-order", words="")
    found = queries.readings_to_review(wilma)[0]
    assert [one.verdict for one in found.reviews] == ["to-clarify", "in-order"]
    assert found.reviews[0].by == dora.person
    assert AuditEvent.objects.filter(account=dora.account, action=emergencies.REVIEWED, patient=wilma.patient).exists()


def test_the_patients_team_reviews_too_and_strangers_learn_nothing(
    anna: Actor, david: Actor, dora: Actor, heinrich: Actor, bernd: Actor
) -> None:
    task = opened(david).logical_id
    assert [one.id for one in queries.readings_to_review(anna)] == [task]
    assert [one.id for one in queries.readings_to_review(heinrich)] == [task]
    services.review_emergency(anna, task, verdict="in-order", words="Danke.")
    for who in (bernd, dora, heinrich):
        with pytest.raises(Missing):
            services.review_emergency(who, task, verdict="in-order", words="")
    assert queries.readings_to_review(bernd) == []
    assert queries.readings_to_review(dora) == []


def test_the_reviews_of_the_officer_stand_in_the_log(clara: Actor, dora: Actor, wilma: Actor) -> None:
    said = resources.person(Name("Dettmer", "Wilma"), date(1944, 8, 2), kvnr="X110811940")
    services.open_in_emergency(clara, said, kind="cover", reason=WORDS)
    queries.readings_to_review(dora)
    assert AuditEvent.objects.filter(account=dora.account, patient=wilma.patient, action="emergencies").exists()
