"""A home visit as FHIR Encounter of class HH (http://hl7.org/fhir/R4/encounter.html), and read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.utils.dateparse import parse_datetime

ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
HOME = {"system": ACT_CODE, "code": "HH", "display": "home health"}

Resource = dict[str, Any]


class Status(StrEnum):
    """The states of FHIR's encounter-status that a visit passes."""

    PLANNED = "planned"
    RUNNING = "in-progress"
    FINISHED = "finished"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Visit:
    """One planned, running or finished home visit."""

    id: str
    version: int
    patient: str
    status: str
    starts_at: datetime
    ends_at: datetime | None
    works: tuple[str, ...]  # what is to be done, in words
    nurse: str  # FHIR reference, "" when nobody is named
    organisation: str


def new_visit(
    patient_id: str,
    starts_at: datetime,
    ends_at: datetime,
    works: Sequence[str],
    *,
    organisation: str,
    nurse: str | None,
) -> Resource:
    """The Encounter of a planned visit."""
    resource: Resource = {
        "resourceType": "Encounter",
        "status": Status.PLANNED,
        "class": HOME,
        "subject": {"reference": f"Patient/{patient_id}"},
        "period": _period(starts_at, ends_at),
        "serviceProvider": {"reference": f"Organization/{organisation}"},
    }
    if works:
        resource["type"] = [{"text": work} for work in works]
    if nurse:
        resource["participant"] = [{"individual": {"reference": nurse}}]
    return resource


def visit(resource: Mapping[str, Any]) -> Visit | None:
    """The visit that an Encounter holds; None for encounters of other classes or without a start."""
    if (resource.get("class") or {}).get("code") != HOME["code"]:
        return None
    period = resource.get("period") or {}
    start = parse_datetime(period.get("start", ""))
    subject = (resource.get("subject") or {}).get("reference", "")
    if start is None or not subject.startswith("Patient/"):
        return None
    end = parse_datetime(period.get("end", ""))
    people = [(one.get("individual") or {}).get("reference", "") for one in resource.get("participant", ())]
    return Visit(
        id=resource["id"],
        version=int((resource.get("meta") or {}).get("versionId", 1)),
        patient=subject.removeprefix("Patient/"),
        status=resource["status"],
        starts_at=start.astimezone(),
        ends_at=end.astimezone() if end else None,
        works=tuple(kind["text"] for kind in resource.get("type", ()) if "text" in kind),
        nurse=next((person for person in people if person.startswith("Practitioner/")), ""),
        organisation=(resource.get("serviceProvider") or {}).get("reference", "").removeprefix("Organization/"),
    )


def begun(resource: Mapping[str, Any], at: datetime, *, nurse: str | None) -> Resource:
    """The Encounter once the nurse is there."""
    after = {**resource, "status": Status.RUNNING, "period": {**resource["period"], "start": _text(at)}}
    after["period"].pop("end", None)
    if nurse:
        after["participant"] = [{"individual": {"reference": nurse}}]
    return after


def finished(resource: Mapping[str, Any], at: datetime) -> Resource:
    """The Encounter once the nurse has left."""
    return {**resource, "status": Status.FINISHED, "period": {**resource["period"], "end": _text(at)}}


def cancelled(resource: Mapping[str, Any]) -> Resource:
    """The Encounter of a visit that does not take place."""
    return {**resource, "status": Status.CANCELLED}


def _period(start: datetime, end: datetime) -> Resource:
    return {"start": _text(start), "end": _text(end)}


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
