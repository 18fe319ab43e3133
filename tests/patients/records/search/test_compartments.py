"""A compartment holds what the standard says is linked to its resource, and each search in it finds that alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import pytest

from patients.errors import Invalid
from patients.records import search
from patients.records.search import keys
from tests.patients.records.conftest import ERNA, HEINRICH, Json, Store, person, pulse

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


def found(type_: str, compartment: str, ident: str, asked: str = "", **how: Any) -> list[str]:
    query = search.parse(type_, parse_qsl(asked, strict_parsing=bool(asked)))
    page = search.run(search.within(query, compartment, ident), search.Everything(), **how)
    return sorted(document.logical_id for document in page.rows)


def hypertension(of: str, code: str = "I10", **more: Any) -> Json:
    icd = "http://fhir.de/CodeSystem/bfarm/icd-10-gm"
    subject = {"reference": f"Patient/{of}"}
    return {
        "resourceType": "Condition",
        "code": {"coding": [{"system": icd, "code": code}]},
        "subject": subject,
        **more,
    }


@pytest.fixture
def ward(stored: Store) -> None:
    """Heinrich measured himself once, and his wife once; she also said what he has."""
    stored(person(), logical_id=HEINRICH)
    stored(person(given="Erna"), logical_id=ERNA)
    stored(pulse(), logical_id="his")
    stored(pulse(of=ERNA), logical_id="hers")
    stored(pulse(of=ERNA, performer=[{"reference": f"Patient/{HEINRICH}"}]), logical_id="hers-by-him")
    stored(hypertension(HEINRICH, asserter={"reference": f"Patient/{ERNA}"}), logical_id="high")
    stored(hypertension(HEINRICH, "E11"), logical_id="sweet")
    stored(
        {
            "resourceType": "Encounter",
            "status": "finished",
            "class": {"code": "HH", "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode"},
            "subject": {"reference": f"Patient/{HEINRICH}"},
            "participant": [{"individual": {"reference": "Practitioner/anna"}}],
        },
        logical_id="visit",
    )
    stored(pulse(encounter={"reference": "Encounter/visit"}, device={"reference": "Device/cuff"}), logical_id="there")


@pytest.mark.usefixtures("ward")
def test_what_is_linked_in_any_way_is_in_the_compartment() -> None:
    assert found("Observation", "Patient", HEINRICH) == ["hers-by-him", "his", "there"]
    assert found("Observation", "Patient", ERNA) == ["hers", "hers-by-him"]
    assert found("Observation", "Encounter", "visit") == ["there"]
    assert found("Observation", "Device", "cuff") == ["there"]
    assert found("Encounter", "Encounter", "visit") == ["visit"]
    assert found("Encounter", "Encounter", "other") == []
    assert found("Encounter", "Practitioner", "anna") == ["visit"]
    assert found("Encounter", "Practitioner", HEINRICH) == []
    assert found("Condition", "RelatedPerson", HEINRICH) == []


@pytest.mark.usefixtures("ward")
def test_conditions_hold_as_well() -> None:
    assert found("Observation", "Patient", HEINRICH, f"patient={ERNA}") == ["hers-by-him"]
    assert found("Observation", "Patient", HEINRICH, "code=8867-4&_id=his,hers") == ["his"]
    assert found("Condition", "Patient", HEINRICH, "code=I10") == ["high"]
    assert found("Condition", "Patient", ERNA, "code=I10") == ["high"]
    assert found("Condition", "Patient", ERNA, "code=E11") == []


@pytest.mark.usefixtures("ward")
def test_sealed_codes_are_tried_for_those_of_the_compartment_only(
    stored: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Among more patients than a search may try, a patient's own compartment is still searched."""
    stored(hypertension("josef"), logical_id="of-josef")
    monkeypatch.setattr(keys, "MOST_PATIENTS", 1)
    with pytest.raises(Invalid, match="sealed one by one"):
        search.run(search.parse("Condition", [("code", "I10")]), search.Everything())
    assert found("Condition", "Patient", ERNA, "code=I10") == ["high"]


def test_a_compartment_of_many_patients_refuses_sealed_codes(stored: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "MOST_PATIENTS", 1)
    for number, patient in enumerate((HEINRICH, ERNA)):
        stored(person(), logical_id=patient)
        stored(hypertension(patient, asserter={"reference": "Practitioner/anna"}), logical_id=f"c{number}")
    with pytest.raises(Invalid, match="sealed one by one"):
        found("Condition", "Practitioner", "anna", "code=I10")


def test_a_type_that_is_never_in_it_is_refused_by_name() -> None:
    with pytest.raises(Invalid, match="Organization resources are in no Patient compartment"):
        found("Organization", "Patient", HEINRICH)


@pytest.mark.usefixtures("ward")
def test_a_cursor_belongs_to_its_compartment() -> None:
    def query(ident: str) -> search.Query:
        return search.within(search.parse("Observation", [("_count", "1")]), "Patient", ident)

    page = search.run(query(HEINRICH), search.Everything())
    following = search.run(replace(query(HEINRICH), cursor=page.next), search.Everything())
    assert len(following.rows) == 1
    with pytest.raises(Invalid):
        search.run(replace(query(ERNA), cursor=page.next), search.Everything())


@pytest.mark.usefixtures("ward")
def test_all_types_of_a_compartment_are_one_statement(django_assert_num_queries: Any) -> None:
    types = search.types_in("Patient")
    queries = [search.within(search.parse(type_, []), "Patient", HEINRICH) for type_ in types]
    with django_assert_num_queries(1):
        page = search.run_across(queries, search.Everything())
    assert {document.logical_id for document in page.rows} == {"hers-by-him", "his", "there", "high", "sweet", "visit"}
