"""What can be asked, and what is refused by name."""

from __future__ import annotations

from decimal import Decimal

import pytest

from patients.errors import Invalid
from patients.records import search
from patients.records.search.query import Amount, Coded, Pair, Target, Typed, Words


def value(type_: str, name: str, given: str) -> object:
    """The only value of the only condition."""
    (condition,) = search.parse(type_, [(name, given)]).conditions
    (found,) = condition.values
    return found


def refusal(type_: str, *pairs: tuple[str, str]) -> str:
    """The words of the refusal, which name the parameter."""
    with pytest.raises(Invalid) as caught:
        search.parse(type_, pairs)
    (finding,) = caught.value.findings
    assert finding.where in caught.value.text
    return caught.value.text


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("8867-4", Coded(None, "8867-4")),
        ("http://loinc.org|8867-4", Coded("http://loinc.org", "8867-4")),
        ("|8867-4", Coded("", "8867-4")),
        ("http://loinc.org|", Coded("http://loinc.org", None)),
        (r"a\,b\|c\$d\\", Coded(None, r"a,b|c$d" + "\\")),
    ],
)
def test_a_token(given: str, expected: Coded) -> None:
    assert value("Observation", "code", given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("5.40", Amount("eq", Decimal("5.40"), Decimal("0.005"))),
        ("gt100", Amount("gt", Decimal(100), Decimal("0.5"))),
        ("-3", Amount("eq", Decimal(-3), Decimal("0.5"))),
        ("le1e2", Amount("le", Decimal("1e2"), Decimal(5))),
        ("7|http://unitsofmeasure.org|%", Amount("eq", Decimal(7), Decimal("0.5"), "http://unitsofmeasure.org", "%")),
        ("7||mmHg", Amount("eq", Decimal(7), Decimal("0.5"), None, "mmHg")),
    ],
)
def test_a_quantity(given: str, expected: Amount) -> None:
    assert value("Observation", "value-quantity", given) == expected


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("subject", "Patient/heinrich", Target("Patient", "heinrich")),
        ("subject", "heinrich", Target("", "heinrich")),
        ("subject:Patient", "heinrich", Target("Patient", "heinrich")),
        ("patient", "heinrich", Target("Patient", "heinrich")),
        ("patient", "http://127.0.0.1:8000/fhir/Patient/heinrich", Target("Patient", "heinrich")),
        ("subject", "https://elsewhere.example/Patient/1", Target(address="https://elsewhere.example/Patient/1")),
        ("subject", "urn:uuid:6a3b", Target(address="urn:uuid:6a3b")),
    ],
)
def test_a_reference(name: str, given: str, expected: Target, settings: object) -> None:
    settings.PUBLIC_URL = "http://127.0.0.1:8000"  # type: ignore[attr-defined]
    assert value("Observation", name, given) == expected


def test_a_pair_and_a_typed_identifier() -> None:
    assert value("Observation", "code-value-string", "8867-4$ruhig") == Pair(Coded(None, "8867-4"), Words("ruhig"))
    of_type = "http://terminology.hl7.org/CodeSystem/v2-0203|MR|4711"
    assert value("Patient", "identifier:of-type", of_type) == Typed(*of_type.split("|"))


def test_alternatives_and_repetition() -> None:
    query = search.parse("Observation", [("code", "a,b"), ("code", "c"), ("_id", "x,y"), ("_id", "y")])
    assert [len(condition.values) for condition in query.conditions] == [2, 1]
    assert query.ids == (frozenset("xy"), frozenset("y"))


def test_what_shapes_the_answer() -> None:
    pairs = [("_sort", "-date,_id"), ("_count", "7"), ("_total", "accurate"), ("_format", "json"), ("_cursor", "abc")]
    query = search.parse("Observation", pairs)
    assert [(key.name, key.descending) for key in query.sort] == [("date", True), ("_id", False)]
    assert (query.count, query.total, query.cursor) == (7, "accurate", "abc")
    assert query.pairs == tuple(pairs[:4])
    assert search.parse("Observation", [("_summary", "count")]).count == 0
    assert search.parse("Observation", [("_count", "100000")]).count == search.LARGEST_PAGE


@pytest.mark.parametrize(
    ("type_", "name", "given"),
    [
        ("Observation", "puls", "72"),
        ("Observation", "_include", "Observation:subject"),
        ("Observation", "_revinclude:iterate", "Provenance:target"),
        ("Observation", "_text", "Puls"),
        ("Observation", "_summary", "true"),
        ("Observation", "_elements", "status"),
        ("Observation", "_profile:below", "http://hl7.org/fhir"),
        ("Observation", "code:below", "8867-4"),
        ("Observation", "code:text", "Puls"),
        ("Observation", "code:in", "http://example.org/ValueSet/1"),
        ("Observation", "code:of-type", "a|b|c"),
        ("Observation", "subject:Practitioner", "anna"),
        ("Patient", "name:contains", "rand"),
        ("Patient", "birthdate", "ge1941"),
        ("Patient", "birthdate", "1941-03-14T10:00:00Z"),
        ("Patient", "_sort", "birthdate"),
        ("Patient", "_sort", "family"),
    ],
)
def test_what_cannot_be_answered_is_refused_by_name(type_: str, name: str, given: str) -> None:
    assert name.partition(":")[0] in refusal(type_, (name, given))


@pytest.mark.parametrize(
    ("type_", "name", "given"),
    [
        ("Observation", "code", ""),
        ("Observation", "code", "a,,b"),
        ("Observation", "code", "|"),
        ("Observation", "code", "a|b|c"),
        ("Observation", "date", "gestern"),
        ("Observation", "date", "2026-13"),
        ("Observation", "date", "xx2026"),
        ("Observation", "date", "2026-02-30"),
        ("Observation", "value-quantity", "viel"),
        ("Observation", "value-quantity", "5|mg"),
        ("Observation", "value-quantity", "5|http://unitsofmeasure.org|"),
        ("Observation", "value-quantity", "NaN"),
        ("Observation", "value-quantity", "1e999"),
        ("Observation", "code-value-quantity", "8867-4"),
        ("Observation", "subject", "Patient/a/b"),
        ("Observation", "subject", "Patient/a\0"),
        ("Observation", "date:missing", "vielleicht"),
        ("Observation", "value-quantity", "1_0"),
        ("Patient", "name", "Li"),
        ("Patient", "telecom", "phone|04441123"),
        ("Location", "near", "52.7"),
        ("Location", "near", "52.7|nord"),
        ("Location", "near", "91|8"),
        ("Location", "near", "52.7|8.3|-1|km"),
        ("Location", "near", "52.7|8.3|1|parsec"),
        ("Location", "near", "52.7|8.3|1|km|x"),
        ("DocumentReference", "relationship", "replaces"),
        ("DocumentReference", "relationship", "replaces$a b"),
        ("Questionnaire", "url:above", "http://example.org/" + "a" * 300),
        ("Patient", "name", "-- --"),
        ("Patient", "name", "a" * 33),
        ("Observation", "_count", "-1"),
        ("Observation", "_count", "viele"),
        ("Observation", "_total", "ungefähr"),
        ("Observation", "_lastUpdated", "neulich"),
        ("Observation", "code", ",".join(str(number) for number in range(201))),
    ],
)
def test_a_value_that_is_none_is_refused(type_: str, name: str, given: str) -> None:
    assert name.partition(":")[0] in refusal(type_, (name, given))


def test_a_search_has_bounds() -> None:
    refusal("Observation", *[("code", "a")] * 61)
    refusal("Observation", ("_sort", "date,_id,_lastUpdated,date,_id"))
    refusal("Observation", ("_sort", "date"), ("_sort", "_id"))


def test_a_type_that_is_not_served_is_refused() -> None:
    with pytest.raises(Invalid):
        search.parse("Spaceship", [])


def test_a_plus_that_nobody_escaped_is_understood() -> None:
    assert value("Observation", "date", "2026-03-14T08:00:00 01:00") != value("Observation", "date", "2026-03-14")
