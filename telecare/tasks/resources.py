"""Everything that waits for a person, as FHIR Task (http://hl7.org/fhir/R4/task.html), and read back.

Task.code names the kind, `for` the patient, `owner` the organisation (or person) whose worklist it is on, `requester`
who asks, `restriction.period.end` until when, `focus` what it is about, `encounter` the consultation it came from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.utils.dateparse import parse_datetime

SYSTEM = "https://telecare.example/fhir/CodeSystem/task"

Resource = dict[str, Any]


class Kind(StrEnum):
    """What is asked for."""

    ORDER = "order"  # do this at the patient's home
    REVIEW = "review"  # look at these values
    NOTE_PART = "note-part"  # write your missing part of a note
    READ = "read"  # read this document
    ACCESS = "access-request"  # somebody asks to see this person: answered on a page of its own


class Status(StrEnum):
    """The states of FHIR's task-status that we use, in the order in which a task passes them."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    COMPLETED = "completed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


OPEN = (Status.REQUESTED, Status.ACCEPTED)
MOVES: Mapping[str, tuple[Status, ...]] = {
    Status.REQUESTED: (Status.ACCEPTED, Status.COMPLETED, Status.REJECTED, Status.CANCELLED),
    Status.ACCEPTED: (Status.REQUESTED, Status.COMPLETED, Status.CANCELLED),
    Status.COMPLETED: (),
    Status.REJECTED: (),
    Status.CANCELLED: (),
}
DISPLAY = {
    Kind.ORDER: "Order",
    Kind.REVIEW: "Review of measured values",
    Kind.NOTE_PART: "Missing part of a note",
    Kind.READ: "Document to read",
    Kind.ACCESS: "Request of access",
}


@dataclass(frozen=True, slots=True)
class Task:
    """One task as worklists and pages need it. `version` goes back with every step: two people do not collide."""

    id: str
    version: int
    kind: Kind | None
    status: str
    text: str
    patient: str | None
    owner: str  # FHIR reference
    requester: str
    due_at: datetime | None
    authored_at: datetime | None
    urgent: bool
    focus: tuple[str, ...]
    encounter: str
    taken_by: str
    outcome: str

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


def new_task(
    kind: Kind,
    text: str,
    *,
    patient_id: str,
    owner: str,
    requester: str | None,
    authored_at: datetime,
    due_at: datetime | None = None,
    urgent: bool = False,
    focus: str | None = None,
    encounter: str | None = None,
    read_back: str = "",
) -> Resource:
    """A requested Task. `owner`, `requester`: FHIR references; `read_back` says who read the order back and when."""
    resource: Resource = {
        "resourceType": "Task",
        "status": Status.REQUESTED,
        "intent": "order",
        "priority": "urgent" if urgent else "routine",
        "code": {"coding": [{"system": SYSTEM, "code": kind, "display": DISPLAY[kind]}]},
        "description": text,
        "for": {"reference": f"Patient/{patient_id}"},
        "authoredOn": authored_at.isoformat(timespec="seconds"),
        "lastModified": authored_at.isoformat(timespec="seconds"),
        "owner": {"reference": owner},
    }
    if requester:
        resource["requester"] = {"reference": requester}
    if due_at:
        resource["restriction"] = {"period": {"end": due_at.isoformat(timespec="seconds")}}
    if focus:
        resource["focus"] = {"reference": focus}
    if encounter:
        resource["encounter"] = {"reference": encounter}
    if read_back:
        resource["note"] = [{"text": read_back}]
    return resource


def task(resource: Mapping[str, Any]) -> Task:
    """A Task document, ours or another system's, as pages need it."""
    codes = {
        coding.get("code")
        for coding in (resource.get("code") or {}).get("coding", ())
        if coding.get("system") == SYSTEM
    }
    patient = _reference(resource.get("for"))
    inputs = [item.get("valueReference") for item in resource.get("input", ())]
    return Task(
        id=resource["id"],
        version=int((resource.get("meta") or {}).get("versionId", 1)),
        kind=next((kind for kind in Kind if kind in codes), None),
        status=resource["status"],
        text=resource.get("description", ""),
        patient=patient.removeprefix("Patient/") if patient.startswith("Patient/") else None,
        owner=_reference(resource.get("owner")),
        requester=_reference(resource.get("requester")),
        due_at=_moment(((resource.get("restriction") or {}).get("period") or {}).get("end")),
        authored_at=_moment(resource.get("authoredOn")),
        urgent=resource.get("priority") in {"urgent", "asap", "stat"},
        focus=tuple(filter(None, [_reference(resource.get("focus")), *map(_reference, inputs)])),
        encounter=_reference(resource.get("encounter")),
        taken_by=next((_reference(item.get("valueReference")) for item in _outputs(resource, "taken-by")), ""),
        outcome=next((item.get("valueString", "") for item in _outputs(resource, "outcome")), ""),
    )


def moved(
    resource: Mapping[str, Any], status: Status, *, at: datetime, by: str | None = None, outcome: str = ""
) -> Resource:
    """The Task in its next state: `by` is remembered as who took it, `outcome` as what came of it."""
    after = {**resource, "status": status, "lastModified": at.isoformat(timespec="seconds")}
    outputs = [item for item in resource.get("output", ()) if not _is(item, "taken-by")]
    if by and status is not Status.REQUESTED:
        outputs.append({"type": _type("taken-by"), "valueReference": {"reference": by}})
    if outcome:
        outputs.append({"type": _type("outcome"), "valueString": outcome})
    after.pop("output", None)
    if outputs:
        after["output"] = outputs
    return after


def passed_on(resource: Mapping[str, Any], owner: str, *, at: datetime) -> Resource:
    """The Task on the worklist of another organisation, where nobody has taken it yet."""
    return {**moved(resource, Status.REQUESTED, at=at), "owner": {"reference": owner}}


def joined(resource: Mapping[str, Any], focus: str, *, at: datetime) -> Resource:
    """A review that also asks for a further value."""
    inputs = [*resource.get("input", ()), {"type": _type("focus"), "valueReference": {"reference": focus}}]
    return {**resource, "input": inputs, "lastModified": at.isoformat(timespec="seconds")}


def _type(code: str) -> Resource:
    return {"coding": [{"system": SYSTEM, "code": code}]}


def _is(item: Mapping[str, Any], code: str) -> bool:
    return any(
        coding.get("system") == SYSTEM and coding.get("code") == code
        for coding in (item.get("type") or {}).get("coding", ())
    )


def _outputs(resource: Mapping[str, Any], code: str) -> list[Mapping[str, Any]]:
    return [item for item in resource.get("output", ()) if _is(item, code)]


def _reference(value: Mapping[str, Any] | None) -> str:
    reference: str = (value or {}).get("reference", "")
    return reference


def _moment(text: str | None) -> datetime | None:
    if not text or "T" not in text:
        return None
    moment = parse_datetime(text)
    return moment.astimezone() if moment else None
