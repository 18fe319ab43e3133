"""Who may do what with whose records: rights, derived from the access documents (DESIGN §5)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from django.db import models

READ: Final = 1
CREATE: Final = 2
UPDATE: Final = 4
DELETE: Final = 8
EVERYTHING: Final = READ | CREATE | UPDATE | DELETE

EVER: Final = datetime(1900, 1, 1, tzinfo=UTC)
FOREVER: Final = datetime(9999, 1, 1, tzinfo=UTC)


class Right(models.Model):
    """One thing that an organisation, or one person, may do with one category of one patient's records, for a time.

    Objections are already taken out: a row counts as it stands. Empty means "not narrowed": no `person` is everyone of
    the organisation, no `custodian` is every custodian. Rows are derived: `patients.access.projections` writes them.
    """

    class Basis(models.TextChoices):
        """Why somebody may: DESIGN §5."""

        OWN = "own"  # a live link alone: what the organisation recorded itself
        TREATMENT = "treatment"
        CONSENT = "consent"
        REPRESENTATIVE = "representative"  # agreed to by the patient's representative
        PRESUMED = "presumed"
        DELEGATION = "delegation"  # a relative, by the patient's consent
        REPRESENTATION = "representation"  # the representative's own right
        EMERGENCY = "emergency"
        SELF = "self"  # the person, who is known by another record that was joined with this one

    patient = models.CharField(max_length=64)
    organisation = models.CharField(max_length=64)
    person = models.CharField(max_length=100)  # FHIR reference
    category = models.CharField(max_length=16)
    custodian = models.CharField(max_length=80)
    actions = models.PositiveSmallIntegerField()  # sum of READ, CREATE, UPDATE, DELETE
    since = models.DateTimeField()
    until = models.DateTimeField()
    basis = models.CharField(max_length=16, choices=Basis)
    document = models.CharField(max_length=100)  # the access document that it comes from

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(organisation="", person=""), name="right_belongs_to_somebody"),
            models.CheckConstraint(condition=models.Q(since__lt=models.F("until")), name="right_lasts"),
        ]
        indexes = [
            models.Index(fields=["patient", "organisation", "category"], name="right_of_organisation"),
            models.Index(fields=["organisation", "person", "category"], name="right_by_holder"),
            models.Index(fields=["until"], name="right_by_end"),
        ]

    def __str__(self) -> str:
        return f"right {self.pk}"


class Imported(models.Model):
    """A document that came in by import: the system client reads it, and as an access document it grants nothing."""

    document = models.OneToOneField("records.Document", on_delete=models.CASCADE, primary_key=True, related_name="+")

    def __str__(self) -> str:
        return f"imported {self.pk}"
