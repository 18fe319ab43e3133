"""Notices rows that were taken out of the log before a seal held them: the process that wrote them still knows them.

A seal is made within a second or two, and finds nothing wrong with a row that is not there. So every process remembers
the ids that it committed for a few seconds, looks whether they are all there, and says in the log which are not. Who
changes the database cannot reach that memory. It ends with the process: what one that dies had written in its last
seconds has no witness.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Final

from django.db import DatabaseError, close_old_connections, connection

from patients.audit import written
from patients.audit.row import MISSING
from patients.audit.services import Entry, record_many
from patients.errors import Problem
from patients.vault import Locked

log = logging.getLogger(__name__)

PAUSE: Final = 1.0  # seconds between two looks
WAIT: Final = 5.0  # seconds after which a row has its seal, if anybody seals
_AT_ONCE: Final = 500


def look(now: float) -> list[int]:
    """Look for the rows that were committed longer than `WAIT` before `now` (`time.monotonic`); those that are gone.

    Each is said once, with a row of the log. Raises DatabaseError and Problem; then it is asked again next time.
    """
    due: list[tuple[float, int]] = []
    while written.rows and written.rows[0][0] <= now - WAIT:
        due.append(written.rows.popleft())
    with ExitStack() as undo:
        undo.callback(written.rows.extendleft, reversed(due))
        gone = [ident for at in range(0, len(due), _AT_ONCE) for ident in _gone(due[at : at + _AT_ONCE])]
        if gone:
            _tell(gone)
        undo.pop_all()  # said: nobody asks for them again
    return gone


class Witness:
    """A thread that looks every second. It is an edge: whatever fails is logged, and tried again."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="witness", daemon=True)

    def start(self) -> None:
        """Begin to remember what this process writes, and to look for it."""
        written.watched = True
        self._thread.start()

    def stop(self, patience: float = 10.0) -> None:
        """Look once more for all that was written, then end."""
        self._stopping.set()
        self._thread.join(patience)
        written.watched = False

    def _loop(self) -> None:
        while not self._stopping.wait(PAUSE):
            self._look(time.monotonic())
        self._look(time.monotonic() + WAIT)
        connection.close()

    def _look(self, now: float) -> None:
        close_old_connections()
        try:
            look(now)
        except (DatabaseError, Problem, Locked) as problem:
            log.error("New rows of the audit log could not be looked for (%s), trying again", type(problem).__name__)
            connection.close()


def _gone(part: Sequence[tuple[float, int]]) -> list[int]:
    ids = [ident for _at, ident in part]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM audit_event WHERE id IN ({', '.join(['%s'] * len(ids))})", ids)
        there = {ident for (ident,) in cursor.fetchall()}
    return [ident for ident in ids if ident not in there]


def _tell(gone: list[int]) -> None:
    names = [f"audit-{ident}" for ident in gone]
    entries = [Entry(MISSING, "failed", type="AuditEvent", ident=name, source="witness") for name in names]
    record_many(None, entries)
    log.critical("Rows of the audit log were taken out within seconds: %s", ", ".join(names))
