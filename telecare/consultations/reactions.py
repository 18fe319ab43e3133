"""Whoever writes an Appointment, by whatever way: its slots are taken and given back, its consultation follows it.

And whoever writes an Encounter: when its consultation is over, so is the call.
"""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from messaging import jobs
from messaging.realtime import publish
from patients.access import Repository, acts, repository
from patients.access.acts import VIDEO
from patients.access.joining import others_of
from patients.accounts.actor import Actor, system
from patients.database import write
from patients.errors import Conflict, Gone, Missing
from patients.records.models import Document
from telecare.consultations import state, topics
from telecare.consultations.models import Consultation, Medium, Room, Waiting
from telecare.consultations.queries import parties
from telecare.consultations.resources import meeting, timetable
from telecare.consultations.room import Visitor

_MOST = 50  # appointments that name one slot
REFUSED = "consultations.refused"
_HOUSE = Visitor("house", "system", "", host=True)  # ends a call that nobody inside has ended


def keep_slots(actor: Actor, document: Document) -> None:
    """Take the slots that an Appointment has come to name, give back those that it holds no longer.

    Raises Conflict if one is taken by another Appointment. Slots whose time has passed stay as they are.
    """
    records = repository(actor.as_system("slots of an appointment"))
    held = frozenset() if document.deleted else timetable.held_by(document.content)
    before = _held_before(records, document)
    for ident in sorted(before - held):
        _give_back(records, ident, document)
    for ident in sorted(held - before):
        _take(records, ident, document)


def follow_appointment(actor: Actor, document: Document) -> None:
    """A consultation is called off with its Appointment, and moves with it. Raises Conflict once it has begun."""
    cards = Consultation.objects.filter(patient=document.patient or "", appointment=document.logical_id)
    card = cards.exclude(status__in=Consultation.OVER).first()
    if card is None:
        return
    records = repository(actor.as_system("consultation of an appointment"))
    if document.deleted or document.content["status"] in timetable.CALLED_OFF:
        call_off(records, card)
        return
    starts_at, until = (meeting.moment(document.content.get(name)) for name in ("start", "end"))
    if card.status == "planned" and starts_at and until and (card.planned_at, card.until) != (starts_at, until):
        encounter = records.read("Encounter", card.id)
        records.update(meeting.with_times(encounter.content, starts_at, until), if_match=encounter.version)
        _tell(card)


def end_refused_calls(actor: Actor, document: Document) -> None:
    """A Consent says no to video: the person's calls in our room end at once, or as soon as the no begins.

    Their consultations stay open.
    """
    said = [] if document.deleted else list(acts.acts_of(document.content, trusted=False))
    if document.patient is None or not any(one.kind == VIDEO for one in said):
        return
    for one in said:
        if one.kind == VIDEO and not one.permit and one.span.since > timezone.now():
            jobs.add(REFUSED, run_at=one.span.since, patient=document.patient)
    _end_unwanted(actor, document.patient)


def end_calls_refused_from_now(patient: str) -> None:
    """The job of the moment from which a person said no to video."""
    with write():
        _end_unwanted(system("a no to video begins"), patient)


def _end_unwanted(actor: Actor, patient: str) -> None:
    whose = {patient, *others_of([patient]).get(patient, ())}
    running = Consultation.objects.filter(patient__in=whose, medium=Medium.OWN).exclude(status__in=Consultation.OVER)
    for card in running:
        if parties.unwanted(card):
            _end_call(repository(actor.as_system("the person does not want video")), card)


def _end_call(records: Repository, card: Consultation) -> None:
    with state.changing(card) as rules:
        if not rules.members:
            return
        state.tell(card.id, rules.end(_HOUSE))
    now = timezone.localtime()
    Waiting.objects.filter(consultation=card.id, left_at=None).update(left_at=now)
    encounter = records.read("Encounter", card.id)
    if card.status == "in-progress":
        records.update(meeting.with_end(encounter.content, now), if_match=encounter.version)
    _tell(card)


def call_off(records: Repository, card: Consultation) -> None:
    """The consultation takes place no more: see `end_call`. Raises Conflict once it has begun."""
    state.locked(card)  # first, as everybody who comes in does: nobody begins it meanwhile
    encounter = records.read("Encounter", card.id)
    if encounter.content["status"] == "in-progress":
        raise Conflict(_("This consultation has begun. End it instead."))
    records.update(
        meeting.with_status(encounter.content, "cancelled", timezone.localtime()), if_match=encounter.version
    )


def end_call(actor: Actor, document: Document) -> None:
    """Nobody stays in the room of a consultation that is over, nobody comes in, and nobody waits for it any more."""
    card = _over(document)
    if card is None:
        return
    with state.changing(card) as rules:
        state.tell(card.id, rules.close())
        Waiting.objects.filter(consultation=card.id, left_at=None).update(left_at=timezone.now())
        _tell(card)


def _over(document: Document) -> Consultation | None:
    """The card of a consultation that this Encounter has come to call over. One that is new has no room yet."""
    if document.version == 1:
        return None
    card = Consultation.objects.filter(id=document.logical_id).first()
    if card is None and document.deleted and Room.objects.filter(consultation=document.logical_id).exists():
        return Consultation(
            id=document.logical_id, patient=document.patient or "", organisation=document.custodian or ""
        )
    return card if card is not None and card.over else None


def _tell(card: Consultation) -> None:
    publish.on_commit(topics.room(card.id), "consultation.changed")
    for organisation in {card.organisation, card.caller} - {""}:
        publish.on_commit(topics.waiting(organisation), "waiting.changed")


def _held_before(records: Repository, document: Document) -> frozenset[str]:
    if document.version == 1:
        return frozenset()
    try:
        return timetable.held_by(records.version("Appointment", document.logical_id, document.version - 1).content)
    except Gone:
        return frozenset()


def _take(records: Repository, ident: str, document: Document) -> None:
    try:
        found = records.read("Slot", ident)
    except Missing:  # it names what is not here
        return
    slot = timetable.slot(found.content)
    if slot.until <= timezone.now():
        return
    if slot.status in timetable.NEVER or (not slot.overbooked and _others(records, ident, document)):
        raise Conflict(_("This time is taken already. Please choose another one."))
    records.update({**found.content, "status": timetable.BUSY}, if_match=found.version)


def _give_back(records: Repository, ident: str, document: Document) -> None:
    try:
        found = records.read("Slot", ident)
    except Missing:
        return
    slot = timetable.slot(found.content)
    if slot.status == timetable.BUSY and slot.until > timezone.now() and not _others(records, ident, document):
        records.update({**found.content, "status": timetable.FREE}, if_match=found.version)


def _others(records: Repository, ident: str, document: Document) -> bool:
    """Whether another Appointment holds the slot."""
    found = records.search("Appointment", [("slot", f"Slot/{ident}")], count=_MOST).rows
    return any(one.pk != document.pk and ident in timetable.held_by(one.content) for one in found)
