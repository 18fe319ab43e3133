"""The log of who did what, when, for whom and why. Rows are added, never changed; `0002_append_only` sees to it."""

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
