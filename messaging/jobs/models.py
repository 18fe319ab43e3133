"""Jobs that wait, run or have failed for good. One that was done is deleted."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Job(models.Model):
    """Something to be done outside the transaction that asked for it. It carries ids, never health data."""

    name = models.CharField(max_length=64)
    ids = models.JSONField(default=dict)
    run_at = models.DateTimeField()
    dedupe = models.CharField(max_length=200, null=True)  # while it waits; taken off when it is claimed
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)  # somebody works on it until then
    dead_at = models.DateTimeField(null=True)  # given up
    failure = models.CharField(max_length=120, blank=True)  # the kind of the last error, without its text

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dedupe"], name="job_waits_once")]
        indexes = [models.Index(fields=["run_at"], name="job_due", condition=Q(dead_at=None))]

    def __str__(self) -> str:
        return f"job {self.pk} {self.name}"
