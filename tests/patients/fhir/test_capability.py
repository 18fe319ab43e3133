"""What the CapabilityStatement says is what the edge does."""

from __future__ import annotations

import json

import pytest

from patients.fhir import capability, registry
from patients.fhir.operations import everything
from patients.records.definitions import SERVED
from tests.patients.fhir.conftest import Person


def statement() -> dict[str, dict[str, object]]:
    return {one["type"]: one for one in json.loads(capability.statement())["rest"][0]["resource"]}


def test_every_served_type_is_told_with_its_interactions() -> None:
    told = statement()
    assert set(told) == SERVED
    codes = {one["code"] for one in told["Observation"]["interaction"]}  # type: ignore[attr-defined]
    assert codes == {
        "read", "vread", "update", "patch", "delete", "history-instance", "history-type", "create", "search-type",
    }  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("type_", ["Patient", "Observation", "Task", "Consent", "Encounter", "Goal", "Composition"])
def test_every_parameter_that_is_told_can_be_asked(anna: Person, type_: str) -> None:
    """With a value of its kind."""
    values = {"date": "2026", "reference": "Patient/1", "quantity": "1", "number": "1"}
    parameters = statement()[type_]["searchParam"]
    for one in parameters:  # type: ignore[attr-defined]
        if one["type"] == "composite":
            continue
        answer = anna.get(f"{type_}?{one['name']}={values.get(one['type'], 'xyz')}")
        assert answer.status_code == 200 or b"too-costly" in answer.content, (one, answer.content)


@pytest.mark.django_db
@pytest.mark.parametrize("type_", ["Patient", "Observation", "Practitioner", "QuestionnaireResponse"])
def test_every_include_that_is_told_can_be_asked(anna: Person, type_: str) -> None:
    for name, told in (("_include", "searchInclude"), ("_revinclude", "searchRevInclude")):
        ways: list[str] = statement()[type_][told]  # type: ignore[assignment]
        assert ways
        for at in range(0, len(ways), 20):
            asked = "&".join(f"{name}={way}" for way in ways[at : at + 20])
            assert anna.get(f"{type_}?{asked}").status_code == 200


def test_every_modifier_and_chain_is_told_in_words() -> None:
    told = {one["name"]: one.get("documentation", "") for one in statement()["Observation"]["searchParam"]}  # type: ignore[attr-defined]
    assert told["code"] == "Modifiers: in, missing, not, not-in."
    assert told["patient"] == "Modifiers: identifier, missing. Chains lead to Patient."
    assert told["focus"].endswith("Chains lead to any type.")
    assert not told["_lastUpdated"]


def test_the_statement_tells_where_references_lead() -> None:
    told = statement()
    assert "Observation:subject" in told["Observation"]["searchInclude"]  # type: ignore[operator]
    assert "Observation:subject" in told["Patient"]["searchRevInclude"]  # type: ignore[operator]
    assert "Observation:subject" not in told["Organization"]["searchRevInclude"]  # type: ignore[operator]
    assert "QuestionnaireResponse:questionnaire" not in told["QuestionnaireResponse"]["searchInclude"]  # type: ignore[operator]


def test_every_operation_is_told_once_with_its_definition() -> None:
    for type_, told in statement().items():
        own = [one for one in registry.operations() if type_ in one.types]
        offered: list[dict[str, str]] = told.get("operation", [])  # type: ignore[assignment]
        assert {one["name"]: one["definition"] for one in offered} == {one.name: one.definition for one in own}
        assert len(offered) == len({one.name for one in own})
    assert {"name": "everything", "definition": everything.DEFINITION} in statement()["Patient"]["operation"]  # type: ignore[operator]


def test_the_whole_system_and_compartments_are_told() -> None:
    rest = json.loads(capability.statement())["rest"][0]
    assert {"code": "search-system"} in rest["interaction"]
    assert "http://hl7.org/fhir/CompartmentDefinition/patient" in rest["compartment"]
    assert len(rest["compartment"]) == 5
