"""Measured values and the limits in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from patients.access import Repository, repository
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
    """The series of a patient's last days; kinds without a value are left out."""
    records = records or repository(actor)
    found = _measurements(records, patient_id, kinds, timezone.now() - timedelta(days=days))
    limits = limits_of(actor, patient_id, records=records)
    by_kind: dict[str, list[Measurement]] = {}
    for one in found:
        by_kind.setdefault(one.kind.name, []).append(one)
    return [
        Series(kind, tuple(sorted(by_kind[kind.name], key=lambda one: one.taken_at)), limits.get(kind.name))
        for kind in kinds
        if kind.name in by_kind
    ]


def last_of(actor: Actor, patient_id: str, kind: Kind, *, records: Repository | None = None) -> Measurement | None:
    """The newest value of one kind that the actor may see."""
    pairs = [*_pairs(patient_id, (kind,)), ("_sort", "-date"), ("_count", "5"), ("_total", "none")]
    page = (records or repository(actor)).search("Observation", pairs)
    return next(iter(_read(row.content for row in page.rows)), None)


def one(actor: Actor, measurement_id: str) -> Measurement | None:
    """One measurement. Raises Missing; None when it is an Observation of another kind."""
    return resources.measurement(repository(actor).read("Observation", measurement_id).content)


def limits_of(actor: Actor, patient_id: str, *, records: Repository | None = None) -> Mapping[str, Limit]:
    """The limits in force by name of kind: of several, the one entered last."""
    coding = LIMIT["coding"][0]
    pairs = [
        ("patient", f"Patient/{patient_id}"),
        ("category", f"{coding['system']}|{coding['code']}"),
        ("lifecycle-status", "active,accepted"),
        ("_sort", "_lastUpdated"),
        ("_count", "100"),
        ("_total", "none"),
    ]
    page = (records or repository(actor)).search("Goal", pairs)
    limits = (resources.limit(row.content) for row in page.rows)
    return {limit.kind.name: limit for limit in limits if limit}


def limit_in_force(actor: Actor, measurement: Measurement) -> Limit | None:
    """The limit that applies to a value."""
    return limits_of(actor, measurement.patient).get(measurement.kind.name)


def _pairs(patient_id: str, kinds: Iterable[Kind]) -> list[tuple[str, str]]:
    codes = ",".join(f"{LOINC}|{code}" for kind in kinds for code in kind.codes)
    return [("patient", f"Patient/{patient_id}"), ("code", codes)]


def _measurements(records: Repository, patient_id: str, kinds: Iterable[Kind], since: datetime) -> list[Measurement]:
    pairs = [
        *_pairs(patient_id, kinds),
        ("date", f"ge{since.astimezone().isoformat(timespec='seconds')}"),
        ("_sort", "-date"),
        ("_count", str(MOST)),
        ("_total", "none"),
    ]
    return _read(row.content for row in records.search("Observation", pairs).rows)


def _read(contents: Iterable[dict[str, object]]) -> list[Measurement]:
    read = (resources.measurement(content) for content in contents)
    return [one for one in read if one and not one.entered_in_error]
