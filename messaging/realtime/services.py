"""Issue and redeem tickets."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.utils import timezone

from messaging.realtime.authentication import Credential
from messaging.realtime.models import Ticket
from patients import vault
from patients.database import write

LIFETIME = timedelta(seconds=60)
PURPOSE = "socket ticket"


def issue(credential: Credential) -> str:
    """A ticket that opens one socket within a minute, as the one who holds `credential`."""
    number = secrets.token_urlsafe(16)
    now = timezone.now()
    with write():
        Ticket.objects.filter(expires_at__lt=now).delete()
        Ticket.objects.create(digest=vault.mac(PURPOSE, number), expires_at=now + LIFETIME)
    return vault.sealed_token(PURPOSE, {"number": number, "kind": credential.kind, "value": credential.value})


def forget_tickets(now: datetime) -> int:
    """Take out tickets that were never used and are over at this moment; how many."""
    with write():
        return Ticket.objects.filter(expires_at__lt=now).delete()[0]


def redeem(ticket: str) -> Credential | None:
    """What the ticket stands for, once. None when it is not ours, too old or was used."""
    try:
        content = vault.opened_token(PURPOSE, ticket)
    except vault.Unreadable:
        return None
    with write():
        used, _ = Ticket.objects.filter(
            digest=vault.mac(PURPOSE, content["number"]), expires_at__gte=timezone.now()
        ).delete()
    return Credential(content["kind"], content["value"]) if used else None
