"""Asking for many at once gives what asking for each gives."""

from __future__ import annotations

from dataclasses import replace

import pytest

from patients.access.ceilings import Action
from patients.access.models import CREATE, EVER, FOREVER, READ, Right
from patients.access.rules import allowed, allowed_each
from patients.accounts.actor import Actor, Role, system

pytestmark = [pytest.mark.storage, pytest.mark.django_db]

ANNA = Actor(Role.NURSE, 1, "Practitioner/anna", "moorland")
PEOPLE = [
    ANNA,
    replace(ANNA, active=False),
    Actor(Role.NURSE, 2, "Practitioner/bernd", "elsewhere"),
    Actor(Role.DOCTOR, 3, "Practitioner/clara", "markt"),
    Actor(Role.NURSING_ASSISTANT, 4, "Practitioner/lea", "moorland"),
    Actor(Role.RELATIVE, 5, "RelatedPerson/ida"),
    Actor(Role.PATIENT, 6, "Patient/heinrich"),
    Actor(Role.COORDINATOR, 7, "Practitioner/karl", "landkreis"),
    Actor(Role.GUEST, room="1"),
    system("test"),
]


@pytest.mark.parametrize("action", [Action.READ, Action.CREATE])
def test_many_at_once_are_answered_as_one_by_one(action):
    for organisation, person, actions in (
        ("moorland", "", READ | CREATE), ("markt", "", READ), ("", "RelatedPerson/ida", READ | CREATE)
    ):  # fmt: skip
        Right.objects.create(
            patient="heinrich", organisation=organisation, person=person, category="chat", custodian="",
            actions=actions, since=EVER, until=FOREVER, basis=Right.Basis.TREATMENT, document="CareTeam/1",
        )  # fmt: skip
    asked = [(actor, patient) for actor in PEOPLE for patient in ("heinrich", "nobody")]
    one_by_one = [allowed(actor, action, patient=patient, category="chat") for actor, patient in asked]
    assert allowed_each(asked, action, category="chat") == one_by_one
    assert any(one_by_one)
    assert not all(one_by_one)


def test_nobody_asked_needs_no_answer():
    assert allowed_each([], Action.READ, category="chat") == []
