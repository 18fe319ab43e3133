"""What lets people in and is over goes: sessions, tokens, printed codes, turns at a shared device, failed tries."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from patients.accounts import shared
from patients.accounts.attempts import FORGOTTEN_AFTER
from patients.accounts.models import Attempt, OneTimeCode, Session, Token, Turn
from patients.database import write


def purge(now: datetime) -> int:
    """Take out what is of no use any more at this moment; how many rows."""
    forgotten = Q(known_until=None) | Q(known_until__lt=now)
    with write():
        gone = [
            Session.objects.filter(expires_at__lt=now),
            Token.objects.filter(expires_at__lt=now),
            OneTimeCode.objects.filter(Q(expires_at__lt=now) | Q(used_at__isnull=False)),
            Turn.objects.filter(since__lt=now - shared.SHIFT),
            Attempt.objects.filter(forgotten, last_at__lt=now - FORGOTTEN_AFTER),
        ]
        return sum(rows.delete()[0] for rows in gone)
