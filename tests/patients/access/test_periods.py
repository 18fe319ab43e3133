"""Times of FHIR as spans."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from patients.access.derivation import ALWAYS, Span
from patients.access.models import EVER, FOREVER
from patients.access.periods import bounds, span_of


@pytest.mark.parametrize(
    ("text", "first", "after"),
    [
        ("2026", datetime(2025, 12, 31, 23, tzinfo=UTC), datetime(2026, 12, 31, 23, tzinfo=UTC)),
        ("2026-12", datetime(2026, 11, 30, 23, tzinfo=UTC), datetime(2026, 12, 31, 23, tzinfo=UTC)),
        ("2026-11-22", datetime(2026, 11, 21, 23, tzinfo=UTC), datetime(2026, 11, 22, 23, tzinfo=UTC)),
        ("2026-11-22T10:00:00Z", datetime(2026, 11, 22, 10, tzinfo=UTC), datetime(2026, 11, 22, 10, 0, 1, tzinfo=UTC)),
    ],
)
def test_a_date_is_the_whole_day_month_or_year_of_the_district(text: str, first: datetime, after: datetime):
    assert bounds(text) == (first, after)


@pytest.mark.parametrize("rest", ["", "-01", "-12-31", "-01-01T00:00:00+14:00", "-12-31T23:59:59.999Z"])
def test_the_first_and_the_last_year_mean_that_there_is_no_end(rest: str):
    assert bounds(f"0001{rest}") == (EVER, EVER)
    assert bounds(f"9999{rest}") == (FOREVER, FOREVER)
    assert span_of({"start": f"0001{rest}", "end": f"9999{rest}"}) == ALWAYS
    assert bounds(f"9999{rest}x") is None


@pytest.mark.parametrize("text", [None, 5, "", "soon", "2026-13", "2026-11-22T10:00:00", "2026-1-2-3", "99999"])
def test_what_is_no_time_is_none(text: object):
    assert bounds(text) is None


def test_a_period_without_ends_is_always_and_one_that_cannot_be_read_never():
    assert span_of(None) == span_of({}) == ALWAYS
    for odd in ("x", {"start": "x"}, {"end": "x"}, {"start": None, "end": 3}):
        assert not span_of(odd)


def test_a_span_less_another_leaves_what_is_outside():
    one, two, three, four = (datetime(2026, 11, day, tzinfo=UTC) for day in (1, 2, 3, 4))
    assert list(Span(one, four).without(Span(two, three))) == [Span(one, two), Span(three, four)]
    assert list(Span(one, two).without(Span(three, four))) == [Span(one, two)]
    assert list(Span(two, three).without(Span(one, four))) == []
