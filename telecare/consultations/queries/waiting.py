"""The waiting room as staff sees it: one object, with a bounded number of statements however many wait."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from patients.access import Repository, repository
from patients.accounts.actor import Actor
from patients.accounts.models import User
from patients.network import queries as network
from patients.network.queries import Person
from telecare.consultations.models import INVITED, VIDEO_MEDIA, Consultation, Invitation, Medium, Waiting
from telecare.consultations.queries import parties
from telecare.consultations.queries.cards import Taken, with_taken

STAFF_VISITOR = "account:"
_OPEN = ("arrived", "in-progress", "onleave", "triaged")
MOST = 60


@dataclass(frozen=True, slots=True)
class State:
    """A word with its shape: ok, watch, urgent, info or idle."""

    state: str
    word: str


@dataclass(frozen=True, slots=True)
class Name:
    """What somebody is called; `knocked`: came without the PIN."""

    text: str
    knocked: bool = False


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who waits for a consultation, and how they are prepared."""

    key: str
    name: str
    role: str
    since: datetime
    connected: bool
    states: tuple[State, ...]
    staff: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A consultation with those who wait for it. `on_site` names the nurse who is with the patient."""

    id: str
    patient: str
    name: str
    year: int | None
    medium: str
    status: str
    planned_at: datetime | None
    since: datetime | None
    reason: str
    on_site: str
    taken_by: str
    taken_at: datetime | None
    mine: bool
    unattended: bool
    phone: str
    unwanted: bool = False  # the person says no to video, or to this call
    visitors: tuple[Visitor, ...] = ()

    @property
    def states(self) -> tuple[State, ...]:
        """Readiness of the patient's side in words; that the person refuses the call comes first."""
        ready = self.visitors[0].states if self.visitors else ()
        return (State("urgent", _("Does not want video")), *ready) if self.unwanted else ready

    @property
    def by_phone(self) -> bool:
        return self.medium == Medium.TELEPHONE


@dataclass(frozen=True, slots=True)
class WaitingRoom:
    """consultations/waiting_room.html: who waits, what is open, what comes today."""

    organisation: str
    topic: str
    waiting: tuple[Row, ...]
    open: tuple[Row, ...]
    planned: tuple[Row, ...]


def waiting_room(actor: Actor, *, records: Repository | None = None) -> WaitingRoom:
    """The waiting room of the actor's organisation. Raises Missing for who is no staff."""
    if not parties.is_staff(actor) or actor.organisation is None:
        raise parties.missing()
    if records is None:
        with repository(actor).look("waiting room") as gathered:
            return waiting_room(actor, records=gathered)
    organisation = actor.organisation
    queue: dict[str, list[Waiting]] = defaultdict(list)
    rows = Waiting.objects.filter(organisation=organisation, admitted_at=None, left_at=None).order_by("arrived_at")
    for row in rows[:MOST]:
        queue[row.consultation].append(row)
    cards, taken = _cards(organisation, list(queue))
    found = _rows(actor, records, cards, taken, queue)
    waiting = [found[ident] for ident in queue if ident in found]
    begun = [row for row in found.values() if row.id not in queue and row.status in _OPEN]
    planned = [row for row in found.values() if row.id not in queue and row.status == "planned"]
    names = network.names([f"Organization/{organisation}"])
    return WaitingRoom(
        organisation=names.get(f"Organization/{organisation}", ""),
        topic=f"waiting:{organisation}",
        waiting=tuple(waiting),
        open=tuple(sorted(begun, key=_planned)),
        planned=tuple(sorted(planned, key=_planned)),
    )


def waits(consultation: str) -> tuple[Visitor, ...]:
    """Those who wait to be let into one consultation. For staff who may see it."""
    rows = list(
        Waiting.objects.filter(consultation=consultation, admitted_at=None, left_at=None).order_by("arrived_at")
    )
    called = _called(rows)
    return tuple(_visitor(row, called) for row in rows)


def next_waiting(actor: Actor, but: str) -> tuple[str, datetime] | None:
    """Who waits next, besides this consultation, and since when."""
    row = (
        Waiting.objects.filter(organisation=actor.organisation or "", admitted_at=None, left_at=None)
        .exclude(consultation=but)
        .order_by("arrived_at")
        .first()
    )
    if row is None:
        return None
    card = Consultation.objects.filter(id=row.consultation).first()
    if card is None:
        return None
    patient = repository(actor).read_many("Patient", [card.patient]).get(card.patient)
    return (network.card(patient).name, row.arrived_at) if patient else None


def _cards(organisation: str, waiting: list[str]) -> tuple[list[Consultation], dict[str, Taken]]:
    """Those who wait, those begun, and those planned for today; the practice's own and those it called in to."""
    begin = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    own = Consultation.objects.filter(organisation=organisation)
    today = own.filter(status="planned", planned_at__gte=begin, planned_at__lt=begin + timedelta(days=1))
    begun = own.filter(status__in=_OPEN, planned_at__gte=begin - timedelta(days=14))
    called = Consultation.objects.filter(caller=organisation, status__in=_OPEN, planned_at__gte=begin)
    every = Consultation.objects.filter(id__in=waiting) | today | begun | called
    return with_taken(every.order_by("planned_at")[: 2 * MOST])


def _rows(
    actor: Actor,
    records: Repository,
    cards: list[Consultation],
    taken: dict[str, Taken],
    queue: dict[str, list[Waiting]],
) -> dict[str, Row]:
    booked = {card.appointment for card in cards if card.appointment}
    read = records.read_those({"Patient": {card.patient for card in cards}, "Appointment": booked})
    called = _called([row for rows in queue.values() for row in rows])
    unwanted = parties.unwanted_among([card for card in cards if card.medium in VIDEO_MEDIA])
    found = {}
    for card in cards:
        if ("Patient", card.patient) not in read:
            continue
        appointment = read.get(("Appointment", card.appointment))
        reason = appointment.content.get("description", "") if appointment else ""
        visitors = tuple(_visitor(row, called) for row in queue.get(card.id, ()))
        alarmed = any(row.alarmed_at for row in queue.get(card.id, ()))
        person = network.card(read["Patient", card.patient])
        row = _row(actor, card, person, taken[card.id], reason, visitors, alarmed)
        found[card.id] = replace(row, unwanted=card.id in unwanted)
    return found


def _row(
    actor: Actor,
    card: Consultation,
    person: Person,
    taken: Taken,
    reason: str,
    visitors: tuple[Visitor, ...],
    alarmed: bool,
) -> Row:
    ordered = sorted(visitors, key=lambda visitor: visitor.role != "patient")
    return Row(
        id=card.id,
        patient=card.patient,
        name=person.name,
        year=person.birth_date.year if person.birth_date else None,
        medium=card.medium,
        status=card.status,
        planned_at=card.planned_at,
        since=min((visitor.since for visitor in visitors), default=None),
        reason=reason,
        on_site=next((visitor.name for visitor in visitors if visitor.staff), ""),
        taken_by=taken.by,
        taken_at=taken.at,
        mine=taken.account is not None and taken.account == actor.account,
        unattended=alarmed and taken.account is None,
        phone=person.phone,
        visitors=tuple(ordered),
    )


def _visitor(row: Waiting, called: dict[str, Name]) -> Visitor:
    now = timezone.now()
    name = called.get(row.visitor, Name(""))
    return Visitor(
        key=row.visitor,
        name=name.text,
        role=row.role,
        since=row.arrived_at,
        connected=row.connected(now),
        states=tuple(_states(row, now, name.knocked)),
        staff=row.visitor.startswith(STAFF_VISITOR) and row.role not in ("patient", "representative"),
    )


def _states(row: Waiting, now: datetime, knocked: bool) -> list[State]:
    states = []
    if not row.connected(now):
        states.append(State("watch", _("Not connected just now")))
    if row.wants_call:
        states.append(State("urgent", _("Asks to be called")))
    elif row.sound and row.picture:
        states.append(State("ok", _("Sound and picture ready")))
    elif row.sound:
        states.append(State("info", _("Sound only")))
    else:
        states.append(State("info", _("Writes only")))
    if row.weak:
        states.append(State("watch", _("Weak line")))
    if knocked:
        states.append(State("watch", _("Without the number: recognise by face and voice")))
    return states


def _called(rows: list[Waiting]) -> dict[str, Name]:
    """What those who wait are called, by visitor."""
    keys = {row.visitor for row in rows}
    accounts, invitations = (
        [int(key.removeprefix(kind)) for key in keys if key.startswith(kind)] for kind in (STAFF_VISITOR, INVITED)
    )
    found = {
        one.visitor: Name(parties.guest_name(one), one.knocked) for one in Invitation.objects.filter(pk__in=invitations)
    }
    persons = dict(User.objects.filter(pk__in=accounts).values_list("pk", "person"))
    names = network.names(persons.values())
    found |= {f"{STAFF_VISITOR}{number}": Name(names.get(person, "")) for number, person in persons.items()}
    return found


def _planned(row: Row) -> float:
    return row.planned_at.timestamp() if row.planned_at else 0.0
