"""The state of a room in its row: opened, changed under a lock, sealed again; and what follows told after commit."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial

import msgspec
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from messaging.realtime import publish
from patients import vault
from patients.access import turns
from patients.database import write
from patients.errors import Conflict, Denied, Gone, Invalid, Missing, Problem
from telecare.consultations import topics
from telecare.consultations.models import Consultation, Room
from telecare.consultations.room import Message, Reason, Refused
from telecare.consultations.room import Room as Rules

_KIND = "consultation room"
_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(Rules)


def seen(consultation: str) -> Rules:
    """The room as it is now, to read. A room in which nobody ever was is an empty one."""
    row = Room.objects.filter(consultation=consultation).first()
    return _opened(row) if row else Rules()


@contextmanager
def changing(card: Consultation) -> Iterator[Rules]:
    """The room, kept from others until the end of the transaction; stored when the block has changed it.

    Rights on the patient, and what the person says of video, stay as they are meanwhile: who acts is asked inside.
    """
    with write():
        row = locked(card)
        rules = _opened(row)
        before = _encoder.encode(rules)
        with in_words():
            yield rules
        after = _encoder.encode(rules)
        if after != before:
            row.key = row.key or vault.key_for(patient=card.patient, custodian=card.organisation)
            row.version += 1
            row.state = vault.seal(row.key, _KIND, card.id, row.version, after)
            row.ended_at = (row.ended_at or timezone.now()) if rules.ended else None
            row.save(update_fields=["state", "key", "version", "ended_at"])


def locked(card: Consultation) -> Room:
    """The row of a room, made when there is none, kept from others until the end of the transaction."""
    turns.beside([card.patient])  # before any row, as everybody who writes in a record does
    row = Room.objects.select_for_update().filter(consultation=card.id).first()
    if row is None:
        Room.objects.bulk_create([Room(consultation=card.id)], ignore_conflicts=True)
        row = Room.objects.select_for_update().get(consultation=card.id)
    return row


def tell(consultation: str, messages: Iterable[Message]) -> None:
    """Send what the room says to those whom it concerns: after commit, or now when nothing is being written."""
    for message in messages:
        topic = topics.seat(consultation, message.to)
        transaction.on_commit(partial(publish, topic, message.on, data=dict(message.data), urgent=True), robust=True)


def now() -> float:
    """Seconds, the same for all processes and after a restart."""
    return time.time()


@contextmanager
def in_words() -> Iterator[None]:
    """What the rules refuse, in words for people."""
    try:
        yield
    except Refused as refused:
        raise _problem(refused.reason) from refused


def _opened(row: Room) -> Rules:
    if not row.state:
        return Rules()
    return _decoder.decode(vault.unseal(row.key, _KIND, row.consultation, row.version, bytes(row.state)))


def _problem(reason: Reason) -> Problem:
    match reason:
        case Reason.ENDED:
            return Gone(_("This call has ended."))
        case Reason.FULL:
            return Conflict(_("Four people are in this call already. Somebody has to leave first."))
        case Reason.NOT_ADMITTED:
            return Denied(_("You have not been let in yet. Please stay in the waiting room."))
        case Reason.NOT_A_MEMBER:
            return Missing(_("You are not in this call any more. Please come in again."))
        case Reason.NOT_THE_HOST:
            return Denied(_("Only the practice or the nursing service can do this."))
        case Reason.TOO_LONG | Reason.NOT_A_SIGNAL:
            return Invalid(_("Your browser sent something that we do not understand. Please reload the page."))
