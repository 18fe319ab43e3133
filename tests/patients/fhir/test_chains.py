"""Chains over HTTP: found by who may see every step, and for others answered as if nothing were there."""

from __future__ import annotations

import pytest

from tests.patients.fhir.conftest import Json, Person, content, found, pulse, stored

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

CHAINS = (
    "Task?focus:Observation.code=8867-4",
    "Task?focus:Observation.patient.name=brandt",
    "Task?focus:Observation.code:missing=false",
    "Task?focus:Observation.code:not=x&_total=accurate",
    "Task?focus:Observation._has:Provenance:target:_id=x",
    "Practitioner?_has:Observation:performer:code=8867-4&_summary=count",
    "Patient?_has:Observation:patient:code=8867-4",
    "Organization?_has:Patient:organization:name=brandt",
)


def test_clara_finds_her_task_by_the_measurement_it_is_about(clara: Person, bernd: Person, heinrich: str) -> None:
    made = stored(pulse(heinrich), custodian=str(clara.actor.organisation))
    task = {"resourceType": "Task", "status": "draft", "intent": "order", "focus": {"reference": made.reference}}
    for who, ident in ((clara, "of-clara"), (bernd, "of-bernd")):
        stored(task, custodian=str(who.actor.organisation), logical_id=ident)
    for address in CHAINS[:4]:
        assert [one["id"] for one in found(clara.get(address))] == ["of-clara"], address
        assert found(bernd.get(address)) == [], address
    assert [one["id"] for one in found(clara.get("Patient?_has:Observation:patient:code=8867-4"))] == [heinrich]
    assert [one["id"] for one in found(clara.look_for("Task", "focus:Observation.code=8867-4"))] == ["of-clara"]


@pytest.mark.parametrize("address", CHAINS)
def test_what_bernd_may_not_see_changes_nothing_in_his_answer(
    bernd: Person, clara: Person, heinrich: str, address: str
) -> None:
    """The same question, before there is anything and after: the same words and the same headers."""
    task = {"resourceType": "Task", "status": "draft", "intent": "order", "focus": {"reference": "Observation/o1"}}
    stored(task, custodian=str(bernd.actor.organisation), logical_id="of-bernd")
    before = bernd.get(address)
    performer = [{"reference": str(clara.actor.person)}]
    stored(pulse(heinrich, performer=performer), custodian=str(clara.actor.organisation), logical_id="o1")
    after = bernd.get(address)
    assert _told(content(before)) == _told(content(after))
    assert dict(before.headers) == dict(after.headers)


def _told(bundle: Json) -> Json:
    """All but when it was told."""
    return {name: value for name, value in bundle.items() if name not in ("meta", "id")}
