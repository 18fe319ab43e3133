"""`_summary` and `_elements`: what is told is marked as a part, and is what it was to the digit."""

from __future__ import annotations

from typing import Any

import pytest

from patients.errors import Invalid
from patients.fhir import subset
from patients.fhir.subset import SUBSETTED
from patients.records import wire
from patients.records.models import Document
from tests.patients.fhir.conftest import Person, content, found, issue, pulse

BERTA: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "berta",
    "meta": {"versionId": "3", "tag": [{"code": "own"}]},
    "text": {"status": "generated", "div": "<div xmlns='http://www.w3.org/1999/xhtml'>Berta</div>"},
    "contained": [{"resourceType": "Organization", "id": "o"}],
    "extension": [{"url": "http://x.example/a", "valueBoolean": True}],
    "name": [{"family": "Brandt", "period": {"start": "2020"}}],
    "_birthDate": {"extension": [{"url": "http://x.example/b", "valueString": "unknown"}]},
    "photo": [{"url": "http://x.example/c"}],
    "maritalStatus": {"text": "widowed"},
    "link": [{"extension": [{"url": "http://x.example/d"}], "other": {"reference": "Patient/2"}, "type": "seealso"}],
}


def part(resource: dict[str, Any], *pairs: tuple[str, str]) -> dict[str, Any]:
    return wire.opened(subset.parse(list(pairs), [resource["resourceType"]]).of(wire.text(resource)))


def test_a_summary_has_what_the_standard_marks() -> None:
    told = part(BERTA, ("_summary", "true"))
    assert set(told) == {"resourceType", "id", "meta", "name", "_birthDate", "link"}
    assert list(told)[:3] == ["resourceType", "id", "meta"]
    assert told["meta"] == {"versionId": "3", "tag": [{"code": "own"}, SUBSETTED]}
    assert told["name"] == BERTA["name"]
    assert told["link"] == [{"other": {"reference": "Patient/2"}, "type": "seealso"}]


def test_a_summary_goes_down_into_data_types() -> None:
    scan = {"resourceType": "Media", "status": "completed",
            "content": {"contentType": "image/png", "data": "aGFsbG8=", "title": "Wunde"}}  # fmt: skip
    assert part(scan, ("_summary", "true"))["content"] == {"contentType": "image/png", "title": "Wunde"}


def test_a_text_summary_has_the_words_and_what_must_stand() -> None:
    assert set(part(BERTA, ("_summary", "text"))) == {"resourceType", "id", "meta", "text", "link"}  # a link modifies
    told = part(pulse("x"), ("_summary", "text"))
    assert set(told) == {"resourceType", "meta", "status", "code"}


def test_a_data_summary_has_all_but_the_words() -> None:
    told = part(BERTA, ("_summary", "data"))
    assert set(told) == set(BERTA) - {"text"}
    assert SUBSETTED in told["meta"]["tag"]


def test_elements_are_told_with_all_that_must_stand_and_what_changes_the_rest() -> None:
    order: dict[str, Any] = {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "doNotPerform": True,
        "medicationCodeableConcept": {"text": "Ramipril"},
        "subject": {"reference": "Patient/1"},
        "note": [{"text": "abends"}],
        "priority": "routine",
    }
    told = part(order, ("_elements", "note,authoredOn"))
    assert set(told) == set(order) - {"priority"} | {"meta"}


@pytest.mark.parametrize("name", ["value", "valueQuantity"])
def test_a_choice_is_named_by_its_stem_or_as_it_stands(name: str) -> None:
    told = part(pulse("x", "0.40"), ("_elements", name))
    assert set(told) == {"resourceType", "meta", "status", "code", "valueQuantity"}
    assert str(told["valueQuantity"]["value"]) == "0.40"


def test_the_tag_stands_once() -> None:
    tagged = {**BERTA, "meta": {"tag": [SUBSETTED]}}
    assert part(tagged, ("_summary", "data"))["meta"]["tag"] == [SUBSETTED]


def test_all_of_it_is_the_stored_bytes() -> None:
    text = b'{"resourceType":"Patient",  "id":"1"}'
    assert subset.parse([("_summary", "false")], ["Patient"]).of(text) is text


@pytest.mark.parametrize(
    ("pairs", "at_fault"),
    [
        ([("_summary", "short")], "_summary"),
        ([("_summary", "true"), ("_summary", "text")], "_summary"),
        ([("_elements", "name,colour")], "_elements"),
        ([("_elements", "")], "_elements"),
        ([("_elements", "name"), ("_summary", "true")], "_elements"),
    ],
)
def test_what_makes_no_part_is_refused_by_name(pairs: list[tuple[str, str]], at_fault: str) -> None:
    with pytest.raises(Invalid) as refused:
        subset.parse(pairs, ["Patient"])
    assert refused.value.findings[0].where == at_fault


@pytest.mark.django_db
@pytest.mark.storage
def test_anna_reads_and_searches_parts(anna: Person, bernd: Person, heinrich: str, hearts: Document) -> None:
    for address in (hearts.reference, f"{hearts.reference}/_history/1"):
        told = content(anna.get(f"{address}?_elements=status"))
        assert set(told) == {"resourceType", "id", "meta", "status", "code"}
        assert SUBSETTED in told["meta"]["tag"]
        assert bernd.get(f"{address}?_elements=status").status_code == 404
    assert issue(anna.get(f"{hearts.reference}?_summary=count"))["expression"] == ["_summary"]
    assert anna.get(f"{hearts.reference}?_summary=rather").status_code == 400
    (told,) = found(anna.get(f"Observation?patient={heinrich}&_summary=true"))
    assert "valueQuantity" in told
    assert "category" not in told


@pytest.mark.django_db
@pytest.mark.storage
def test_elements_speak_of_matches_and_a_summary_of_all(anna: Person, heinrich: str, hearts: Document) -> None:
    both = "Observation?_include=Observation:patient&"
    match, patient = found(anna.get(f"{both}_elements=status"))
    assert "subject" not in match
    assert "name" in patient
    assert "tag" not in patient["meta"]
    match, patient = found(anna.get(f"{both}_summary=true"))
    assert SUBSETTED in patient["meta"]["tag"]
    assert anna.get(f"{both}_summary=text").status_code == 400


def test_the_type_may_be_named_among_elements(anna: Person, hearts: Document) -> None:
    """fhirpy names it always."""
    told = content(anna.get(f"{hearts.reference}?_elements=resourceType,id,status"))
    assert (told["resourceType"], told["id"], "effectiveDateTime" in told) == ("Observation", hearts.logical_id, False)
