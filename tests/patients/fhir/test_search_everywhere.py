"""Searching the whole system, and the compartment of one resource: never across teams, and told alike when empty."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from patients.audit.models import AuditEvent
from patients.records.models import Document
from tests.patients.fhir.conftest import Person, content, found, issue, pulse, stored

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

FORM = "application/x-www-form-urlencoded"


def types(answer: Any) -> list[str]:
    return sorted(each["resourceType"] for each in found(answer))


def posted(who: Person, address: str, form: str) -> Any:
    return who.client.post(f"/fhir/{address}", form, FORM, headers={"authorization": f"Bearer {who.token}"})


def diagnosis(patient: str) -> dict[str, Any]:
    icd = {"coding": [{"system": "http://fhir.de/CodeSystem/bfarm/icd-10-gm", "code": "I10"}]}
    return {"resourceType": "Condition", "code": icd, "subject": {"reference": f"Patient/{patient}"}}


@pytest.fixture
def high(clara: Person, heinrich: str) -> Document:
    """Clara's diagnosis of Heinrich."""
    return stored(diagnosis(heinrich), custodian=str(clara.actor.organisation))


# -- the whole system


def test_several_types_are_searched_at_once(anna: Person, heinrich: str, hearts: Document, high: Document) -> None:
    both = "_type=Observation,Condition"
    answer = anna.get(f"?{both}")
    assert types(answer) == ["Condition", "Observation"]
    assert content(answer)["link"][0]["url"].endswith("/fhir?_type=Observation%2CCondition")
    assert types(anna.get(f"?{both}&patient={heinrich}")) == ["Condition", "Observation"]
    assert types(anna.get(f"?{both}&_id={high.logical_id}")) == ["Condition"]
    assert types(anna.get(f"?_id={high.logical_id}")) == ["Condition"]
    assert types(posted(anna, "_search", f"{both}&patient={heinrich}")) == ["Condition", "Observation"]
    with_patient = anna.get(f"?{both}&_include=Condition:subject&_elements=code")
    assert types(with_patient) == ["Condition", "Observation", "Patient"]
    assert content(anna.get(f"?{both}&_summary=count"))["total"] == 2


def test_a_search_of_the_system_crosses_no_team(
    bernd: Person, david: Person, heinrich: str, hearts: Document, high: Document
) -> None:
    for who in (bernd, david):
        for asked in (
            f"_id={hearts.logical_id},{high.logical_id},{heinrich}",
            f"_type=Observation,Condition&patient={heinrich}",
        ):
            answer = who.get(f"?{asked}")
            assert found(answer) == []
            assert content(answer).get("total", 0) == 0


def test_pages_of_the_system_follow_each_other(anna: Person, heinrich: str, high: Document) -> None:
    written = {content(anna.post("Observation", pulse(heinrich)))["id"] for _ in range(5)} | {high.logical_id}
    for first in (anna.get("?_type=Observation,Condition&_count=2"),
                  posted(anna, "_search", "_type=Observation,Condition&_count=2")):  # fmt: skip
        seen, answer = [each["id"] for each in found(first)], first
        while address := {link["relation"]: link["url"] for link in content(answer)["link"]}.get("next"):
            answer = anna.get(address.partition("/fhir")[2])
            seen += [each["id"] for each in found(answer)]
        assert len(seen) == 6
        assert set(seen) == written
    assert heinrich not in content(first)["link"][1]["url"]


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ("", "_type"),
        ("_count=3", "_type"),
        ("_type=Spaceship", "_type"),
        ("_type=Patient&_type=Observation", "_type"),
        ("_type=Observation,Patient&code=x", "code"),
        ("_tag=x&patient=1", "patient"),
        ("_type=Observation&_include=Condition:patient", "_include"),
        ("_type=Observation,", "_type"),
        ("_type=", "_type"),
        ("_id=&_tag=", "_type"),
    ],
)
def test_what_not_all_types_know_is_refused_by_name(anna: Person, asked: str, named: str) -> None:
    refused = anna.get(f"?{asked}")
    assert refused.status_code == 400
    assert named in issue(refused)["details"]["text"]


def test_a_search_of_one_type_names_no_type(anna: Person, hearts: Document) -> None:
    assert "_type" in issue(anna.get("Observation?_type=Condition"))["details"]["text"]
    lenient = anna.get("Observation?_type=Condition", prefer="handling=lenient")
    assert types(lenient) == ["Observation", "OperationOutcome"]
    assert "_type" not in content(lenient)["link"][0]["url"]


def test_strangers_search_nothing(client: Any, db: None) -> None:
    assert client.get("/fhir?_type=Patient").status_code == 401


# -- compartments


def test_anna_searches_in_the_record_of_her_patient(
    anna: Person, heinrich: str, hearts: Document, high: Document
) -> None:
    own = f"Patient/{heinrich}"
    assert [each["id"] for each in found(anna.get(f"{own}/Observation"))] == [hearts.logical_id]
    assert [each["id"] for each in found(anna.get(f"{own}/Condition?code=I10"))] == [high.logical_id]
    assert found(anna.get(f"{own}/Observation?code=8310-5")) == []
    assert {"Condition", "Observation", "CareTeam"} <= set(types(anna.get(f"{own}/*")))
    assert types(anna.get(f"{own}/*?_type=Condition,Observation")) == ["Condition", "Observation"]
    assert types(posted(anna, f"{own}/Observation/_search", "code=8867-4")) == ["Observation"]
    assert types(posted(anna, f"{own}/_search", "_type=Condition,Observation")) == ["Condition", "Observation"]
    assert types(anna.get(f"Practitioner/{str(anna.actor.person).partition('/')[2]}/*")) != []
    link = content(anna.get(f"{own}/Observation?code=8867-4&_format=json"))["link"][0]["url"]
    assert link.endswith(f"/fhir/{own}/Observation?code=8867-4")


@pytest.mark.parametrize("stranger", ["bernd", "david"])
def test_the_record_of_an_unknown_patient_is_as_empty_as_one_that_is_not(
    stranger: str, heinrich: str, hearts: Document, high: Document, request: pytest.FixtureRequest
) -> None:
    who: Person = request.getfixturevalue(stranger)
    nobody = str(uuid.UUID(int=7))
    for inside in ("Observation", "Condition?code=I10", "*", "Observation?_include=*&_revinclude=*"):
        hidden, nothing = (who.get(f"Patient/{ident}/{inside}") for ident in (heinrich, nobody))
        assert hidden.status_code == 200
        assert untimed(hidden) == {**untimed(nothing), "link": untimed(hidden)["link"]}
        assert "entry" not in content(hidden)
        assert {**hidden.headers, "Content-Length": ""} == {**nothing.headers, "Content-Length": ""}


def untimed(answer: Any) -> dict[str, Any]:
    return {name: value for name, value in content(answer).items() if name != "meta"}


def test_a_compartment_of_pages_is_turned_by_links(anna: Person, heinrich: str) -> None:
    for _ in range(3):
        anna.post("Observation", pulse(heinrich))
    for first in (anna.get(f"Patient/{heinrich}/Observation?_count=2"),
                  posted(anna, f"Patient/{heinrich}/Observation/_search", "_count=2")):  # fmt: skip
        address = content(first)["link"][1]["url"].partition("/fhir/")[2]
        assert len(found(anna.get(address))) == 1
        elsewhere = address.replace(f"Patient/{heinrich}/", f"Patient/{uuid.UUID(int=7)}/")
        assert anna.get(elsewhere).status_code == 400
        assert anna.get(address.replace(f"Patient/{heinrich}/", "")).status_code == 400


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("Organization/1/Observation", 404),
        ("Patient/1/Spaceship", 404),
        ("Patient/1/2", 404),
        ("Patient/a_b/Observation", 400),
        ("Patient/1/Organization", 400),
        ("Patient/1/*?code=x", 400),
        ("Patient/1/Observation?colour=red", 400),
    ],
)
def test_what_is_no_compartment_is_refused(anna: Person, address: str, status: int) -> None:
    refused = anna.get(address)
    assert refused.status_code == status
    issue(refused)


def test_a_search_in_a_record_is_one_look(anna: Person, heinrich: str, hearts: Document, high: Document) -> None:
    anna.get(f"Patient/{heinrich}/*?_type=Observation,Condition")
    (row,) = AuditEvent.objects.filter(action="search")
    assert row.patient == heinrich
    assert set(row.detail.split()) == {hearts.reference, high.reference}


def test_a_whole_compartment_costs_no_more_statements_than_a_type(
    anna: Person, heinrich: str, hearts: Document, django_assert_max_num_queries: Any
) -> None:
    anna.get(f"Patient/{heinrich}/*")
    with django_assert_max_num_queries(11):
        assert content(anna.get(f"Patient/{heinrich}/*"))["entry"]
    with django_assert_max_num_queries(11):
        assert content(anna.get("?_lastUpdated=ge2026"))["entry"]
