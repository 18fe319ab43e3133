from __future__ import annotations

import pytest

from patients.vault import blind

pytestmark = pytest.mark.django_db


def test_equal_values_meet_and_others_do_not() -> None:
    assert blind("Patient", "name", "brandt") == blind("Patient", "name", "brandt")
    assert blind("Patient", "name", "brandt") != blind("Patient", "name", "Brandt")


def test_the_same_value_elsewhere_is_another_number() -> None:
    numbers = {
        blind("Patient", "name", "brandt"),
        blind("Patient", "family", "brandt"),
        blind("Practitioner", "name", "brandt"),
        blind("Patient", "name", "brandt", patient="heinrich"),
        blind("Patient", "name", "brandt", patient="ida"),
        blind("Patient", "name", "brandt", patient=""),
    }
    assert len(numbers) == 6


def test_a_diagnosis_cannot_be_compared_between_patients() -> None:
    assert blind("Condition", "code", "F00", patient="heinrich") != blind("Condition", "code", "F00", patient="erna")


def test_numbers_fit_a_signed_column_and_use_its_whole_range() -> None:
    numbers = [blind("Patient", "name", str(n)) for n in range(200)]
    assert all(-(2**63) <= number < 2**63 for number in numbers)
    assert min(numbers) < -(2**61)
    assert max(numbers) > 2**61


@pytest.mark.parametrize("value", ["", "ä", "\x00", "\ud800", "x" * 100_000])
def test_any_text_has_a_number(value: str) -> None:
    assert isinstance(blind("Patient", "name", value), int)
