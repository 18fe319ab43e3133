"""Names and addresses that hold for a time."""

from __future__ import annotations

from datetime import date

import pytest

from patients.network.resources import followed, in_force

LINDENWEG = {"line": ["Lindenweg 4"]}
HEIM = {"line": ["Seniorenhaus am Deich"]}
MOVED = date(2026, 3, 1)


def test_heinrich_lives_at_the_old_address_until_the_day_before_he_moves():
    addresses = followed([LINDENWEG], HEIM, MOVED)
    assert in_force(addresses, date(2026, 2, 28))["line"] == ["Lindenweg 4"]
    assert in_force(addresses, MOVED)["line"] == ["Seniorenhaus am Deich"]
    assert addresses[1] == {**LINDENWEG, "use": "old", "period": {"end": "2026-02-28"}}


def test_a_move_that_was_planned_for_later_stays_and_ends_the_one_before():
    later = followed([LINDENWEG], HEIM, date(2026, 6, 1))
    both = followed(later, {"line": ["Bei Ida"]}, MOVED)
    lived = [in_force(both, day)["line"][0] for day in (date(2026, 2, 1), date(2026, 4, 1), date(2026, 7, 1))]
    assert lived == ["Lindenweg 4", "Bei Ida", "Seniorenhaus am Deich"]


def test_a_slip_on_the_same_day_is_replaced():
    wrong = followed([LINDENWEG], {"line": ["Seniorenhaus am Teich"]}, MOVED)
    right = followed(wrong, HEIM, MOVED)
    assert [one["line"][0] for one in right] == ["Seniorenhaus am Deich", "Lindenweg 4"]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([{"use": "nickname", "text": "Hein"}, {"use": "official", "text": "Heinrich"}], "Heinrich"),
        ([{"use": "old", "text": "Meier"}, {"text": "Brandt"}], "Brandt"),
        ([{"use": "old", "text": "Meier"}], "Meier"),
        ([{"text": "Meier", "period": {"end": "1990"}}, {"text": "Brandt", "period": {"start": "1991"}}], "Brandt"),
    ],
)
def test_the_name_of_today_is_the_official_one_that_is_not_over(names, expected):
    assert in_force(names, date(2026, 11, 28))["text"] == expected


def test_who_has_no_name_has_none():
    assert in_force([], MOVED) == {}
