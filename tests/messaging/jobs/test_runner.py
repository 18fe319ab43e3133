"""What is committed is done, at least once, and what fails comes back."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from messaging import jobs
from messaging.jobs import registry, runner
from messaging.jobs.models import Job
from patients.database import write

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """A job `letter` that notes its id."""
    monkeypatch.setattr(registry, "_work", {})
    monkeypatch.setattr(registry, "_timers", {})
    sent: list[int] = []
    jobs.register("letter", lambda to: sent.append(to))
    yield sent


def ask(to: int, run_at: datetime = NOON, dedupe: str | None = None) -> None:
    with write():
        jobs.add("letter", run_at=run_at, dedupe=dedupe, to=to)


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
def test_a_job_of_a_change_that_was_undone_is_never_done(letters):
    with pytest.raises(ZeroDivisionError), write():
        jobs.add("letter", run_at=NOON, to=1)
        raise ZeroDivisionError
    assert runner.run_due(NOON) == 0
    assert letters == []


@pytest.mark.django_db(transaction=True)
def test_a_job_outside_a_change_is_refused(letters):
    with pytest.raises(RuntimeError):
        jobs.add("letter", to=1)


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
def test_jobs_that_are_due_are_done_in_order_and_leave_nothing_behind(letters):
    ask(2, NOON - timedelta(seconds=1))
    ask(1, NOON - timedelta(seconds=2))
    ask(3, NOON + timedelta(seconds=1))
    assert runner.run_due(NOON) == 2
    assert letters == [1, 2]
    assert Job.objects.count() == 1


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
def test_two_that_mean_the_same_wait_once_and_the_earlier_moment_counts(letters):
    ask(1, NOON + timedelta(hours=1), dedupe="to 1")
    ask(1, NOON, dedupe="to 1")
    assert runner.run_due(NOON) == 1
    assert letters == [1]


@pytest.mark.django_db(transaction=True)
def test_what_happens_while_a_job_runs_is_not_lost(letters):
    def again(to: int) -> None:
        letters.append(to)
        if len(letters) == 1:
            ask(to, dedupe="to 1")

    jobs.register("letter", again)
    ask(1, dedupe="to 1")
    runner.run_due(NOON)
    assert letters == [1, 1]


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
def test_a_job_whose_process_died_is_taken_over_when_its_lease_has_ended(letters):
    ask(1)
    assert runner.claim(NOON) is not None  # and then its process dies
    assert runner.run_due(NOON + timedelta(seconds=1)) == 0
    assert runner.run_due(NOON + runner.LEASE + timedelta(seconds=1)) == 1
    assert letters == [1]


@pytest.mark.django_db(transaction=True)
def test_a_failed_job_waits_longer_each_time_and_is_given_up_at_last(letters):
    def fail(to: int) -> None:
        raise ConnectionError("the name of a patient")

    jobs.register("letter", fail)
    ask(1)
    at, waits = NOON, []
    for _ in range(runner.ATTEMPTS):
        runner.run_due(at)
        job = Job.objects.get()
        waits.append(job.run_at - at)
        at = job.run_at
    assert all(earlier < later for earlier, later in itertools.pairwise(waits[:9]))
    assert job.dead_at is not None
    assert job.failure == "ConnectionError"  # the kind, not the text
    assert runner.run_due(at + timedelta(days=1)) == 0


@pytest.mark.django_db(transaction=True)
def test_a_dead_job_can_be_given_another_chance(letters):
    ask(1)
    Job.objects.update(dead_at=NOON, attempts=12)
    assert runner.run_due(NOON) == 0
    assert runner.revive([Job.objects.get().pk]) == 1
    assert runner.run_due() == 1
    assert letters == [1]


@pytest.mark.django_db(transaction=True)
def test_a_job_that_this_version_does_not_know_waits_for_one_that_does(letters):
    with write():
        jobs.add("unknown", run_at=NOON)
    runner.run_due(NOON)
    assert Job.objects.get().failure == "LookupError"


@pytest.mark.django_db(transaction=True)
def test_a_timer_runs_waits_its_interval_and_runs_again(letters):
    jobs.every("clock", timedelta(minutes=10), lambda: letters.append(0))
    runner.set_timers(NOON)
    runner.set_timers(NOON)  # another process starts
    assert runner.run_due(NOON) == 1
    assert runner.run_due(NOON + timedelta(minutes=9)) == 0
    assert runner.run_due(NOON + timedelta(minutes=10)) == 1
    assert letters == [0, 0]


@pytest.mark.django_db(transaction=True)
def test_a_timer_that_fails_is_never_given_up(letters):
    def fail() -> None:
        raise OSError

    jobs.every("clock", timedelta(minutes=10), fail)
    runner.set_timers(NOON)
    Job.objects.update(attempts=50)
    runner.run_due(NOON)
    assert Job.objects.get().dead_at is None


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
def test_of_two_processes_each_job_is_claimed_by_one(letters):
    for number in range(20):
        ask(number)
    claimed: list[int] = []

    def work() -> None:
        while job := runner.claim(NOON):
            claimed.append(job.pk)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == len(set(claimed)) == 20


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
def test_the_runner_wakes_up_for_a_new_job(letters):
    arrived = threading.Event()
    jobs.register("letter", lambda to: arrived.set())
    one = jobs.Runner(threads=1)
    one.start()
    try:
        with write():
            jobs.add("letter", to=1)
        assert arrived.wait(60)
    finally:
        one.stop()
