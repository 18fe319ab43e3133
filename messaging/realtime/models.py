"""Tickets: how a client that can send neither cookie nor header with its socket shows who it is."""

from __future__ import annotations

from django.db import models


class Ticket(models.Model):
    """A ticket that was issued and not redeemed. It is known by its digest only and holds no credential."""

    digest = models.BinaryField(max_length=32, primary_key=True)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return "ticket"
