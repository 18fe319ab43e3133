"""Dates as ranges."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from patients.records.index import dates

BERLIN = ZoneInfo("Europe/Berlin")


def at(*parts: int, zone: Any = BERLIN) -> int:
    return dates.microseconds(datetime(*parts, tzinfo=zone))  # type: ignore[arg-type,misc]


HALF_A_MINUTE = at(2026, 3, 14, 8, 0, 30, zone=UTC)


@pytest.mark.parametrize(
    ("text", "first", "after"),
    [
        ("2026", at(2026, 1, 1), at(2027, 1, 1)),
        ("2026-12", at(2026, 12, 1), at(2027, 1, 1)),
        ("2026-03-29", at(2026, 3, 29), at(2026, 3, 30)),  # has 23 hours
        ("2024-02-29", at(2024, 2, 29), at(2024, 3, 1)),
        ("2026-03-14T08:00Z", at(2026, 3, 14, 8, zone=UTC), at(2026, 3, 14, 8, 1, zone=UTC)),
        ("2026-03-14T08:00:30", at(2026, 3, 14, 8, 0, 30), at(2026, 3, 14, 8, 0, 31)),
        ("2026-03-14T08:00:30-05:00", at(2026, 3, 14, 13, 0, 30, zone=UTC), at(2026, 3, 14, 13, 0, 31, zone=UTC)),
        ("2026-03-14T08:00:30.25Z", HALF_A_MINUTE + 250_000, HALF_A_MINUTE + 260_000),
        ("2026-03-14T08:00:30.1234567Z", HALF_A_MINUTE + 123_456, HALF_A_MINUTE + 123_457),
        ("2016-12-31T23:59:60Z", at(2017, 1, 1, zone=UTC), at(2017, 1, 1, 0, 0, 1, zone=UTC)),
    ],
)  # fmt: skip
def test_a_date_covers_what_its_precision_says(text: str, first: int, after: int) -> None:
    assert dates.span(text) == (first, after)


@pytest.mark.parametrize(
    "text", ["", "26", "2026-3", "2026-02-30", "2026-13", "2026-03-14T25:00:00Z", "gestern", "0000"]
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert dates.span(text) is None


def test_the_last_day_of_all_is_no_error() -> None:
    assert dates.span("9999-12-31T23:59:59Z") is not None
    for text in ("9999", "9999-12", "9999-12-31"):
        assert (dates.span(text) or (0, 0))[1] == dates.LATEST


def test_periods_may_be_open() -> None:
    day = dates.span("2026-03-14")
    assert day is not None
    assert dates.spans({"start": "2026-03-14"}) == [(day[0], dates.LATEST)]
    assert dates.spans({"end": "2026-03-14"}) == [(dates.EARLIEST, day[1])]
    assert dates.spans({"extension": []}) == []


def test_a_timing_covers_its_events_or_its_bounds() -> None:
    first, last = dates.span("2026-03-14"), dates.span("2026-03-16")
    assert first is not None
    assert last is not None
    assert dates.spans({"event": ["2026-03-16", "2026-03-14"]}) == [(first[0], last[1])]
    bounds = {"repeat": {"boundsPeriod": {"start": "2026-03-14", "end": "2026-03-16"}, "frequency": 2}}
    assert dates.spans(bounds) == [(first[0], last[1])]
    assert dates.spans({"repeat": {"frequency": 2}}) == []
