"""What the CapabilityStatement says is what the edge does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from patients.fhir import capability, registry
from patients.fhir.operations import everything
from patients.records.definitions import SERVED
from patients.records.validation import schema
from tests.conftest import Tell
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


def test_the_log_is_told_as_read_only() -> None:
    told = statement()["AuditEvent"]
    codes = {one["code"] for one in told["interaction"]}  # type: ignore[attr-defined]
    assert codes == {"read", "vread", "history-instance", "history-type", "search-type"}
    assert not (told["updateCreate"] or told["conditionalCreate"] or told["conditionalUpdate"])
    assert told["conditionalDelete"] == "not-supported"


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


YARDSTICK = json.loads((Path(__file__).parent / "isik.json").read_text())
NOT_DEMANDED = {"Location": {"contains"}}  # MAY, as a reference: R5 has it for maps of boundaries, R4 not at all
OTHERWISE = {("AllergyIntolerance", "_profile"): "uri", ("Location", "near"): "special"}  # as R4 has them


def test_what_isik_asks_of_a_hospital_system_is_offered(tell: Tell) -> None:
    """`isik.json`: interactions and search parameters of the four ISiK CapabilityStatements, with how much they are
    demanded (SHALL, MAY). Types that are not served are told, and not judged."""
    told = statement()
    lines = []
    for type_, demanded in YARDSTICK.items():
        if type_ not in told:
            lines.append(f"{type_}: not served")
            continue
        codes = {one["code"] for one in told[type_]["interaction"]}  # type: ignore[attr-defined]
        kinds = {one["name"]: one["type"] for one in told[type_]["searchParam"]}  # type: ignore[attr-defined]
        interactions, parameters = demanded["interactions"], demanded["parameters"]
        assert codes >= interactions.keys(), type_
        assert parameters.keys() - kinds.keys() <= NOT_DEMANDED.get(type_, set()), type_
        for name, (kind, _) in parameters.items():
            assert kinds.get(name, kind) == OTHERWISE.get((type_, name), kind), (type_, name)
        missing = sorted(parameters.keys() - kinds.keys())
        assert all(parameters[name][1] == "MAY" for name in missing), type_
        offered = len(parameters) - len(missing)
        without = f", without {', '.join(missing)}" if missing else ""
        lines.append(
            f"{type_}: {len(interactions)} of {len(interactions)} interactions, "
            f"{offered} of {len(parameters)} search parameters{without}"
        )
    tell("ISiK: " + "; ".join(lines))


def test_conditions_and_patches_are_told() -> None:
    whole = json.loads(capability.statement())
    assert whole["patchFormat"] == ["application/json-patch+json", "application/merge-patch+json"]
    codes = {one["code"] for one in whole["rest"][0]["interaction"]}
    assert codes == {"transaction", "batch", "search-system", "history-system"}
    told = statement()["Observation"]
    assert (told["conditionalCreate"], told["conditionalUpdate"]) == (True, True)
    assert (told["conditionalRead"], told["conditionalDelete"]) == ("full-support", "single")


@pytest.mark.django_db
def test_the_statement_is_itself_valid() -> None:
    """As far as the definitions know its shape."""
    assert schema.findings("CapabilityStatement", json.loads(capability.statement())) == []


def test_what_stands_beside_documents_is_told() -> None:
    told = statement()
    assert "chat-…" in str(told["Communication"]["documentation"])
    assert "audit-…" in str(told["AuditEvent"]["documentation"])
    assert "X-Security-Context" in str(told["Binary"]["documentation"])
    assert "documentation" not in told["Observation"]
