"""The waiting room: come, stay, be let in, and an alarm when nobody looks after those who wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from messaging.realtime import publish
from patients.access import repository, turns
from patients.accounts.actor import Actor
from patients.database import write
from patients.errors import Gone
from telecare.consultations import state, topics
from telecare.consultations.models import Consultation, Room, Waiting
from telecare.consultations.queries import parties
from telecare.consultations.resources import meeting
from telecare.consultations.services.documents import news, revise
from telecare.consultations.services.rooms import claim_for

_STILL_TO_COME = {"planned": "arrived"}


@dataclass(frozen=True, slots=True)
class Place:
    """What somebody who waits is told. `state`: waiting, admitted, ended; `by`: who has taken it on."""

    state: str
    place: int = 0
    by: str = ""


def wait(
    actor: Actor,
    consultation: str,
    *,
    sound: bool = False,
    picture: bool = False,
    weak: bool = False,
    wants_call: bool = False,
) -> Place:
    """Sit down in the waiting room, or say anew how one is prepared. Coming back keeps the place."""
    card, visitor = parties.taking_part(actor, consultation)
    if card.over:
        raise Gone(_("This appointment is over. You need not do anything."))
    now = timezone.now()
    prepared = {"sound": sound, "picture": picture, "weak": weak, "wants_call": wants_call}
    with write():
        turns.beside([card.patient])
        parties.taking_part(actor, consultation)
        row = Waiting.objects.select_for_update().filter(consultation=card.id, visitor=visitor.key).first()
        if row is None:
            row = Waiting(consultation=card.id, organisation=card.organisation, visitor=visitor.key, role=visitor.role)
            row.arrived_at = now
        elif row.left_at is not None:
            row.arrived_at, row.left_at, row.admitted_at = now, None, None
        row.seen_at = now
        for name, value in prepared.items():
            setattr(row, name, value)
        row.save()
        if card.status in _STILL_TO_COME:
            records = repository(actor.as_system("arrived in the waiting room"))
            revise(records, "Encounter", card.id, _arrived)
        news(card)
    return _place(card, row)


def look(actor: Actor, consultation: str) -> Place:
    """Ask for one's place; at the same time the sign of life that keeps it."""
    card, visitor = parties.taking_part(actor, consultation)
    with write():
        row = Waiting.objects.filter(consultation=card.id, visitor=visitor.key).first()
        if row is None or (row.left_at is not None and not card.over):
            raise Gone(_("You are not in the waiting room any more. Please come in again."))
        back = not row.connected(timezone.now())
        Waiting.objects.filter(pk=row.pk).update(seen_at=timezone.now())
        if back:
            publish.on_commit(topics.waiting(row.organisation), "waiting.changed")
    return _place(card, row)


def send_away(actor: Actor, consultation: str) -> None:
    """Leave the waiting room of one's own accord."""
    card, visitor = parties.taking_part(actor, consultation)
    with write():
        Waiting.objects.filter(consultation=card.id, visitor=visitor.key, left_at=None).update(left_at=timezone.now())
        news(card)


def admit(actor: Actor, consultation: str, visitor: str) -> None:
    """Let one person in. Who does so takes the consultation on; a colleague who was faster is named (Conflict)."""
    card = parties.staffed(actor, consultation)
    with state.changing(card) as rules:
        parties.staffed(actor, consultation)
        row = Waiting.objects.select_for_update().filter(consultation=card.id, visitor=visitor, left_at=None).first()
        if row is None:
            raise Gone(_("This person has left the waiting room."))
        claim_for(actor, card)
        rules.admit(parties.host(actor), visitor)
        Waiting.objects.filter(pk=row.pk).update(admitted_at=timezone.now())
        records = repository(actor.as_system("let in from the waiting room"))
        revise(records, "Encounter", card.id, _begun)
        publish.on_commit(topics.room(card.id), "waiting.changed")
        news(card)


def agree(actor: Actor, consultation: str, by: str) -> None:
    """Record that the patient, or who speaks for them, agreed to video by word of mouth."""
    card = parties.staffed(actor, consultation)
    with write():
        now = timezone.localtime()
        revise(repository(actor), "Encounter", card.id, lambda content: meeting.with_consent(content, by.strip(), now))
        news(card)


def alarm_unattended() -> None:
    """A timer: tell the staff of those who wait too long and whom nobody has taken on. Once for each."""
    now = timezone.now()
    late = Waiting.objects.filter(
        Q(admitted_at=None) & Q(left_at=None) & Q(alarmed_at=None),
        arrived_at__lt=now - timedelta(minutes=settings.WAITING_ALARM_MINUTES),
        seen_at__gte=now - Waiting.GONE_AFTER,
    )
    with write():
        forgotten = Waiting.objects.filter(admitted_at=None, left_at=None, seen_at__lt=now - Waiting.GONE_AFTER)
        organisations = set(forgotten.values_list("organisation", flat=True))
        forgotten.update(left_at=now)
        taken = set(
            Room.objects.filter(consultation__in=late.values("consultation"), claimed_by__isnull=False).values_list(
                "consultation", flat=True
            )
        )
        for row in late:
            if row.consultation not in taken:
                Waiting.objects.filter(pk=row.pk).update(alarmed_at=now)
                publish.on_commit(topics.waiting(row.organisation), "waiting.unattended", id=row.consultation)
        for organisation in organisations:
            publish.on_commit(topics.waiting(organisation), "waiting.changed")


def _place(card: Consultation, row: Waiting) -> Place:
    room = Room.objects.filter(consultation=card.id).first()
    by = room.claimed_name if room else ""
    if card.over:
        return Place("ended", by=by)
    if row.admitted_at is not None:
        return Place("admitted", by=by)
    return Place("waiting", parties.place(row), by)


def _arrived(content: meeting.Content) -> meeting.Content | None:
    if content["status"] != "planned":
        return None
    return meeting.with_status(content, "arrived", timezone.localtime())


def _begun(content: meeting.Content) -> meeting.Content | None:
    if content["status"] not in ("planned", "arrived", "triaged"):
        return None
    return meeting.with_status(content, "in-progress", timezone.localtime())
