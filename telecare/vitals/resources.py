"""Measurements as FHIR Observation, limits as FHIR Goal, and both read back.

Shapes: http://hl7.org/fhir/R4/observation-vitalsigns.html and http://hl7.org/fhir/R4/goal.html.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from patients.accounts.actor import Actor
from telecare.vitals.kinds import BY_CODE, Kind, Part

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
VITAL_SIGNS = {
    "coding": [
        {
            "system": "http://terminology.hl7.org/CodeSystem/observation-category",
            "code": "vital-signs",
            "display": "Vital Signs",
        }
    ]
}
LIMIT = {
    "coding": [{"system": "https://telecare.example/fhir/CodeSystem/goal", "code": "limit", "display": "Limit"}],
}

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measured value as pages and limits need it. `values` has one number per part of the kind."""

    id: str
    patient: str
    kind: Kind
    values: tuple[Decimal, ...]
    taken_at: datetime
    performer: str  # FHIR reference, "" when unknown
    entered_in_error: bool = False

    @property
    def text(self) -> str:
        """The numbers with a decimal point: `158/92`, `84.6`."""
        return "/".join(str(value) for value in self.values)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The values of one part that a clinician does not want to hear about. A missing side has no limit."""

    low: Decimal | None
    high: Decimal | None

    def allows(self, value: Decimal) -> bool:
        """Whether the value lies within; the bounds themselves do."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    @property
    def words(self) -> str:
        """from 92, up to 150, 55 to 100; "" when both sides are open."""
        if self.low is not None and self.high is not None:
            return _("%(low)s to %(high)s") % {"low": number_format(self.low), "high": number_format(self.high)}
        if self.high is not None:
            return _("up to %(high)s") % {"high": number_format(self.high)}
        return _("from %(low)s") % {"low": number_format(self.low)} if self.low is not None else ""


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit that a named clinician entered for one patient and one kind of measurement."""

    id: str
    patient: str
    kind: Kind
    bounds: tuple[Bounds, ...]  # one per part of the kind
    author: str  # FHIR reference of the clinician
    since: datetime

    def allows(self, measurement: Measurement) -> bool:
        """Whether every number lies within its bounds."""
        return all(bound.allows(value) for bound, value in zip(self.bounds, measurement.values, strict=True))


def quantity(kind: Kind, value: Decimal) -> Resource:
    """A FHIR Quantity in the kind's only unit."""
    return {"value": value, "unit": kind.unit, "system": UCUM, "code": kind.ucum}


def vital_sign(
    patient_id: str, kind: Kind, values: Sequence[Decimal], taken_at: datetime, *, by: Actor | str, note: str = ""
) -> Resource:
    """The Observation of one measurement, performed by a person or device (`by`: an actor or a FHIR reference)."""
    performer = by.person if isinstance(by, Actor) else by
    resource: Resource = {
        "resourceType": "Observation",
        "status": "final",
        "category": [VITAL_SIGNS],
        "code": {"coding": [{"system": LOINC, "code": kind.code, "display": kind.display}]},
        "subject": {"reference": f"Patient/{patient_id}"},
        "effectiveDateTime": taken_at.isoformat(timespec="seconds"),
    }
    if performer:
        resource["performer"] = [{"reference": performer}]
    if len(kind.parts) == 1:
        resource["valueQuantity"] = quantity(kind, values[0])
    else:
        resource["component"] = [
            {"code": _concept(part), "valueQuantity": quantity(kind, value)}
            for part, value in zip(kind.parts, values, strict=True)
        ]
    if note:
        resource["note"] = [{"text": note}]
    return resource


def measurement(resource: Mapping[str, Any]) -> Measurement | None:
    """The measurement that an Observation holds; None when it is of no kind of ours, or lacks a number or a moment."""
    kind = next((BY_CODE[code] for code in _loinc(resource.get("code")) if code in BY_CODE), None)
    moment = _moment(resource)
    patient = _patient(resource)
    if kind is None or moment is None or patient is None:
        return None
    values = _values(resource, kind)
    if values is None:
        return None
    performers = resource.get("performer") or [{}]
    return Measurement(
        id=resource.get("id", ""),
        patient=patient,
        kind=kind,
        values=values,
        taken_at=moment,
        performer=performers[0].get("reference", ""),
        entered_in_error=resource.get("status") == "entered-in-error",
    )


def limit_goal(patient_id: str, kind: Kind, bounds: Sequence[Bounds], *, author: str, since: datetime) -> Resource:
    """The Goal that holds a limit: one target per part, `detailRange` with what is bounded."""
    targets = []
    for part, bound in zip(kind.parts, bounds, strict=True):
        sides = {
            side: quantity(kind, value)
            for side, value in (("low", bound.low), ("high", bound.high))
            if value is not None
        }
        if sides:
            targets.append({"measure": _concept(part), "detailRange": sides})
    return {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "category": [LIMIT],
        "description": {"text": f"Limit: {kind.display}"},
        "subject": {"reference": f"Patient/{patient_id}"},
        "startDate": since.date().isoformat(),
        "target": targets,
        "expressedBy": {"reference": author},
    }


def limit(resource: Mapping[str, Any]) -> Limit | None:
    """The limit that a Goal holds; None for goals of other kinds, without an author, or no longer active."""
    if resource.get("lifecycleStatus") not in {"active", "accepted"} or not _is_limit(resource):
        return None
    found: dict[str, Bounds] = {}
    for target in resource.get("target", ()):
        for code in _loinc(target.get("measure")):
            span = target.get("detailRange") or {}
            found[code] = Bounds(_number(span.get("low")), _number(span.get("high")))
    patient = _patient(resource)
    author = (resource.get("expressedBy") or {}).get("reference", "")
    kind = next((kind for kind in BY_CODE.values() if any(part.code in found for part in kind.parts)), None)
    if kind is None or patient is None or not author:
        return None
    since = parse_date(str(resource.get("startDate", "")))
    return Limit(
        id=resource.get("id", ""),
        patient=patient,
        kind=kind,
        bounds=tuple(found.get(part.code, Bounds(None, None)) for part in kind.parts),
        author=author,
        since=datetime.combine(since, datetime.min.time()).astimezone() if since else _updated(resource),
    )


def _concept(part: Part) -> Resource:
    return {"coding": [{"system": LOINC, "code": part.code, "display": part.display}]}


def _loinc(concept: Mapping[str, Any] | None) -> list[str]:
    codings = (concept or {}).get("coding", ())
    return [coding["code"] for coding in codings if coding.get("system") == LOINC and "code" in coding]


def _is_limit(resource: Mapping[str, Any]) -> bool:
    wanted = LIMIT["coding"][0]
    return any(
        coding.get("system") == wanted["system"] and coding.get("code") == wanted["code"]
        for concept in resource.get("category", ())
        for coding in concept.get("coding", ())
    )


def _number(value: Mapping[str, Any] | None) -> Decimal | None:
    if value is None or "value" not in value:
        return None
    return Decimal(value["value"])


def _values(resource: Mapping[str, Any], kind: Kind) -> tuple[Decimal, ...] | None:
    if len(kind.parts) == 1:
        one = resource.get("valueQuantity")
        if not one or one.get("code", kind.ucum) != kind.ucum or (value := _number(one)) is None:
            return None
        return (value,)
    parts = {
        code: component.get("valueQuantity")
        for component in resource.get("component", ())
        for code in _loinc(component.get("code"))
    }
    values = [_number(parts.get(part.code)) for part in kind.parts]
    if any(value is None for value in values):
        return None
    return tuple(value for value in values if value is not None)


def _patient(resource: Mapping[str, Any]) -> str | None:
    reference: str = (resource.get("subject") or {}).get("reference", "")
    return reference.removeprefix("Patient/") if reference.startswith("Patient/") else None


def _moment(resource: Mapping[str, Any]) -> datetime | None:
    text = resource.get("effectiveDateTime") or resource.get("effectiveInstant")
    if not text:
        text = (resource.get("effectivePeriod") or {}).get("start", "")
    try:
        moment, day = parse_datetime(text) if "T" in text else None, parse_date(text[:10])
    except ValueError:  # a day that no calendar has
        return None
    if moment is None and day:
        return datetime.combine(day, datetime.min.time()).astimezone()
    return moment.astimezone() if moment else None


def _updated(resource: Mapping[str, Any]) -> datetime:
    moment = parse_datetime(str((resource.get("meta") or {}).get("lastUpdated", "")))
    return moment or datetime.fromtimestamp(0, UTC)
