"""Names and addresses that hold for a time: which one is in force on a day, and how a new one follows.

http://hl7.org/fhir/R4/datatypes.html#HumanName: what is over stays, with `use` old and the end of its period.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from patients.access.periods import bounds, span_of
from patients.network.resources.basics import Resource

_USES = ("official", "usual", "home", "work")  # what is meant where several are in force, the first first


def in_force(entries: Sequence[Resource], on: date | None = None) -> Resource:
    """The name or address that holds on this day (today); else the first that is not old, else the first; else {}.

    One that is old and does not say until when never holds.
    """
    holding = _holding(entries, on or timezone.localdate())
    for use in _USES:
        for one in holding:
            if one.get("use") == use:
                return one
    rest = [*holding, *(one for one in entries if one.get("use") != "old"), *entries]
    return next(iter(rest), {})


def followed(entries: Sequence[Resource], new: Resource, since: date) -> list[Resource]:
    """The entries with the one in force until then ended the day before `since`, and the new one from then on.

    One that was entered for a later day stays, and ends the new one; one for the same day is replaced.
    """
    others = [one for one in entries if _start(one) != since]
    later = [start for one in others if (start := _start(one)) is not None and start > since]
    lasting = {"start": since.isoformat(), **({"end": _day_before(min(later))} if later else {})}
    before = in_force(_holding(others, since - timedelta(days=1)), since - timedelta(days=1))
    ended = {**before, "use": "old", "period": {**before.get("period", {}), "end": _day_before(since)}}
    return [{**new, "period": lasting}, *(ended if one is before else one for one in others)]


def days(entry: Resource) -> tuple[date | None, date | None]:
    """The first and the last day of an entry; None where it is open."""
    last = bounds(entry.get("period", {}).get("end"))
    return _start(entry), timezone.localdate(last[1] - timedelta(microseconds=1)) if last else None


def _holding(entries: Sequence[Resource], on: date) -> list[Resource]:
    noon = datetime.combine(on, time(12), timezone.get_current_timezone())
    return [one for one in entries if noon in span_of(one.get("period")) and not _over(one)]


def _start(entry: Resource) -> date | None:
    found = bounds(entry.get("period", {}).get("start"))
    return timezone.localdate(found[0]) if found else None


def _over(entry: Resource) -> bool:
    return entry.get("use") == "old" and "end" not in entry.get("period", {})


def _day_before(day: date) -> str:
    return (day - timedelta(days=1)).isoformat()
