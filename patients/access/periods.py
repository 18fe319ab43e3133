"""FHIR's Period and dateTime as spans of time. A date is the whole day where the network is."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings

from patients.access.derivation import ALWAYS, Span
from patients.access.models import EVER, FOREVER

_OPEN: Final = re.compile(r"(0001|9999)(?:-\d\d(?:-\d\d(?:T[0-9:.]+(?:Z|[+-]\d\d:\d\d))?)?)?")


def span_of(period: object) -> Span:
    """The span of a Period. A start that cannot be read is never, an end that cannot be read is now past: no right."""
    if period is None:
        return ALWAYS
    if not isinstance(period, dict):
        return Span(FOREVER, FOREVER)
    start, end = period.get("start"), period.get("end")
    since = EVER if start is None else (bounds(start) or (FOREVER, FOREVER))[0]
    until = FOREVER if end is None else (bounds(end) or (EVER, EVER))[1]
    return Span(since, until)


def bounds(text: object) -> tuple[datetime, datetime] | None:
    """First moment of a FHIR date or dateTime and the first moment after it; None if it is none.

    The years 1 and 9999, with which other systems say that something has no end, are `EVER` and `FOREVER`.

    >>> bounds("2026-11")[1].month
    12
    """
    if not isinstance(text, str):
        return None
    if (open_end := _OPEN.fullmatch(text)) is not None:
        moment = EVER if open_end[1] == "0001" else FOREVER
        return moment, moment
    try:
        if "T" in text:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                return None
            return moment, moment + timedelta(seconds=1 if "." not in text else 0, microseconds=1 if "." in text else 0)
        return _day_bounds(*[int(part) for part in text.split("-")])
    except (ValueError, TypeError, OverflowError):
        return None


def _day_bounds(year: int, month: int | None = None, day: int | None = None) -> tuple[datetime, datetime]:
    here = ZoneInfo(settings.TIME_ZONE)
    start = datetime(year, month or 1, day or 1, tzinfo=here)
    if day is not None:
        end = start + timedelta(days=1)
    elif month is not None:
        end = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=here)
    else:
        end = datetime(year + 1, 1, 1, tzinfo=here)
    return start, end
