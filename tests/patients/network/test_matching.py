"""The rules by which two Patients are one person: each told apart from its neighbour."""

from __future__ import annotations

from typing import Any

import pytest

from patients.network.matching import Grade, grade
from patients.network.resources import KVNR

MRN = "https://klinikum.example/patients"
HEINRICH = {
    "resourceType": "Patient",
    "identifier": [{"system": KVNR, "value": "X110411941"}, {"system": MRN, "value": "4711"}],
    "name": [{"use": "official", "family": "Brandt", "given": ["Heinrich"]}, {"family": "Brand", "given": ["Heiner"]}],
    "birthDate": "1941-03-14",
    "address": [{"line": ["Lindenweg 4"], "postalCode": "49377", "city": "Lüttmoor"}],
}


def person(
    *, kvnr: str = "", mrn: str = "", family: str = "", given: str = "", born: str = "", line: str = "", code: str = ""
) -> dict[str, Any]:
    numbers = [{"system": system, "value": value} for system, value in ((KVNR, kvnr), (MRN, mrn)) if value]
    return {
        "resourceType": "Patient",
        **({"identifier": numbers} if numbers else {}),
        **({"name": [{"family": family, **({"given": [given]} if given else {})}]} if family else {}),
        **({"birthDate": born} if born else {}),
        **({"address": [{**({"line": [line]} if line else {}), "postalCode": code}]} if code else {}),
    }


RIGHT, WRONG = "X110411941", "A123456780"
BORN, LATER = "1941-03-14", "1941-03-15"
CASES: list[tuple[dict[str, str], Grade | None]] = [
    ({"kvnr": RIGHT, "born": BORN}, Grade.CERTAIN),
    ({"kvnr": RIGHT.lower(), "born": BORN, "family": "Anders"}, Grade.CERTAIN),
    (
        {"family": "BRANDT", "given": "heinrich", "born": BORN, "line": "Lindenweg  4", "code": "49377"},
        Grade.CERTAIN,
    ),
    (
        {
            "family": "Brandt", "given": "Heinrich", "born": BORN, "line": "Lindenweg 4", "code": "49377",
            "kvnr": WRONG,
        },
        Grade.PROBABLE,
    ),
    ({"family": "Brandt", "given": "Heinrich", "born": BORN, "line": "Lindenweg 5", "code": "49377"}, Grade.PROBABLE),
    ({"kvnr": RIGHT}, Grade.PROBABLE),
    ({"kvnr": RIGHT, "born": "1941"}, Grade.PROBABLE),
    ({"kvnr": RIGHT, "born": LATER}, Grade.POSSIBLE),
    ({"mrn": "4711", "born": BORN}, Grade.PROBABLE),
    ({"mrn": "4711"}, Grade.POSSIBLE),
    ({"family": "Brandt", "given": "Heinrich", "born": BORN}, Grade.PROBABLE),
    ({"family": "Brand", "given": "Heiner", "born": BORN}, Grade.PROBABLE),
    ({"family": "Brandt", "given": "Heiner", "born": BORN}, Grade.POSSIBLE),
    ({"family": "Brandt", "born": BORN}, Grade.POSSIBLE),
    ({"family": "Brandt", "given": "Heinrich", "code": "49377"}, Grade.POSSIBLE),
    ({"family": "Brandt", "given": "Heinrich", "code": "49377", "born": "1941-03"}, Grade.POSSIBLE),
    ({"family": "Brandt", "given": "Heinrich", "code": "49377", "born": LATER}, None),
    ({"family": "Brandt", "given": "Heinrich"}, None),
    ({"family": "Brandt", "born": LATER}, None),
    ({"born": BORN}, None),
    ({"kvnr": WRONG, "born": BORN}, None),
    ({}, None),
]  # fmt: skip


@pytest.mark.parametrize(("said", "expected"), CASES)
def test_each_rule_says_what_its_table_says_from_both_sides(said: dict[str, str], expected: Grade | None) -> None:
    assert grade(person(**said), HEINRICH) is expected
    if "family" not in said or said["family"] != "Brand":  # the official name is not the first there
        assert grade(HEINRICH, person(**said)) is expected


def test_an_identifier_without_a_system_says_nothing() -> None:
    assert grade({"resourceType": "Patient", "identifier": [{"value": "X110411941"}]}, HEINRICH) is None
