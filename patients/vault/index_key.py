"""Changing the key of the blind index while everybody goes on.

filling: rows are written with both keys and found by the old one, until every document has both. switched: found by the
new one, still written with both, until every process knows. cleaning: written with the new one; the old rows go.
Stopped anywhere, everything is found, and a second run goes on from its stage. The rows are written by
`patients.records.rotation`.
"""

from __future__ import annotations

import os
from typing import Final

from django.db import connection, transaction

from patients.database import write
from patients.vault import master, state

FILLING: Final = "filling"
SWITCHED: Final = "switched"
CLEANING: Final = "cleaning"
DONE: Final = ""


def stage() -> str:
    """How far a change has come; DONE when none is under way."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT index_stage FROM vault_state WHERE id = 1")
        row = cursor.fetchone()
    return str(row[0]) if row else DONE


def begin() -> None:
    """Make a new key, and have rows written with both."""
    fresh = state.current().wraps.wrap(os.urandom(master.SIZE), state.INDEX)
    _moved(DONE, FILLING, "index_beside = %s", [fresh])


def switch() -> None:
    """Every document has rows of both: find by the new key."""
    old = "CASE WHEN length(index_root) > 0 THEN index_root ELSE %s END"
    _moved(FILLING, SWITCHED, f"index_root = index_beside, index_beside = {old}", [state.BEFORE])


def drop() -> None:
    """Every process finds by the new key: write with it alone."""
    _moved(SWITCHED, CLEANING, "index_beside = %s", [b""])


def end() -> None:
    """No row of the old key is left."""
    _moved(CLEANING, DONE, "index_beside = %s", [b""])


def _moved(before: str, after: str, change: str, values: list[bytes]) -> None:
    """One step, once, whoever else runs the same: another epoch makes every process read the row again."""
    state.current()
    with write():
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE vault_state SET {change}, index_stage = %s, epoch = %s WHERE id = 1 AND index_stage = %s",
                [*values, after, state.new_epoch(), before],
            )
        state.forget()
        transaction.on_commit(state.forget)
