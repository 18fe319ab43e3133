"""The FHIR documents and what is derived from them for searching (DESIGN §3)."""

from __future__ import annotations

from django.db import models


class Document(models.Model):
    """The current version of one FHIR resource. `body` is the sealed JSON text; a deleted one keeps its last body."""

    type = models.CharField(max_length=32)
    logical_id = models.CharField(max_length=64)  # FHIR's Resource.id
    version = models.PositiveIntegerField()
    updated_at = models.DateTimeField()
    deleted = models.BooleanField(default=False)
    patient = models.CharField(max_length=64, null=True)  # set at version 1, never changed
    custodian = models.CharField(max_length=64, null=True)  # Organization that answers for it; never changed
    category = models.CharField(max_length=16)  # patients.access.categories; given by the writer
    key = models.CharField(max_length=36)  # id of the data key in patients.vault
    body = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["type", "logical_id"], name="document_one_per_type_and_id")]
        indexes = [
            models.Index(fields=["type", "patient", "updated_at"], name="document_by_patient"),
            models.Index(fields=["type", "updated_at"], name="document_by_type"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """The relative FHIR reference: `Observation/7f…`."""
        return f"{self.type}/{self.logical_id}"


class Compartment(models.Model):
    """One of the patients of a document that concerns several: to see it takes a right on all of them."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="compartments")
    patient = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "patient"], name="compartment_once_per_patient")]

    def __str__(self) -> str:
        return f"{self.document_id} of several"
