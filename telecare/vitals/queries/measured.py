"""Measured values and the limits in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from patients.access import Repository, Search, repository
from patients.access.joining import together
from patients.accounts.actor import Actor
from telecare.vitals import resources
from telecare.vitals.kinds import KINDS, Kind
from telecare.vitals.resources import LIMIT, LOINC, Limit, Measurement

MOST = 1000  # values of one page


@dataclass(frozen=True, slots=True)
class Series:
    """The values of one kind, oldest first, and the limit that holds now."""

    kind: Kind
    measurements: tuple[Measurement, ...]
    limit: Limit | None

    @property
    def last(self) -> Measurement | None:
        """The newest value."""
        return self.measurements[-1] if self.measurements else None


def series(
    actor: Actor, patient_id: str, *, days: int = 14, kinds: Sequence[Kind] = KINDS, records: Repository | None = None
) -> list[Series]:
    """The series of a patient's last days; kinds without a value are left out. Of one's own, those of all records."""
    records = records or repository(actor)
    since = timezone.now() - timedelta(days=days)
    return as_one(series_of(records, together(actor, patient_id), since=since, kinds=kinds).values())


def as_one(found: Iterable[Sequence[Series]]) -> list[Series]:
    """The series of one person's several records by kind: all values by time, and the limit that was set last."""
    by_kind: dict[str, list[Series]] = {}
    for one in (each for known in found for each in known):
        by_kind.setdefault(one.kind.name, []).append(one)
    return [_joined(kind, by_kind[kind.name]) for kind in KINDS if kind.name in by_kind]


def _joined(kind: Kind, known: Sequence[Series]) -> Series:
    values = sorted((value for one in known for value in one.measurements), key=lambda value: value.taken_at)
    limits = sorted((one.limit for one in known if one.limit), key=lambda limit: limit.since)
    return Series(kind, tuple(values), limits[-1] if limits else None)


def series_of(
    records: Repository, patients: Sequence[str], *, since: datetime, kinds: Sequence[Kind] = KINDS
) -> dict[str, list[Series]]:
    """The series of several patients by patient, with two statements; kinds without a value are left out."""
    wanted, goals = searches(patients, since=since, kinds=kinds)
    found: dict[tuple[str, str], list[Measurement]] = {}
    for one in _read(row.content for row in records.search(*wanted).rows):
        found.setdefault((one.patient, one.kind.name), []).append(one)
    limits = _limits(records, goals)
    return {
        patient: [
            Series(kind, tuple(sorted(values, key=lambda one: one.taken_at)), limits.get((patient, kind.name)))
            for kind in kinds
            if (values := found.get((patient, kind.name)))
        ]
        for patient in patients
    }


def searches(patients: Sequence[str], *, since: datetime, kinds: Sequence[Kind] = KINDS) -> tuple[Search, Search]:
    """What `series_of` reads, for pages that read it together with other things: values, and limits."""
    whose = ",".join(f"Patient/{patient}" for patient in patients)
    values = (
        *_pairs(whose, kinds),
        ("date", f"ge{since.astimezone().isoformat(timespec='seconds')}"),
        ("_sort", "-date"),
        ("_count", str(MOST)),
        ("_total", "none"),
    )
    return ("Observation", values), _limit_search(whose)


def last_of(actor: Actor, patient_id: str, kind: Kind, *, records: Repository | None = None) -> Measurement | None:
    """The newest value of one kind that the actor may see."""
    pairs = [*_pairs(f"Patient/{patient_id}", (kind,)), ("_sort", "-date"), ("_count", "5"), ("_total", "none")]
    page = (records or repository(actor)).search("Observation", pairs)
    return next(iter(_read(row.content for row in page.rows)), None)


def one(actor: Actor, measurement_id: str) -> Measurement | None:
    """One measurement. Raises Missing; None when it is an Observation of another kind."""
    return resources.measurement(repository(actor).read("Observation", measurement_id).content)


def limits_of(actor: Actor, patient_id: str, *, records: Repository | None = None) -> Mapping[str, Limit]:
    """The limits in force by name of kind: of several, the one entered last."""
    whose = ",".join(f"Patient/{one}" for one in together(actor, patient_id))
    found = _limits(records or repository(actor), _limit_search(whose))
    return {kind: limit for (_patient, kind), limit in found.items()}


def _limit_search(whose: str) -> Search:
    """`whose` is one reference, or several with commas."""
    coding = LIMIT["coding"][0]
    pairs = (
        ("patient", whose),
        ("category", f"{coding['system']}|{coding['code']}"),
        ("lifecycle-status", "active,accepted"),
        ("_sort", "_lastUpdated"),
        ("_count", str(MOST)),
        ("_total", "none"),
    )
    return "Goal", pairs


def _limits(records: Repository, wanted: Search) -> dict[tuple[str, str], Limit]:
    """Limits by patient and kind."""
    limits = (resources.limit(row.content) for row in records.search(*wanted).rows)
    return {(limit.patient, limit.kind.name): limit for limit in limits if limit}


def limit_in_force(actor: Actor, measurement: Measurement) -> Limit | None:
    """The limit that applies to a value."""
    return limits_of(actor, measurement.patient).get(measurement.kind.name)


def _pairs(whose: str, kinds: Iterable[Kind]) -> list[tuple[str, str]]:
    codes = ",".join(f"{LOINC}|{code}" for kind in kinds for code in kind.codes)
    return [("patient", whose), ("code", codes)]


def _read(contents: Iterable[dict[str, object]]) -> list[Measurement]:
    read = (resources.measurement(content) for content in contents)
    return [one for one in read if one and not one.entered_in_error]
