"""The FHIR documents and what is derived from them for searching (DESIGN §3).

`Compartment` and the rows of the search index (`IndexRow`) are derived: they are written in the transaction that writes
the document and can be rebuilt from the documents (`reindex`). Index rows carry no database constraint to the document,
which would cost as much as the rows themselves.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from copy import copy
from functools import cached_property
from typing import Any, Final

from django.db import models

from patients import vault
from patients.errors import Gone
from patients.records import definitions, wire
from patients.records.index.slots import YEAR

_PATIENT: Final = re.compile(rb"Patient/([A-Za-z0-9.-]{1,64})")
NO_MOMENT = -(2**63) + 1  # `moment` of a document without a date: before all others


class Document(models.Model):
    """The current version of one FHIR resource. `body` is the sealed JSON text; that of a deleted one is empty."""

    type = models.CharField(max_length=32)
    logical_id = models.CharField(max_length=64)  # FHIR's Resource.id
    version = models.PositiveIntegerField()
    updated_at = models.DateTimeField()  # to the millisecond, as in meta.lastUpdated
    deleted = models.BooleanField(default=False)
    patient = models.CharField(max_length=64, null=True)  # set at version 1, never changed
    custodian = models.CharField(max_length=64, null=True)  # Organization that answers for it; never changed
    category = models.CharField(max_length=16)  # patients.access.categories; given by the writer
    moment = models.BigIntegerField(default=NO_MOMENT)  # first microsecond of its main date, see index.slots.MAIN_DATES
    until = models.BigIntegerField(default=NO_MOMENT)  # the microsecond after the last one
    key = models.CharField(max_length=36)  # id of the data key in patients.vault
    body = models.BinaryField()
    # marks (records.marks) of the last update, and of the last one that changed `moment`; 0 for none
    written = models.BigIntegerField(db_default=0)
    moved = models.BigIntegerField(db_default=0)
    revived = False  # no column: whether the write that returned it brought a deleted document back

    class Meta:
        constraints = [models.UniqueConstraint(fields=["type", "logical_id"], name="document_one_per_type_and_id")]
        indexes = [
            models.Index(fields=["type", "patient", "moment", "id"], name="document_by_patient"),
            models.Index(fields=["type", "moment", "id"], name="document_by_moment"),
            models.Index(fields=["type", "updated_at", "id"], name="document_by_change"),
            models.Index(
                fields=["type", "moment", "until"],
                name="document_of_long",  # with a date of more than a year
                condition=models.Q(until__gt=models.F("moment") + YEAR),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """The relative FHIR reference: `Observation/7f…`."""
        return f"{self.type}/{self.logical_id}"

    @property
    def begins(self) -> bool:
        """Whether the write that returned it made it, or brought it back: nothing was there to be read before."""
        return self.version == 1 or self.revived

    @cached_property
    def text(self) -> bytes:
        """The JSON text, unsealed. Raises Gone for a deleted document, vault.Unreadable for an erased one."""
        if self.deleted:
            raise Gone("This was deleted.")
        return vault.unseal(self.key, self.type, self.logical_id, self.version, self.body)

    @cached_property
    def content(self) -> dict[str, Any]:
        """The resource as parsed, with decimals to the digit. Do not change it: it is shared."""
        return wire.opened(self.text)

    @cached_property
    def named(self) -> frozenset[str]:
        """The patients whom this version concerns, as it says itself: nobody where it was deleted, or erased."""
        if self.deleted:
            return frozenset()
        try:
            mentioned = {one.decode() for one in _PATIENT.findall(self.text)}
        except vault.Unreadable:
            return frozenset()
        if mentioned <= {self.patient}:  # nearly always: what it says of itself need not be parsed
            return frozenset(mentioned)
        return frozenset(definitions.patients_of(self.content))

    def unread(self) -> Document:
        """A copy of which nothing was opened, to become another version."""
        other = copy(self)
        for opened in ("text", "content", "named"):
            other.__dict__.pop(opened, None)
        return other

    @property
    def digest(self) -> bytes:
        """SHA-256 of the sealed body, for the audit row of a write: an old row put back is found by it."""
        return hashlib.sha256(self.body).digest()


class Compartment(models.Model):
    """One of the patients of a document that concerns several: to see it takes a right on all of them."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="compartments")
    patient = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "patient"], name="compartment_once_per_patient")]

    def __str__(self) -> str:
        return f"{self.document_id} of several"


class Version(models.Model):
    """What a document was before: a superseded body, or the tombstone of one that was brought back."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="superseded")
    version = models.PositiveIntegerField()
    updated_at = models.DateTimeField()
    deleted = models.BooleanField(default=False)
    category = models.CharField(max_length=16)
    key = models.CharField(max_length=36)
    body = models.BinaryField()
    moment = models.BigIntegerField(db_default=NO_MOMENT)
    replaced = models.BigIntegerField(db_default=0)  # mark (records.marks) of the write that superseded it

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "version"], name="version_once_per_document")]
        indexes = [models.Index(fields=["replaced", "document"], name="version_by_replaced")]

    def __str__(self) -> str:
        return f"{self.document_id} version {self.version}"


class Change(models.Model):
    """One write of one document: what the history tells, and what subscriptions and incremental exports read."""

    seq = models.BigAutoField(primary_key=True)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    type = models.CharField(max_length=32, default="")  # of the document
    version = models.PositiveIntegerField()
    deleted = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["document", "version"], name="change_by_document"),
            models.Index(fields=["type", "at", "seq"], name="change_by_type"),
            models.Index(fields=["at", "seq"], name="change_by_time"),
        ]

    def __str__(self) -> str:
        return f"change {self.seq}"


class Erasure(models.Model):
    """One line of the erasure ledger: what a custodian kept of a patient was made unreadable. It names neither.

    Lines are only added. They are kept outside of backups too (`ledger`), and followed again after a restore.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    at = models.DateTimeField()
    subject = models.BinaryField(max_length=32)  # keyed hash of patient and custodian (ledger.subject)
    mac = models.BinaryField(max_length=32)

    class Meta:
        indexes = [models.Index(fields=["at"], name="erasure_by_time")]

    def __str__(self) -> str:
        return f"erasure {self.id}"


class Hold(models.Model):
    """Until that day a custodian must keep what it has of a patient: an erasure waits for it."""

    patient = models.CharField(max_length=64)
    custodian = models.CharField(max_length=80)
    until_date = models.DateField()  # the last day
    key = models.CharField(max_length=36)
    reason = models.BinaryField()  # sealed: why, in words
    placed_at = models.DateTimeField()
    placed_by = models.BigIntegerField(null=True)  # account
    released_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["patient", "custodian"], name="hold_of_patient")]

    def __str__(self) -> str:
        return f"hold {self.pk}"


class Postponed(models.Model):
    """An erasure that was granted and waits for the end of a hold."""

    patient = models.CharField(max_length=64)
    custodian = models.CharField(max_length=80)
    asked_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["patient", "custodian"], name="postponed_once")]

    def __str__(self) -> str:
        return f"postponed erasure {self.pk}"


class IndexRow(models.Model):
    """What all rows of the search index have: the document, and the slot (index.slots) whose value they hold."""

    document = models.ForeignKey(
        Document, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    slot = models.IntegerField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{type(self).__name__} {self.pk}"


class Token(IndexRow):
    """A coded value, an identifier, a text or the prefix of one: only its keyed hashes (vault.blind).

    They differ per type and slot, and per patient for what bears a diagnosis. `h_patient` is `h_code` joined with the
    document's patient, so that "this code of this patient, newest first" is one walk along one narrow index.
    """

    h_code = models.BigIntegerField()
    h_full = models.BigIntegerField()  # system|code
    h_system = models.BigIntegerField()
    h_patient = models.BigIntegerField()
    moment = models.BigIntegerField()  # those of the document, so that a date is compared within the index
    until = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["document", "slot"], name="token_of_document"),
            models.Index(fields=["h_patient", "moment", "document", "until"], name="token_by_patient"),
            models.Index(fields=["h_code", "moment", "document", "until"], name="token_by_code"),
        ]


class Date(IndexRow):
    """A moment, day, month, year or period: microseconds since 1970, from `lo` up to but without `hi`."""

    lo = models.BigIntegerField()
    hi = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["document", "slot"], name="date_of_document"),
            models.Index(fields=["slot", "lo", "document"], name="date_by_value"),
            models.Index(fields=["slot", "hi"], name="date_of_long", condition=models.Q(hi__gt=models.F("lo") + YEAR)),
        ]


class Quantity(IndexRow):
    """A number with its unit; `lo` and `hi` differ for a range, and are empty for a unit without a number.

    Of a place, they are latitude and longitude.
    """

    lo = models.FloatField(null=True)
    hi = models.FloatField(null=True)
    u_code = models.BigIntegerField()
    u_full = models.BigIntegerField()  # system|code
    u_text = models.BigIntegerField()  # the unit as it is displayed

    class Meta:
        indexes = [
            models.Index(fields=["document", "slot"], name="quantity_of_document"),
            models.Index(fields=["slot", "lo"], name="quantity_by_value"),
            models.Index(fields=["slot", "hi"], name="quantity_of_range", condition=models.Q(lo__lt=models.F("hi"))),
        ]


class Reference(IndexRow):
    """A reference to a document of ours; both empty where it points elsewhere or only names something."""

    target_type = models.CharField(max_length=32)
    target_id = models.CharField(max_length=64)
    moment = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["document", "slot"], name="reference_of_document"),
            models.Index(fields=["target_id", "slot", "moment", "document"], name="reference_by_target"),
        ]


class Composite(IndexRow):
    """A code together with its value: a quantity or date (`lo`, `hi`, and a unit), or a second code or text."""

    h_code = models.BigIntegerField()
    h_full = models.BigIntegerField()
    h_system = models.BigIntegerField()
    lo = models.FloatField(null=True)
    hi = models.FloatField(null=True)
    o_code = models.BigIntegerField()
    o_full = models.BigIntegerField()
    o_third = models.BigIntegerField()  # the system of the second code, or the displayed unit

    class Meta:
        indexes = [models.Index(fields=["document", "slot"], name="composite_of_document")]
