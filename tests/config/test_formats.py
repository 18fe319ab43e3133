"""How moments, days and numbers are written."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils import timezone, translation

from config import formats


@pytest.fixture(autouse=True)
def in_german():
    with translation.override("de"):
        yield


def at(hours: int, days: int = 0) -> datetime:
    return (timezone.localtime() + timedelta(days=days)).replace(hour=hours, minute=5)


def test_near_days_have_names():
    assert [formats.moment(at(9, days)) for days in (0, -1, 1)] == ["heute 09:05", "gestern 09:05", "morgen 09:05"]


def test_days_of_the_week_before_carry_their_name_and_older_ones_the_year():
    moment = at(9, -3)
    assert (
        formats.moment(moment)
        == f"{['Mo', 'Di', 'Mi', 'Do', 'Fr', 'Sa', 'So'][moment.weekday()]} {moment:%d.%m.} 09:05"
    )
    assert formats.moment(at(9, -800)) == f"{at(9, -800):%d.%m.%Y}"


def test_dates_and_long_days():
    assert formats.full_date(date(1941, 3, 14)) == "14.03.1941"
    assert formats.long_day(date(2026, 11, 23)) == "Montag, 23. November"


def test_how_long_ago():
    now = timezone.now()
    waits = [now - timedelta(minutes=4), now - timedelta(hours=3), now - timedelta(days=5), now + timedelta(minutes=1)]
    assert [formats.ago(moment) for moment in waits] == ["4 Min.", "3 Std.", "5 Tage", "0 Min."]


def test_digits_stay_as_they_are():
    assert formats.number(Decimal("84.60")) == "84,60"
    assert formats.number(1941) == "1941"


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Dr. Clara Voss", "CV"), ("Anna-Lena von Siemer", "AS"), ("Ida", "ID"), ("", "?"), ("112", "?")],
)
def test_initials_leave_titles_out(name, letters):
    assert formats.initials(name) == letters


def test_filters_leave_nothing_empty():
    assert Template("{{ a|moment }}{{ a|clock }}{{ b|day }}").render(Context({"a": None, "b": ""})) == ""
