"""Write transactions, one at a time on SQLite.

SQLite has one writer. Left to its own busy loop, the waiting is unfair: a worst wait of 4.3 s was measured, against
0.39 s with the queue below. On PostgreSQL the queue is not used.
"""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from hashlib import blake2b
from typing import Final

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _

from patients.errors import Conflict, Unavailable


class FairLock:
    """A lock that is handed over in the order in which it was asked for. A thread that holds it may take it again."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._owner: int | None = None
        self._depth = 0

    def acquire(self) -> None:
        me = threading.get_ident()
        with self._guard:
            if self._owner == me:
                self._depth += 1
                return
            if self._owner is None:
                self._owner, self._depth = me, 1
                return
            turn = threading.Event()
            self._waiting.append(turn)
        turn.wait()
        with self._guard:
            self._owner, self._depth = me, 1

    def release(self) -> None:
        with self._guard:
            self._depth -= 1
            if self._depth:
                return
            if self._waiting:
                self._owner = -1  # reserved for the next in line
                self._waiting.popleft().set()
            else:
                self._owner = None


class _Here(threading.local):
    """What this thread is in."""

    number: int | None = None


_TURNS: Final = 512  # what one transaction holds at most of each queue: all share a table of some 6,000 by default
_OURS: Final = 0x7E1E  # our advisory locks among those of others in the same database; one more for each queue


class Queue(IntEnum):
    """For what a turn is taken. Who waits in one never meets who waits in another."""

    CRITERIA = 0  # of conditional writes
    RECORD = 1  # of a patient
    RIGHTS = 2  # all of them


_writers = FairLock()
_here = _Here()
_numbers = itertools.count(1)


def transaction_number() -> int | None:
    """The number of the outermost `write()` that this thread is in, None outside. A process uses none twice."""
    return _here.number


@contextmanager
def write() -> Iterator[None]:
    """Run the block as one write transaction; joined by an outer one. No network, rendering or validation inside.

    Raises `Unavailable` when the storage is full, and `Conflict` when this transaction and another wait for each other:
    nothing of the block was written.
    """
    if _here.number is not None:
        with transaction.atomic():
            yield
        return
    queued = connection.vendor == "sqlite"
    if queued:
        _writers.acquire()
    _here.number = next(_numbers)
    try:
        with _told_in_words(), transaction.atomic():
            yield
    finally:
        _here.number = None
        if queued:
            _writers.release()


def in_turn(names: Iterable[str], queue: Queue = Queue.CRITERIA, *, beside: bool = False) -> None:
    """Wait for other transactions that named one of these; those that come later wait for the end of this one.

    For what must be true of several rows, or of rows that do not exist yet. Called inside `write()`, before any row is
    held, with all names at once. Those who come `beside` others wait only for those who do not. On SQLite a transaction
    is alone anyway. Names share a limited number of locks: some wait without need.
    """
    if _here.number is None:
        raise RuntimeError("turns are taken inside write() only: they end with it")
    numbers = {int.from_bytes(blake2b(name.encode(), digest_size=8).digest()) % _TURNS for name in names}
    if connection.vendor != "postgresql" or not numbers:
        return
    take = "pg_advisory_xact_lock_shared" if beside else "pg_advisory_xact_lock"
    with connection.cursor() as cursor:  # all in the same order, so that nobody waits in a circle
        cursor.execute(f"SELECT {take}(%s, n) FROM unnest(%s::int[]) AS n", [_OURS + queue, sorted(numbers)])


@contextmanager
def _told_in_words() -> Iterator[None]:
    try:
        yield
    except OperationalError as problem:
        if type(problem.__cause__).__name__ == "DeadlockDetected":
            raise Conflict(
                _("Others were writing the same at this moment. Nothing was saved; send it again.")
            ) from problem
        full = "is full" in str(problem) or type(problem.__cause__).__name__ == "DiskFull"
        if not full:
            raise
        raise Unavailable(
            _("The storage is full. Nothing was saved. Please tell the operator; your entry can be sent again later.")
        ) from problem
