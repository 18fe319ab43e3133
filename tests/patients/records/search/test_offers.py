"""The committed table says what the parser accepts: each of its words is tried, and each that it does not say."""

from __future__ import annotations

import csv
from collections import Counter

import pytest

from patients.errors import Invalid
from patients.records import definitions, search
from patients.records.search import table

SERVED = sorted(definitions.SERVED)
PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")
MODIFIERS = (
    "missing",
    "exact",
    "contains",
    "text",
    "not",
    "in",
    "not-in",
    "above",
    "below",
    "identifier",
    "of-type",
    "iterate",
)
VALUES = {
    "token": "x",
    "string": "brandt",
    "uri": "http://example.org/x",
    "reference": "x",
    "date": "2026-03-14",
    "quantity": "72",
    "special": "52.7|8.3|5|km",
}
GIVEN = {"missing": "true", "of-type": "a|b|c", "in": "http://hl7.org/fhir/ValueSet/administrative-gender"}
GIVEN["not-in"] = GIVEN["in"]

with table.FILE.open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file))


def accepted(type_: str, name: str, given: str) -> bool:
    try:
        search.parse(type_, [(name, given)])
    except Invalid as problem:
        assert problem.findings[0].code in ("not-supported", "invalid"), problem.text
        return False
    return True


def value(row: dict[str, str]) -> str:
    if row["kind"] != "composite":
        return VALUES[row["kind"]]
    parameter = search.offers(row["type"])[row["parameter"]].parameter
    return "x$" + VALUES[parameter.components[1]]


def prefixed(row: dict[str, str], prefix: str) -> str:
    code, dollar, second = value(row).rpartition("$")
    return f"{code}{dollar}{prefix}{second}"


def test_the_file_is_the_registry() -> None:
    assert table.FILE.read_text("utf-8") == table.text(), "run `make parameters` and commit the file"


def test_every_official_parameter_is_in_it_once_and_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    listed = Counter((row["type"], row["parameter"]) for row in ROWS)
    official = {
        (type_ if name not in own else table.OF_ALL, name)
        for type_ in SERVED
        for name in definitions.search_parameters(type_)
        for own in [("_id", "_lastUpdated", "_profile", "_security", "_source", "_tag")]
    }
    assert set(listed) == official
    assert set(listed.values()) == {1}
    assert not [row for row in ROWS if row["refused"]]
    every = sum(len(definitions.search_parameters(type_)) for type_ in SERVED)
    with capsys.disabled():
        print(f"\n{every} search parameters of {len(SERVED)} types, {len(ROWS) - 6} of their own: all are answered")


@pytest.mark.parametrize("type_", [table.OF_ALL, *SERVED])
def test_the_parser_accepts_what_the_table_says_and_nothing_else(type_: str) -> None:
    asked = "Observation" if type_ == table.OF_ALL else type_
    for row in ROWS:
        if row["type"] != type_:
            continue
        name = row["parameter"]
        assert accepted(asked, name, value({**row, "type": asked})), name
        for modifier in MODIFIERS:
            expected = modifier in row["modifiers"].split()
            assert accepted(asked, f"{name}:{modifier}", GIVEN.get(modifier, value(row))) == expected, (name, modifier)
        types = SERVED if row["types"] == "any" else row["types"].split()
        for other in (*SERVED, "Spaceship"):
            assert accepted(asked, f"{name}:{other}", value(row)) == (other in types), (name, other)
            chained = row["chains"] == "yes" and other in types
            assert accepted(asked, f"{name}:{other}._id", "x") == chained, (name, other)
            if other in SERVED and asked in (*SERVED,):
                assert accepted(other, f"_has:{asked}:{name}:_id", "x") == chained, (name, other)
        for prefix in PREFIXES:
            if row["kind"] in ("date", "quantity") or row["prefixes"]:
                assert accepted(asked, name, prefixed(row, prefix)) == (prefix in row["prefixes"].split()), (
                    name,
                    prefix,
                )
        assert accepted(asked, "_sort", name) == accepted(asked, "_sort", f"-{name}") == (row["sorts"] == "yes"), name


def test_a_parameter_that_no_table_names_is_refused() -> None:
    for type_ in SERVED:
        assert not accepted(type_, "no-such-parameter", "x")
