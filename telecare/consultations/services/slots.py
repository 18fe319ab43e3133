"""Booking an Appointment into the free time of a calendar, moving it, and calling it off.

That a slot is taken once only, and given back, hangs on the Appointment: see `reactions`. Here is what a booking needs
beyond: that the time is offered, and free as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from patients.access import Deed, Repository, allowed, repository
from patients.accounts.actor import Actor
from patients.database import write
from patients.errors import Conflict, Invalid, Missing
from patients.records import store
from patients.records.models import Document
from telecare.consultations.models import Consultation, Medium
from telecare.consultations.queries import parties
from telecare.consultations.resources import meeting, timetable
from telecare.consultations.resources.timetable import Slot
from telecare.consultations.services.documents import news

Content = dict[str, Any]

_LONGEST = timedelta(days=1)  # of a slot
_MOST = 200  # slots that are looked at


@dataclass(frozen=True, slots=True)
class _Found:
    """Free time, and who offers it."""

    slots: list[Slot]
    organisation: str  # custodian of the first slot


def book_appointment(actor: Actor, proposed: Content, *, schedule: str = "", replaces: str = "") -> Document:
    """Book a proposed Appointment into its slots, or into those of `schedule` (an id) that cover its time.

    With the id of an Appointment that the actor sees, that one is moved. `replaces` is the id of one that is cancelled
    in the same step. One that names a medium (extension `consultation-medium`) is a consultation with a waiting room.

    Raises Invalid for what cannot be booked, Conflict where the time is not free, Denied and Missing as any write.
    """
    starts_at, until = _times(proposed)
    records = repository(actor)
    moved = _known(records, proposed.get("id", ""))
    replaced = records.read("Appointment", replaces) if replaces else None
    if replaced is not None and replaced.content["status"] not in timetable.HOLDING | {"proposed", "waitlist"}:
        raise Conflict(_("The appointment that is to be replaced is over or cancelled already."))
    own = frozenset[str]().union(*(timetable.held_by(one.content) for one in (moved, replaced) if one is not None))
    found = _chosen(records, proposed, schedule, starts_at, until, own)
    booked = {
        **proposed,
        "status": "booked",
        "slot": [{"reference": f"Slot/{one.id}"} for one in found.slots],
    }
    if replaced is not None:
        booked["extension"] = [
            *booked.get("extension", ()),
            {"url": timetable.REPLACES, "valueReference": {"reference": replaced.reference}},
        ]
    if moved is None:
        booked.pop("id", None)
    prepared = store.prepare(booked)
    with write():
        if replaced is not None:
            records.update({**replaced.content, "status": "cancelled"}, if_match=replaced.version)
        held = timetable.held_by(moved.content) if moved else frozenset()
        _check_free(records, [one.id for one in found.slots if one.id not in held])
        document = records.update(prepared, if_match=moved.version) if moved else records.create(prepared)
        if medium := meeting.medium_of(document.content):
            _open(actor, records, document, found.organisation, medium)
    return document


def cancel_appointment(actor: Actor, ident: str) -> Document:
    """Call an Appointment off: its slots are free again, its waiting room and invitations shut. Twice is no error.

    Raises Missing, Denied, and Conflict for one that has taken place.
    """
    records = repository(actor)
    with write():
        document = records.read("Appointment", ident)
        status = document.content["status"]
        if status == "cancelled":
            return document
        if status in ("fulfilled", "noshow", "entered-in-error"):
            raise Conflict(_("This appointment is over. It cannot be cancelled any more."))
        return records.update({**document.content, "status": "cancelled"}, if_match=document.version)


def _times(proposed: Content) -> tuple[datetime, datetime]:
    if proposed.get("status") != "proposed":
        raise _invalid(_("Only what is proposed can be booked: status is “proposed”."), "status")
    starts_at, until = meeting.moment(proposed.get("start")), meeting.moment(proposed.get("end"))
    if starts_at is None or until is None or until <= starts_at:
        raise _invalid(_("An appointment has a start, and an end after it."), "start" if starts_at is None else "end")
    if starts_at <= timezone.now():
        raise _invalid(_("This time has passed."), "start")
    return starts_at, until


def _known(records: Repository, ident: str) -> Document | None:
    """The Appointment that is moved. An id that the actor does not see names none: a new one gets another id."""
    try:
        return records.read("Appointment", ident) if ident else None
    except Missing:
        return None


def _chosen(
    records: Repository, proposed: Content, schedule: str, starts_at: datetime, until: datetime, own: frozenset[str]
) -> _Found:
    named = proposed.get("slot", [])
    if named:
        found = [_slot(records, one, number, schedule) for number, one in enumerate(named)]
    elif schedule:
        found = _of_schedule(records, schedule, starts_at, until, own)
    else:
        raise _invalid(_("Name the slots of the appointment, or the schedule in which it shall be."), "slot")
    slots = [timetable.slot(one.content) for one in found]
    if not timetable.cover(slots, starts_at, until):
        if not named:
            raise Conflict(_("There is no free time then. Please choose another one."))
        raise _invalid(_("The slots do not cover the time of the appointment."), "slot")
    for ident in {one.schedule for one in slots}:
        _check_open(records, ident)
    return _Found(slots, (found[0].custodian or "").removeprefix("Organization/"))


def _slot(records: Repository, reference: Content, number: int, schedule: str) -> Document:
    where = f"slot[{number}]"
    try:
        found = records.read("Slot", timetable.named(reference, "Slot") or "-")
    except Missing:
        raise _invalid(_("This slot is not known here."), where) from None
    if schedule and timetable.named(found.content["schedule"], "Schedule") != schedule:
        raise _invalid(_("This slot belongs to another schedule."), where)
    return found


def _of_schedule(
    records: Repository, schedule: str, starts_at: datetime, until: datetime, own: frozenset[str]
) -> list[Document]:
    """The free slots of a schedule that overlap the time; those that the booking itself gives back are free too."""
    query = [
        ("schedule", f"Schedule/{schedule}"),
        ("start", f"ge{(starts_at - _LONGEST).isoformat()}"),
        ("start", f"lt{until.isoformat()}"),
    ]
    found = []
    for one in records.search("Slot", query, count=_MOST).rows:
        slot = timetable.slot(one.content)
        if slot.until > starts_at and (slot.status == timetable.FREE or slot.id in own):
            found.append(one)
    return sorted(found, key=lambda one: (timetable.slot(one.content).starts_at, one.pk))


def _check_open(records: Repository, schedule: str) -> None:
    try:
        found = records.read("Schedule", schedule or "-")
    except Missing:
        raise _invalid(_("The schedule of this slot is not known here."), "slot") from None
    if found.content.get("active") is False:
        raise Conflict(_("This schedule is not in use. Please choose another one."))


def _check_free(records: Repository, slots: list[str]) -> None:
    for document in records.read_many("Slot", slots).values():
        if timetable.slot(document.content).status != timetable.FREE:
            raise Conflict(_("This time is taken already. Please choose another one."))


def _open(actor: Actor, records: Repository, document: Document, organisation: str, medium: Medium) -> None:
    """The Encounter of a booked consultation, unless it has one already."""
    patient = document.patient or ""
    if not parties.is_staff(actor) or not allowed(actor, Deed.CONSULT, patient=patient):
        raise parties.missing()
    if Consultation.objects.filter(appointment=document.logical_id).exists():
        return
    doctor = timetable.first(document.content, "Practitioner")
    starts_at, until = (meeting.moment(document.content[name]) for name in ("start", "end"))
    assert starts_at is not None
    assert until is not None
    encounter = records.create(
        meeting.encounter(
            patient,
            organisation=organisation or actor.organisation or "",
            doctor=f"Practitioner/{doctor}" if doctor else "",
            appointment=document.logical_id,
            medium=medium,
            status="planned",
            planned_at=timezone.localtime(starts_at),
            until=timezone.localtime(until),
            room=meeting.room_of(document.content),
        )
    )
    news(parties.card(encounter.logical_id))


def _invalid(text: str, where: str) -> Invalid:
    return Invalid(text, code="business-rule", where=f"Appointment.{where}")
