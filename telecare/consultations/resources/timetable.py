"""What of an Appointment, a Slot and a Schedule tells who is when taken, read from the documents.

http://hl7.org/fhir/R4/appointment.html · http://hl7.org/fhir/R4/slot.html · http://hl7.org/fhir/R4/schedule.html
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from patients.errors import Invalid
from telecare.consultations.resources.meeting import moment

Content = dict[str, Any]

HOLDING: Final = frozenset({"pending", "booked", "arrived", "checked-in", "fulfilled"})  # a slot of theirs is taken
CALLED_OFF: Final = frozenset({"cancelled", "entered-in-error"})
FREE: Final = "free"
BUSY: Final = "busy"
NEVER: Final = frozenset({"busy-unavailable", "entered-in-error"})  # taken by nobody, and to be taken by nobody
REPLACES: Final = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Appointment.replaces"  # as R5 defines it


@dataclass(frozen=True, slots=True)
class Slot:
    """A piece of somebody's time."""

    id: str
    schedule: str  # its id
    status: str
    starts_at: datetime
    until: datetime
    overbooked: bool


def slot(content: Content) -> Slot:
    """A Slot, read. Raises Invalid for moments that no calendar has (`23:59:60`)."""
    starts_at, until = moment(content["start"]), moment(content["end"])
    if starts_at is None or until is None:
        raise Invalid(_("The times of this slot cannot be read."))
    schedule = named(content["schedule"], "Schedule")
    return Slot(content["id"], schedule, content["status"], starts_at, until, content.get("overbooked", False))


def slots_of(appointment: Content) -> list[str]:
    """The ids of the slots that an Appointment names here."""
    return [ident for one in appointment.get("slot", ()) if (ident := named(one, "Slot"))]


def held_by(appointment: Content) -> frozenset[str]:
    """The ids of the slots that it takes as it stands."""
    return frozenset(slots_of(appointment)) if appointment.get("status") in HOLDING else frozenset()


def cover(slots: list[Slot], starts_at: datetime, until: datetime) -> bool:
    """Whether the slots of each schedule reach from the beginning to the end without a gap."""
    for schedule in {one.schedule for one in slots}:
        reached = starts_at
        for one in sorted((one for one in slots if one.schedule == schedule), key=lambda one: one.starts_at):
            if one.starts_at > reached:
                return False
            reached = max(reached, one.until)
        if reached < until:
            return False
    return bool(slots)


def named(reference: Content | None, type_: str) -> str:
    """The id in a reference to a document of ours of this type, or ""."""
    kind, _sign, ident = str((reference or {}).get("reference", "")).partition("/")
    return ident.partition("/")[0] if kind == type_ else ""


def first(appointment: Content, type_: str) -> str:
    """The id of the first participant of this type, or ""."""
    found = (named(one.get("actor"), type_) for one in appointment.get("participant", ()))
    return next(filter(None, found), "")
