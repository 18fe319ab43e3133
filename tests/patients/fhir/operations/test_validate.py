"""$validate: all findings at once, nothing stored, nothing told about what is stored."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from patients.audit.models import AuditEvent
from patients.records import definitions
from patients.records.models import Document
from tests.cast import HEINRICH
from tests.patients.fhir.conftest import FHIR, Json, Person, content, issue, pulse
from tests.patients.fhir.operations.conftest import parameters
from tests.patients.records import fixtures

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

NARRATIVE = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Puls 72</div>'}
NOBODY = "6f6c0de5-0b6f-4d06-8a1e-0c9d62a3b001"


def judged(who: Person, address: str, body: Json) -> list[tuple[str, str, str]]:
    """Severity, code and place of each issue."""
    answer = who.post(address, body)
    assert answer.status_code == 200, answer.content
    outcome = content(answer)
    assert outcome["resourceType"] == "OperationOutcome"
    assert all(one["details"]["text"] for one in outcome["issue"])
    return [(one["severity"], one["code"], *one.get("expression", [""])) for one in outcome["issue"]]


def test_anna_learns_that_nothing_is_wrong_and_nothing_is_stored(anna: Person):
    before = Document.objects.count()
    right = pulse(HEINRICH, text=NARRATIVE)
    assert judged(anna, "Observation/$validate", right) == [("information", "informational", "")]
    assert judged(anna, "Observation/$validate", parameters(resource=right)) == [("information", "informational", "")]
    assert Document.objects.count() == before


def test_all_that_is_wrong_is_told_at_once(anna: Person):
    wrong = pulse(HEINRICH, status="done", surprise=1, dataAbsentReason={"text": "x"}, issued="2023-02-30")
    wrong["subject"] = {"reference": "Medication/x"}
    assert set(judged(anna, "Observation/$validate", wrong)) == {
        ("error", "code-invalid", "Observation.status"),
        ("error", "structure", "Observation"),
        ("error", "invariant", "Observation"),
        ("error", "value", "Observation.issued"),
        ("error", "value", "Observation.subject"),
    }


def test_advice_is_a_warning(anna: Person):
    assert judged(anna, "Observation/$validate", pulse(HEINRICH)) == [("warning", "business-rule", "Observation")]


@pytest.mark.parametrize("type_", sorted(definitions.SERVED))
def test_each_type_that_is_served_can_be_validated(anna: Person, type_: str):
    name = next(name for name in fixtures.NAMES if name.partition("-")[0] == type_)
    assert {severity for severity, *_ in judged(anna, f"{type_}/$validate", fixtures.resource(name))} <= {
        "information",
        "warning",
    }


def test_an_unknown_profile_is_named_and_the_rest_is_validated(anna: Person):
    asked = parameters(
        resource=pulse(HEINRICH, status="done"), profile="https://praxis.example/StructureDefinition/puls"
    )
    assert [one[:2] for one in judged(anna, "Observation/$validate", asked)] == [
        ("error", "not-supported"),
        ("error", "code-invalid"),
    ]
    own = "http://hl7.org/fhir/StructureDefinition/Observation"
    asked = parameters(resource=pulse(HEINRICH, text=NARRATIVE), profile=own)
    assert judged(anna, "Observation/$validate", asked) == [("information", "informational", "")]


def test_the_address_must_fit_the_resource(anna: Person):
    assert judged(anna, "Patient/$validate", pulse(HEINRICH))[0] == ("error", "invalid", "resourceType")
    assert judged(anna, f"Observation/{NOBODY}/$validate", pulse(HEINRICH))[0] == ("error", "value", "Observation.id")
    fits = pulse(HEINRICH, id=NOBODY, text=NARRATIVE)
    assert judged(anna, f"Observation/{NOBODY}/$validate", fits) == [("information", "informational", "")]
    nameless = parameters(resource=pulse(HEINRICH, text=NARRATIVE), mode="update")
    assert judged(anna, "Observation/$validate", nameless) == [("error", "required", "Observation.id")]


@pytest.mark.parametrize("query", ["", "?mode=profile&profile=http://hl7.org/fhir/StructureDefinition/Patient"])
def test_what_is_stored_is_judged_for_who_may_read_it_and_the_look_is_logged(anna: Person, bernd: Person, query: str):
    address = f"Patient/{HEINRICH}/$validate{query}"
    judgement = anna.get(address)
    assert judgement.status_code == 200
    assert issue(judgement)["severity"] in ("information", "warning")
    assert anna.post(address, b"").content == judgement.content
    assert AuditEvent.objects.filter(account=anna.user.pk, action="read", ident=HEINRICH).count() == 2
    hidden, nobody = bernd.get(address), bernd.get(address.replace(HEINRICH, NOBODY))
    assert hidden.status_code == nobody.status_code == 404
    assert hidden.content.replace(HEINRICH.encode(), b"") == nobody.content.replace(NOBODY.encode(), b"")


def test_by_get_a_deletion_can_be_asked_for_and_a_resource_cannot_be_sent(anna: Person):
    assert anna.get(f"Observation/{NOBODY}/$validate?mode=delete").status_code == 200
    refused = anna.get("Observation/$validate?mode=create")
    assert (refused.status_code, issue(refused)["expression"]) == (400, ["resource"])


@pytest.mark.parametrize("mode", ["create", "update", "delete", "profile"])
def test_what_exists_and_what_does_not_are_answered_alike(anna: Person, bernd: Person, mode: str):
    patient = fixtures.resource("Patient-heinrich")
    answers = []
    for who in (anna, bernd):
        for ident in (HEINRICH, NOBODY):
            asked = parameters(resource={**patient, "id": ident}, mode=mode)
            answer = who.post(f"Patient/{ident}/$validate", asked)
            answers.append((answer.status_code, answer.content.replace(ident.encode(), b"")))
    assert len(set(answers)) == 1


def test_a_deletion_needs_no_resource(anna: Person):
    asked = parameters(mode="delete")
    assert judged(anna, f"Observation/{NOBODY}/$validate", asked) == [("information", "informational", "")]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "structure"),
        (b'{"resourceType":"Observation","status":"final","status":"final"}', "structure"),
        (b"", "required"),
        (parameters(mode="create"), "required"),
        (parameters(mode="burn", resource=pulse(HEINRICH)), "not-supported"),
        (parameters(resource=pulse(HEINRICH), wish=True), "not-supported"),
    ],
)
def test_400_is_for_what_cannot_be_read(anna: Person, body: Any, code: str):
    answer = anna.post("Observation/$validate", body)
    assert answer.status_code == 400
    assert issue(answer)["code"] == code


def test_strangers_are_asked_to_sign_in(anna: Person):
    assert Client().post("/fhir/Observation/$validate", b"{}", FHIR).status_code == 401
    assert anna.put("Observation/$validate", {}).headers["Allow"] == "GET, HEAD, OPTIONS, POST"
    assert anna.post("Account/$validate", {"resourceType": "Account"}).status_code == 404


def test_the_capability_statement_offers_it_for_every_type(anna: Person):
    for resource in content(anna.get("metadata"))["rest"][0]["resource"]:
        assert "validate" in {one["name"] for one in resource["operation"]}
