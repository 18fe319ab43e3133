"""What is known about a call besides its record goes: who waited, who was invited, the state of the room."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from patients.database import write
from telecare.consultations.models import Consultation, Invitation, Room, Waiting

_AT_ONCE = 500


def forget_calls(before: datetime) -> int:
    """Take out rooms, places in the queue and invitations of calls that were over before this moment; how many rows.

    Encounter, note and tasks are the patient's record and stay. A part of the note that is not signed yet stays too.
    """
    rows = 0
    while number := _forget_invitations(before):
        rows += number
    while number := _forget_places(before):
        rows += number
    while number := _forget_rooms(before):
        rows += number
    return rows


def _forget_invitations(before: datetime) -> int:
    with write():
        old = Invitation.objects.filter(closes_at__lt=before).values_list("pk", flat=True)[:_AT_ONCE]
        return Invitation.objects.filter(pk__in=list(old)).delete()[0]


def _forget_places(before: datetime) -> int:
    with write():
        old = Waiting.objects.filter(seen_at__lt=before).values_list("pk", flat=True)[:_AT_ONCE]
        return Waiting.objects.filter(pk__in=list(old)).delete()[0]


def _forget_rooms(before: datetime) -> int:
    """A room says itself when its call ended; otherwise it is as old as its consultation, or as whoever took it on."""
    with write():
        cards = Consultation.objects.filter(Q(until__lt=before) | Q(until=None, planned_at__lt=before))
        never_ended = Q(claimed_at__lt=before) | Q(claimed_at=None, consultation__in=cards.values("id"))
        over = Q(ended_at__lt=before) | Q(never_ended, ended_at=None)
        old = Room.objects.filter(over).values_list("pk", flat=True)[:_AT_ONCE]
        return Room.objects.filter(pk__in=list(old)).delete()[0]
