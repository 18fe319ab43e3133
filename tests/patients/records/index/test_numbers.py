"""Numbers as intervals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from patients.records.index.numbers import MOST, interval, precise


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"value": Decimal("5.4")}, (5.4, 5.4)),
        ({"value": 7, "comparator": "<"}, (-MOST, 7)),
        ({"value": 7, "comparator": ">="}, (7, MOST)),
        ({"low": {"value": 1}, "high": {"value": 2}}, (1, 2)),
        ({"high": {"value": 2}}, (-MOST, 2)),
        ({"low": {"unit": "a"}}, None),
        ({"unit": "mg"}, None),
        ({"value": True}, None),
        ({"value": Decimal("1e999")}, (MOST, MOST)),
        ({"origin": {"value": 10}, "factor": Decimal("0.5"), "data": "E 2 -4 L 6 U"}, (8.0, 13.0)),
        ({"origin": {"value": 10}, "data": "E U"}, None),
    ],
)
def test_what_a_value_covers(value: dict[str, Any], expected: tuple[float, float] | None) -> None:
    assert interval(value) == expected


@pytest.mark.parametrize(
    ("text", "half"),
    [
        ("100", "0.5"),
        ("100.00", "0.005"),
        ("1.0e2", "5"),
        ("1.00e2", "0.5"),
        ("5.40e-3", "0.000005"),
        ("0.40", "0.005"),
        ("-3", "0.5"),
    ],
)
def test_precision_is_half_of_the_last_digit(text: str, half: str) -> None:
    assert precise(text) == (Decimal(text), Decimal(half))


def test_one_digit_with_an_exponent_is_as_narrow_as_the_standards_example() -> None:
    assert precise("1e2") == (Decimal(100), Decimal(5))


@pytest.mark.parametrize("text", ["", "x", "NaN", "Infinity", "1e999", "1e-999", "1_0", " 1", "1\n", "٣", "1e", "."])
def test_what_is_no_number(text: str) -> None:
    assert precise(text) is None
