"""The log of who did what, when, for whom and why, and the seals over it. Rows are added, never changed
(`append_only`).
"""

from __future__ import annotations

from django.db import models


class AuditEvent(models.Model):
    """One look or one act of one actor, about at most one patient. Ids only, so that it outlives an erasure.

    The id grows with time and is given by us, not by the database: so the MAC binds it, at the cost of one INSERT.
    """

    id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    account = models.BigIntegerField(null=True)
    person = models.CharField(max_length=100)  # FHIR reference; empty for the system and for strangers
    role = models.CharField(max_length=32)
    organisation = models.CharField(max_length=64)
    purpose = models.CharField(max_length=16)
    reason = models.CharField(max_length=200)  # a code or an id; what a person wrote stands sealed in its document
    action = models.CharField(max_length=32)
    outcome = models.CharField(max_length=16)
    patient = models.CharField(max_length=64)
    type = models.CharField(max_length=32)
    ident = models.CharField(max_length=64)
    version = models.PositiveIntegerField(null=True)
    digest = models.BinaryField(max_length=32, null=True)  # SHA-256 of the sealed body that was written
    source = models.CharField(max_length=16)
    detail = models.TextField()  # further ids
    mac = models.BinaryField(max_length=32)

    class Meta:
        db_table = "audit_event"
        indexes = [
            models.Index(fields=["patient", "id"], name="audit_event_by_patient"),
            models.Index(fields=["account", "id"], name="audit_event_by_account"),
            models.Index(fields=["organisation", "id"], name="audit_event_by_organisation"),
            models.Index(fields=["person", "id"], name="audit_event_by_person"),
        ]

    def __str__(self) -> str:
        return self.logical_id

    @property
    def logical_id(self) -> str:
        """The id of the AuditEvent that FHIR clients read."""
        return f"audit-{self.id}"


class Seal(models.Model):
    """What binds the rows of a short while to all that were sealed before: none can be changed or taken out unnoticed.

    On PostgreSQL a row may be committed after later ones were sealed: therefore the ids are listed, see `seals`.
    """

    number = models.BigIntegerField(primary_key=True)  # 1, 2, 3 …
    made_at = models.DateTimeField()
    first = models.BigIntegerField()  # the least id of its rows
    last = models.BigIntegerField()
    rows = models.PositiveIntegerField()
    ids = models.BinaryField()  # 8 bytes each, ascending
    digest = models.BinaryField(max_length=32)  # SHA-256 over the MACs of the rows, in the order of the ids
    previous = models.BinaryField(max_length=32)  # MAC of the seal before
    mac = models.BinaryField(max_length=32)

    class Meta:
        db_table = "audit_seal"
        indexes = [models.Index(fields=["last"], name="audit_seal_by_last")]

    def __str__(self) -> str:
        return f"seal {self.number}"


class Chain(models.Model):
    """Where the chain of seals begins and ends, and which process makes the next one. One row."""

    id = models.PositiveSmallIntegerField(primary_key=True)  # 1
    start = models.BigIntegerField(default=0)  # number of the last seal that retention has dropped
    start_mac = models.BinaryField(max_length=32, default=b"")
    head = models.BigIntegerField(default=0)  # number of the newest seal
    head_mac = models.BinaryField(max_length=32, default=b"")
    dropped = models.BigIntegerField(default=0)  # rows that retention has dropped
    proof = models.BinaryField(max_length=32)  # MAC over the five above
    watermark = models.BigIntegerField()  # every row with a lower id is sealed
    holder = models.CharField(max_length=64, blank=True)  # the process that seals
    leased_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "audit_chain"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="audit_chain_one_row")]

    def __str__(self) -> str:
        return f"chain of seals {self.start}–{self.head}"
