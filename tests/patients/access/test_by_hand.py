"""Access documents that exist, and break-glass: not written by hand, and what a grant opens."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from patients.access import Action, codes, decide, repository
from patients.accounts.actor import Actor, Role
from patients.database import write
from patients.errors import Denied, Missing
from patients.records import store
from patients.records.models import Document
from tests.patients.access.test_documents import concept, refer
from tests.patients.access.test_repositories import ANNA, BERND, CLARA, ELSEWHERE, MARKT, heinrich, pulse, refusal

__all__ = ["heinrich"]  # the fixture

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


def test_access_documents_that_exist_are_not_changed_or_deleted_by_hand(heinrich: str):
    (link,) = Document.objects.filter(type="CareTeam")
    assert type(refusal(repository(ANNA).update, {**link.content, "name": "Unser Team"})) is Denied
    assert type(refusal(repository(ANNA).delete, "CareTeam", link.logical_id)) is Denied
    assert type(refusal(repository(BERND).update, {**link.content, "name": "Unser Team"})) is Missing


def grant(patient: str, person: str, custodian: str) -> Document:
    """Break-glass reading, from a minute ago for half an hour."""
    now = timezone.now()
    lasting = {"start": now - timedelta(minutes=1), "end": now + timedelta(minutes=29)}
    task = {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "for": refer(f"Patient/{patient}"),
        "code": concept(codes.TASK_CODE, codes.EMERGENCY_ACCESS),
        "requester": refer(person),
        "executionPeriod": {name: moment.isoformat() for name, moment in lasting.items()},
    }
    with write():
        return store.create(task, custodian=custodian, category="consent")


def test_nobody_opens_break_glass_by_hand_or_turns_a_grant_into_something_else(heinrich: str):
    given = grant(heinrich, "Practitioner/clara", MARKT)
    forged = {**given.content, "executionPeriod": {"end": "2030-11-01T09:00:00Z"}}
    assert type(refusal(repository(CLARA).create, forged)) is Denied
    assert type(refusal(repository(CLARA).update, forged)) is Denied
    assert type(refusal(repository(CLARA).update, {**forged, "code": concept("urn:x", "x")})) is Denied
    assert type(refusal(repository(CLARA).delete, "Task", given.logical_id)) is Denied


def test_break_glass_reads_what_the_role_allows_for_its_time_and_writes_nothing(heinrich: str):
    made = repository(ANNA).create(pulse(heinrich))
    david = Actor(Role.DOCTOR, account=6, person="Practitioner/david", organisation=ELSEWHERE)
    grant(heinrich, "Practitioner/david", ELSEWHERE)
    assert repository(david).read("Observation", made.logical_id)
    assert type(refusal(repository(david).create, pulse(heinrich))) is Denied
    assert type(refusal(repository(BERND).read, "Observation", made.logical_id)) is Missing
    assert not decide(david, Action.READ, made, at=timezone.now() + timedelta(minutes=30))
