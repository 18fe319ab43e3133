"""Dates as ranges: `2026-03` is the month from its first microsecond up to, but without, the first of April.

A date without a time zone means the day of this deployment (`TIME_ZONE`). https://hl7.org/fhir/R4/search.html#date
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings

EARLIEST: Final = -(2**62)  # beginning of a period that has none
LATEST: Final = 2**62

Range = tuple[int, int]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_FORM: Final = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:T(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<fraction>\d+))?)?"
    r"(?P<zone>Z|[+-]\d\d:\d\d)?)?)?)?"
)


def microseconds(moment: datetime) -> int:
    """Since 1970, as the index counts."""
    return (moment - _EPOCH) // _MICROSECOND


_FIRST: Final = microseconds(datetime.min.replace(tzinfo=UTC))
_LAST: Final = microseconds(datetime.max.replace(tzinfo=UTC))


def moment(since_1970: int) -> datetime:
    """The moment of so many microseconds, in UTC; the nearest one that can be said: ranges may end beyond all years."""
    return _EPOCH + max(_FIRST, min(since_1970, _LAST)) * _MICROSECOND


@lru_cache(maxsize=16_384)
def span(text: str) -> Range | None:
    """The range that a FHIR date, dateTime or instant covers by its precision; None where it is no date."""
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    part = found.groupdict()
    try:
        return _span(part)
    except (ValueError, OverflowError):
        return None


def _span(part: dict[str, str | None]) -> Range:
    year, month, day = int(part["year"] or 0), int(part["month"] or 1), int(part["day"] or 1)
    zone = _zone(part["zone"])
    if part["hour"] is None:
        begin = datetime(year, month, day, tzinfo=zone)
        if year == 9999 and month >= (12 if part["month"] else 1) and day >= (31 if part["day"] else 1):
            return microseconds(begin), LATEST  # no moment after it can be said
        if part["month"] is None:
            end = datetime(year + 1, 1, 1, tzinfo=zone)
        elif part["day"] is None:
            end = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=zone)
        else:
            tomorrow = begin.date() + timedelta(days=1)
            end = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone)
        return microseconds(begin), microseconds(end)
    second = int(part["second"] or 0)
    leap = second == 60  # allowed by FHIR; there is no such moment in Python
    at = microseconds(
        datetime(year, month, day, int(part["hour"]), int(part["minute"] or 0), second - leap, tzinfo=zone)
    )
    at += 1_000_000 * leap
    if part["second"] is None:
        return at, at + 60_000_000
    if part["fraction"] is None:
        return at, at + 1_000_000
    digits = part["fraction"][:6]
    unit = 10 ** (6 - len(digits))
    return at + int(digits) * unit, at + (int(digits) + 1) * unit


def _zone(text: str | None) -> tzinfo:
    if text is None:
        return ZoneInfo(settings.TIME_ZONE)
    if text == "Z":
        return UTC
    return datetime.strptime(text, "%z").tzinfo or UTC


def spans(value: Any) -> list[Range]:
    """The ranges of a date, dateTime, instant, Period or Timing."""
    if isinstance(value, str):
        found = span(value)
        return [found] if found else []
    if type(value) is not dict:
        return []
    if "event" in value or "repeat" in value:
        return _of_timing(value)
    if "start" in value or "end" in value:
        first, last = span(value.get("start") or ""), span(value.get("end") or "")
        return [(first[0] if first else EARLIEST, last[1] if last else LATEST)]
    return []


def _of_timing(timing: dict[str, Any]) -> list[Range]:
    """From the first event to the last one, or the bounds of the repetition."""
    events = [found for event in timing.get("event") or () if isinstance(event, str) and (found := span(event))]
    if events:
        return [(min(event[0] for event in events), max(event[1] for event in events))]
    return spans((timing.get("repeat") or {}).get("boundsPeriod"))
