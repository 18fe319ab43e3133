"""The key table. Nothing in it is of use without the master key."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class State(models.Model):
    """The one row that says under which master the table is wrapped, and which epoch it is."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    epoch = models.BigIntegerField()  # another number after every rotation and destruction: caches are dropped then
    master = models.CharField(max_length=16)  # name of the master key that wraps
    root = models.BinaryField()  # wrapped; MACs and tokens are derived from it, and the first key of the index
    # wrapped: the blind index is read with the first (empty: the root), and written with both while its key changes
    index_root = models.BinaryField(default=b"", db_default=b"")
    index_beside = models.BinaryField(default=b"", db_default=b"")  # b"0" stands for the root
    index_stage = models.CharField(max_length=8, default="", db_default="")  # see index_key

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="state_is_one_row")]

    def __str__(self) -> str:
        return f"key epoch {self.epoch}"


class DataKey(models.Model):
    """The key of one patient at one custodian, of one thread, or of one organisation. Destroyed: `wrapped` is empty."""

    id = models.CharField(max_length=36, primary_key=True)
    patient = models.CharField(max_length=64, blank=True)
    custodian = models.CharField(max_length=64, blank=True)
    thread = models.CharField(max_length=64, blank=True)
    wrapped = models.BinaryField()
    created_at = models.DateTimeField()
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "custodian", "thread"],
                condition=Q(destroyed_at=None),
                name="datakey_one_alive_per_patient_custodian_and_thread",
            )
        ]

    def __str__(self) -> str:
        return f"data key {self.id}"
