"""What is done with a record that was opened in an emergency stands in the log with that purpose."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from patients.access import Action, Deed, allowed, codes, repository
from patients.access.permit import PERMIT
from patients.accounts import services as accounts
from patients.accounts.actor import Actor, system
from patients.accounts.models import Emergency, User
from patients.accounts.queries import actor_of, actor_of_token
from patients.audit.models import AuditEvent
from patients.database import write
from patients.records.models import Document
from tests.cast import HEINRICH

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


def opened_for(actor: Actor, *, minutes: int = 30) -> Document:
    now = timezone.localtime()
    grant = {
        "resourceType": "Task",
        "status": "in-progress",
        "intent": "order",
        "code": {"coding": [{"system": codes.TASK_CODE, "code": codes.EMERGENCY_ACCESS}]},
        "for": {"reference": f"Patient/{HEINRICH}"},
        "requester": {"reference": str(actor.person)},
        "executionPeriod": {"start": now.isoformat(), "end": (now + timedelta(minutes=minutes)).isoformat()},
    }
    with write():
        return repository(system("test")).create(grant, custodian=actor.organisation, permit=PERMIT)


def now_as(actor: Actor) -> Actor:
    return actor_of(User.objects.get(pk=actor.account))


def test_david_who_reads_heinrich_in_an_emergency_is_logged_with_that_purpose_and_with_none_for_wilma(
    david: Actor, wilma: Actor
) -> None:
    task = opened_for(david)
    doctor = now_as(david)
    repository(doctor).read("Patient", HEINRICH)
    repository(doctor).read("Patient", str(wilma.patient))
    purposes = dict(AuditEvent.objects.filter(account=david.account).values_list("patient", "purpose"))
    assert purposes == {HEINRICH: "BTG", wilma.patient: "TREAT"}
    assert AuditEvent.objects.get(account=david.account, patient=HEINRICH).reason == task.logical_id


def test_his_token_knows_the_emergency_and_his_colleagues_elsewhere_do_not(david: Actor, bernd: Actor) -> None:
    opened_for(david)
    token = accounts.issue_token(User.objects.get(pk=david.account))
    found = actor_of_token(token)
    assert found is not None
    assert found.emergency(HEINRICH) is not None
    assert now_as(bernd).emergencies == ()


def test_an_emergency_that_is_over_is_none(david: Actor) -> None:
    task = opened_for(david)
    later = replace(now_as(david).emergencies[0], until=timezone.now())
    assert replace(david, emergencies=(later,)).purpose_for(HEINRICH) == ("TREAT", "")
    with write():
        past = {**task.content, "status": "completed"}
        past["executionPeriod"] = {**past["executionPeriod"], "end": timezone.localtime().isoformat()}
        repository(system("test")).update(past, permit=PERMIT)
    assert now_as(david).emergencies == ()
    assert not allowed(david, Action.READ, patient=HEINRICH)


def test_it_holds_for_the_organisation_for_which_it_was_opened(david: Actor, anna: Actor) -> None:
    opened_for(david)
    Emergency.objects.update(organisation=anna.organisation)
    assert now_as(david).emergencies == ()


def test_the_system_acts_for_its_own_purpose(david: Actor) -> None:
    opened_for(david)
    assert now_as(david).as_system("review").purpose_for(HEINRICH) == ("HSYSADMIN", "review")


def test_whoever_only_reads_in_an_emergency_neither_consults_nor_reads_the_thread(david: Actor, clara: Actor) -> None:
    opened_for(david)
    assert allowed(david, Action.READ, patient=HEINRICH, category="clinical")
    assert not allowed(david, Deed.CONSULT, patient=HEINRICH)
    assert not allowed(david, Action.READ, patient=HEINRICH, category="chat")
    assert allowed(clara, Deed.CONSULT, patient=HEINRICH)
    assert allowed(clara, Action.READ, patient=HEINRICH, category="chat")
