"""What lets people in and is over goes: sessions, tokens, and counts of failed tries."""

from __future__ import annotations

from datetime import datetime
from importlib import import_module

from django.conf import settings
from django.db.models import Q

from patients.accounts.attempts import FORGOTTEN_AFTER
from patients.accounts.models import Attempt, Token
from patients.database import write


def purge(now: datetime) -> int:
    """Take out what is of no use any more at this moment; how many rows, without the sessions."""
    with write():
        tokens, _ = Token.objects.filter(expires_at__lt=now).delete()
        forgotten = Q(known_until=None) | Q(known_until__lt=now)
        attempts, _ = Attempt.objects.filter(forgotten, last_at__lt=now - FORGOTTEN_AFTER).delete()
        import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    return tokens + attempts
