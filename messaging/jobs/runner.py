"""Carries out jobs: claims those that are due, runs them, and tries again what failed.

Several processes may run at once: a claim locks rows and skips those that others hold (PostgreSQL); on SQLite there is
one process. A claim is a lease: if its process dies, the job is due again when the lease has ended.
"""

from __future__ import annotations

import logging
import random
import signal
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import DatabaseError, close_old_connections, connection
from django.db.models import Q
from django.utils import timezone

from messaging.jobs import bell, registry
from messaging.jobs.outbox import add
from patients.database import write
from patients.errors import Problem

if TYPE_CHECKING:
    from messaging.jobs.models import Job

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
ATTEMPTS = 12
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=6)
LOOK = 1.0  # seconds between two looks at the outbox


class Runner:
    """Runs jobs in threads of its own, so that a slow effect stops neither pages nor the next job."""

    def __init__(self, threads: int = 2) -> None:
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._loop, name=f"jobs-{number}", daemon=True) for number in range(threads)
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self, patience: float = 10.0) -> None:
        """End: jobs that run may finish, within `patience` seconds; the lease of others brings them back."""
        self._stopping.set()
        for _ in self._threads:
            bell.ring()
        for thread in self._threads:
            thread.join(patience)

    def _loop(self) -> None:
        with_timers = True
        while not self._stopping.is_set():
            close_old_connections()
            try:
                if with_timers:
                    set_timers()
                    with_timers = False
                run_due(stop=self._stopping.is_set)
            except (DatabaseError, Problem):
                log.exception("The outbox cannot be read, trying again")
                connection.close()
            if not self._stopping.is_set():
                bell.wait(LOOK * random.uniform(0.8, 1.2))  # noqa: S311 - jitter, no secret
        connection.close()


def run_due(now: datetime | None = None, *, stop: Callable[[], bool] = lambda: False) -> int:
    """Run the jobs that are due, one after the other; how many. `now` is for tests."""
    done = 0
    while not stop() and (job := claim(now or timezone.now())):
        carry_out(job, now)
        done += 1
    return done


def claim(now: datetime) -> Job | None:
    """Take the job that has been due longest, for the time of the lease. None when nothing is due."""
    from messaging.jobs.models import Job

    free = Q(leased_until=None) | Q(leased_until__lt=now)
    due = Job.objects.filter(free, dead_at=None, run_at__lte=now).order_by("run_at", "pk")
    if not due.exists():  # no write transaction just to find nothing
        return None
    with write():
        job = due.select_for_update(skip_locked=True).first()
        if job is not None:
            job.leased_until = now + LEASE
            job.attempts += 1
            job.dedupe = None
            job.save(update_fields=["leased_until", "attempts", "dedupe"])
        return job


def carry_out(job: Job, now: datetime | None = None) -> None:
    """Run a claimed job, then delete it, put it back for later, or give it up. An edge: no failure passes it."""
    work = registry.find(job.name)
    failure = ""
    try:
        if work is None:
            raise LookupError(job.name)
        work(**job.ids)
    except Exception as problem:
        failure = type(problem).__name__
        log.exception("The job %s (%s) failed, attempt %d: %s", job.pk, job.name, job.attempts, failure)
    moment = now or timezone.now()
    with write():
        if failure:
            _again_later(job, failure, moment)
        else:
            job.delete()
            set_timer(job.name, moment)


def _again_later(job: Job, failure: str, now: datetime) -> None:
    job.failure = failure[:120]
    job.leased_until = None
    if job.attempts >= ATTEMPTS and registry.interval(job.name) is None:
        job.dead_at = now
        log.error("The job %s (%s) was given up after %d attempts", job.pk, job.name, job.attempts)
    else:
        job.run_at = now + pause(job.attempts)
    job.save(update_fields=["failure", "leased_until", "dead_at", "run_at"])


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts: twice as long each time, with jitter."""
    longest: timedelta = min(FIRST_PAUSE * 2 ** min(attempts - 1, 20), LONGEST_PAUSE)
    return longest * random.uniform(0.75, 1.0)  # noqa: S311 - jitter, no secret


def set_timers(now: datetime | None = None) -> None:
    """Make sure that every timer has a job that waits or runs."""
    from messaging.jobs.models import Job

    moment = now or timezone.now()
    with write():
        known = set(Job.objects.filter(name__in=registry.timers(), dead_at=None).values_list("name", flat=True))
        for name in registry.timers():
            if name not in known:
                add(name, run_at=moment, dedupe=f"timer:{name}")


def set_timer(name: str, now: datetime) -> None:
    """Let a timer that has run wait for its next turn."""
    if interval := registry.interval(name):
        add(name, run_at=now + interval, dedupe=f"timer:{name}")


def revive(ids: Sequence[int]) -> int:
    """Give dead jobs another chance, at once; how many."""
    from messaging.jobs.models import Job

    with write():
        return Job.objects.filter(pk__in=ids, dead_at__isnull=False).update(
            dead_at=None, attempts=0, run_at=timezone.now(), leased_until=None
        )


def run_worker(threads: int = 4) -> None:
    """`telecare worker`: run jobs until SIGTERM or SIGINT."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    runner = Runner(threads)
    runner.start()
    ended.wait()
    runner.stop()
