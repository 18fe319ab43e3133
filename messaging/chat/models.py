"""Threads, their messages, and how far each person has read."""

from __future__ import annotations

import secrets
import uuid

from django.conf import settings
from django.db import models


def new_epoch() -> str:
    """A name for a row of seqs. A restored backup gets another: what clients know beyond it never happened."""
    return secrets.token_hex(8)


class Thread(models.Model):
    """The one conversation of a patient's care team. `head` is the seq of its last message; seqs have no gaps."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    patient = models.CharField(max_length=64, unique=True)  # logical id
    head = models.PositiveBigIntegerField(default=0)
    epoch = models.CharField(max_length=16, default=new_epoch)
    key = models.CharField(max_length=36)  # id of the data key in patients.vault
    last_at = models.DateTimeField(null=True)  # of the last message

    class Meta:
        indexes = [models.Index(fields=["last_at"], name="thread_by_last_message")]

    def __str__(self) -> str:
        return f"thread {self.id}"


class Message(models.Model):
    """One message of a thread. It is never changed: an edit or a retraction is a further message.

    Person, role and organisation are those in which it was written; they stay when its author moves on.
    """

    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="messages")
    seq = models.PositiveBigIntegerField()
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True)  # null: the system
    person = models.CharField(max_length=100)  # FHIR reference
    role = models.CharField(max_length=32)
    organisation = models.CharField(max_length=64, blank=True)
    cid = models.UUIDField()  # chosen by the client, so that a resend is recognised
    body = models.BinaryField()  # sealed JSON, bound to thread and seq
    sent_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["thread", "seq"], name="message_one_place_in_the_thread"),
            models.UniqueConstraint(fields=["sender", "cid"], name="message_sent_once"),
        ]

    def __str__(self) -> str:
        return f"message {self.seq} of thread {self.thread_id}"


class Mark(models.Model):
    """How far an account has read a thread. It only moves forward."""

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="marks")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    seq = models.PositiveBigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["thread", "account"], name="mark_once_per_thread_and_account")]

    def __str__(self) -> str:
        return f"mark of account {self.account_id} in thread {self.thread_id}"
