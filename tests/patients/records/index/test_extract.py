"""From a resource to its index rows."""

from __future__ import annotations

from typing import Any

import pytest

from patients.records.index.extract import extract, local_address, texts
from patients.records.index.slots import parameters
from tests.patients.records.conftest import HEINRICH, person, pulse

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("Patient/1", ("Patient", "1")),
        ("Patient/1/_history/3", ("Patient", "1")),
        ("#patient", None),
        ("urn:uuid:1", None),
        ("https://elsewhere.example/fhir/Patient/1", None),
        ("Patient/a b", None),
        ("patient/1", None),
        ("Patient/", None),
        ("Patient/" + "1" * 65, None),
    ],
)
def test_which_references_are_ours(address: str, expected: tuple[str, str] | None) -> None:
    assert local_address(address) == expected


def test_no_name_and_no_code_stands_in_the_rows() -> None:
    rows = extract(person(), None)
    assert len(rows.tokens) > 20
    assert all(isinstance(value, int) for row in rows.tokens for value in row)
    assert not rows.dates  # the birth date is blind


def test_a_pulse_costs_few_rows() -> None:
    rows = extract(pulse(performer=[{"reference": "Practitioner/anna"}]), HEINRICH)
    counts = [len(part) for part in (rows.tokens, rows.dates, rows.quantities, rows.references, rows.composites)]
    assert counts == [3, 0, 1, 2, 1]


def test_a_patients_rows_differ_from_anothers_in_what_leads_to_them() -> None:
    one, other = (extract(pulse(), patient).tokens for patient in ("a", "b"))
    assert {row[:4] for row in one} == {row[:4] for row in other}
    assert not {row[4] for row in one} & {row[4] for row in other}


def test_a_value_that_cannot_be_compared_still_counts_as_present() -> None:
    only_words: dict[str, Any] = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "Puls"},
        "subject": {"display": "Heinrich"},
        "valueQuantity": {"unit": "/min"},
    }
    rows = extract(only_words, None)
    observation = parameters("Observation")
    (code,), (subject,) = observation["code"].numbers, observation["subject"].numbers
    assert (code, 0, 0, 0) in {row[:4] for row in rows.tokens}
    assert (subject, "", "") in rows.references
    assert [row[1:3] for row in rows.quantities] == [(None, None)]


def test_all_parts_of_a_name_are_texts() -> None:
    assert texts({"use": "official", "family": "Brandt", "given": ["Heinrich", "Karl"], "prefix": ["Dr."]}) == [
        "Brandt", "Heinrich", "Karl", "Dr.",
    ]  # fmt: skip
