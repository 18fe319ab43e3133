"""Put a job into the outbox. It belongs to the transaction that asks for it: no commit, no job."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from messaging.jobs import bell


def add(name: str, *, run_at: datetime | None = None, dedupe: str | None = None, **ids: str | int | None) -> None:
    """Have `name` done with these ids, now or at `run_at`. Call it inside `write()`.

    `dedupe`: while a job of this key waits, another is not added; the earlier moment counts. One that has begun does
    not wait any more, so what happens while it runs is not lost.
    """
    from messaging.jobs.models import Job

    if not connection.in_atomic_block:
        raise RuntimeError("jobs.add belongs into write(): a job is part of the change that causes it.")
    moment = run_at or timezone.now()
    job = Job(name=name, ids=ids, run_at=moment, dedupe=dedupe)
    Job.objects.bulk_create([job], ignore_conflicts=dedupe is not None)
    if dedupe is not None:
        Job.objects.filter(dedupe=dedupe, run_at__gt=moment).update(run_at=moment)
    if moment <= timezone.now():
        transaction.on_commit(bell.ring, robust=True)
