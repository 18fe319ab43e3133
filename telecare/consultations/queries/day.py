"""Consultations as start pages list them: who waits, who is expected today, what is next, what was written."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta

from django.db import connection
from django.db.models import CharField, Exists, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from patients.access import Repository, Search
from patients.accounts.actor import Actor
from patients.database import Number
from patients.network import queries as network
from telecare.consultations.models import INVITED, VIDEO_MEDIA, Consultation, Invitation, Room, Waiting
from telecare.consultations.queries import parties
from telecare.consultations.queries.cards import Taken, with_taken
from telecare.consultations.resources import note
from telecare.consultations.resources.note import Part

EARLY = timedelta(minutes=30)  # how long before the appointment the waiting room opens
LATE = timedelta(hours=2)  # how long after it one is still looked for
MOST = 50
NOTES = 20
_UNDER_WAY = ("arrived", "triaged", "in-progress", "onleave")


@dataclass(frozen=True, slots=True)
class Expected:
    """One consultation of today. `arrived_at` is None while nobody of the patient's side is there."""

    id: str
    patient: str
    medium: str
    status: str
    at: datetime | None
    arrived_at: datetime | None
    doctor: str  # reference, "" when open
    doctor_name: str
    caller_name: str  # the organisation that called in, when it is another
    taken_by: str
    taken_at: datetime | None
    waiting: tuple[Waiting, ...] = field(default=())
    weak: bool = False
    unwanted: bool = False  # the person says no to video, or to this call
    knocked: bool = False  # somebody came without the PIN: to be recognised by face and voice


@dataclass(frozen=True, slots=True)
class Upcoming:
    """A patient's next consultation."""

    id: str
    patient: str
    at: datetime | None
    medium: str
    with_words: str
    open_now: bool


@dataclass(frozen=True, slots=True)
class NoteOf:
    """The note of one consultation as a list shows it: `complete` when both professions have signed."""

    consultation: str
    title: str
    at: datetime
    authors: tuple[str, ...]
    complete: bool


def waiting_count(actor: Actor) -> Number:
    """In how many consultations of the actor's organisation somebody waits."""
    alive = connection.ops.adapt_datetimefield_value(timezone.now() - Waiting.GONE_AFTER)
    return Number(
        "SELECT COUNT(DISTINCT w.consultation) FROM consultations_waiting w WHERE w.organisation = %s"
        " AND w.admitted_at IS NULL AND w.left_at IS NULL AND w.seen_at >= %s",
        (actor.organisation or "", alive),
    )


def expected(actor: Actor) -> list[Expected]:
    """Today's consultations of the actor's organisation, and those that it called in: who waits first, then by time.

    Around midnight also those of the last hours, and those whose waiting room is open.
    """
    if actor.organisation is None:
        return []
    now, midnight = timezone.now(), timezone.make_aware(datetime.combine(timezone.localdate(), time.min))
    begin, end = min(midnight, now - LATE), max(midnight + timedelta(days=1), now + EARLY)
    cards, taken = with_taken(
        Consultation.objects.filter(Q(organisation=actor.organisation) | Q(caller=actor.organisation))
        .filter(planned_at__gte=begin, planned_at__lt=end)
        .exclude(status__in=Consultation.OVER)
        .order_by("planned_at")[:MOST]
    )
    return _expected(cards, taken, actor.organisation)


def under_way(actor: Actor, patient_id: str) -> str | None:
    """The consultation about this patient in which somebody waits or talks now, of the actor's organisation."""
    if actor.organisation is None:
        return None
    own = Q(organisation=actor.organisation) | Q(caller=actor.organisation)
    since = timezone.now() - timedelta(hours=12)
    cards = Consultation.objects.filter(own, patient=patient_id, planned_at__gte=since, status__in=_UNDER_WAY)
    ended = Room.objects.filter(ended_at__isnull=False).values("consultation")
    return cards.exclude(id__in=ended).order_by("-planned_at").values_list("id", flat=True).first()


def next_of(patients: Collection[str]) -> Upcoming | None:
    """The next consultation of a patient, or of one's several records. The caller knows that the reader takes part."""
    if not patients:
        return None
    since = timezone.now() - LATE
    card = (
        Consultation.objects.filter(patient__in=patients, planned_at__gte=since)
        .exclude(status__in=Consultation.OVER)
        .order_by("planned_at")
        .first()
    )
    if card is None:
        return None
    place = f"Organization/{card.organisation}"
    names = network.names([card.doctor, place])
    return Upcoming(
        id=card.id,
        patient=card.patient,
        at=card.planned_at,
        medium=card.medium,
        with_words=names.get(card.doctor) or names.get(place, ""),
        open_now=card.planned_at is not None and card.planned_at - EARLY <= timezone.now(),
    )


def notes_of(*patients: str, records: Repository) -> list[NoteOf]:
    """The notes about a patient that the reader may see, the newest first; both parts of one are one line."""
    parts: dict[str, list[tuple[note.NotePart, str]]] = {}
    for document in records.search(*note_search(*patients)).rows:
        read = note.read(document.content)
        encounter = document.content.get("encounter", {}).get("reference", "").removeprefix("Encounter/")
        if read is not None and read.at is not None and encounter:
            parts.setdefault(encounter, []).append((read, document.content.get("title", "")))
    names = network.names({read.author for found in parts.values() for read, _ in found})
    return [_note(encounter, found, names) for encounter, found in list(parts.items())[:NOTES]]


def note_search(*patients: str) -> Search:
    """What `notes_of` reads, for pages that read it together with other things."""
    whose = ("patient", ",".join(f"Patient/{one}" for one in patients))
    return "Composition", (whose, ("_sort", "-date"), ("_count", str(NOTES * 2)), ("_total", "none"))


def _note(encounter: str, found: list[tuple[note.NotePart, str]], names: dict[str, str]) -> NoteOf:
    return NoteOf(
        consultation=encounter,
        title=found[0][1],
        at=max(read.at for read, _ in found if read.at),
        authors=tuple(dict.fromkeys(names.get(read.author, "") for read, _ in found)),
        complete={read.part for read, _ in found} == set(Part),
    )


def _expected(cards: Sequence[Consultation], taken: Mapping[str, Taken], organisation: str) -> list[Expected]:
    queues: dict[str, list[Waiting]] = {}
    knocking = set()
    invited = Invitation.objects.annotate(visitor_key=Concat(Value(INVITED), Cast("pk", CharField())))
    knocked = invited.filter(consultation=OuterRef("consultation"), knocked=True, visitor_key=OuterRef("visitor"))
    waiting = Waiting.objects.filter(consultation__in=[card.id for card in cards], left_at=None)
    for row in waiting.annotate(knocked=Exists(knocked)).order_by("arrived_at"):
        queues.setdefault(row.consultation, []).append(row)
        if row.knocked:
            knocking.add(row.visitor)
    unwanted = parties.unwanted_among([card for card in cards if card.medium in VIDEO_MEDIA])
    callers = {f"Organization/{card.caller}" for card in cards if card.caller and card.caller != card.organisation}
    names = network.names({*(card.doctor for card in cards), *callers})
    rows = [_one(card, queues.get(card.id, []), taken[card.id], names, organisation, knocking) for card in cards]
    rows = [replace(one, unwanted=one.id in unwanted) for one in rows]
    return sorted(rows, key=lambda one: (one.arrived_at is None, one.arrived_at or one.at or timezone.now()))


def _one(
    card: Consultation,
    queue: list[Waiting],
    taken: Taken,
    names: dict[str, str],
    organisation: str,
    knocking: set[str],
) -> Expected:
    called = card.caller if card.caller and card.caller not in (card.organisation, organisation) else ""
    return Expected(
        id=card.id,
        patient=card.patient,
        medium=card.medium,
        status=card.status,
        at=card.planned_at,
        arrived_at=queue[0].arrived_at if queue else None,
        doctor=card.doctor,
        doctor_name=names.get(card.doctor, ""),
        caller_name=names.get(f"Organization/{called}", "") if called else "",
        taken_by=taken.by,
        taken_at=taken.at,
        waiting=tuple(queue),
        weak=any(row.weak for row in queue),
        knocked=any(row.visitor in knocking for row in queue),
    )
