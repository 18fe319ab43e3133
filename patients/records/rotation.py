"""Hashing the whole index with a new key, while everybody searches and writes (`patients.vault.index_key`)."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Final

from django.db import connection

from patients.records.reindex import Progress, Reindexed, index_anew
from patients.vault import index_key
from patients.vault.state import SECONDS_OUTSIDE_OF_WRITES

LONGEST_WRITE: Final = 300.0  # seconds to wait for write transactions that began under the old key

_OLDER: Final = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND xact_start < %s
"""


def rotate_index(progress: Progress | None = None) -> Reindexed:
    """Put a new key of the index in force; goes on where an earlier run was stopped. Nothing is ever not found."""
    done = Reindexed()
    if index_key.stage() == index_key.DONE:
        index_key.begin()
    if index_key.stage() == index_key.FILLING:
        _until_all_know()
        done = index_anew(progress)
        index_key.switch()
    if index_key.stage() == index_key.SWITCHED:
        _until_all_know()
        index_key.drop()
    _until_all_know()
    cleaned = index_anew(progress)
    index_key.end()
    return cleaned if not done.documents else done


def _until_all_know() -> None:
    """Wait for transactions that began before the step, and until every process has compared the epoch.

    SQLite has one process and one writer: whoever writes after us knows.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (step,) = cursor.fetchone()
    time.sleep(2 * SECONDS_OUTSIDE_OF_WRITES)
    until = time.monotonic() + LONGEST_WRITE
    while time.monotonic() < until and older_transactions(step):
        time.sleep(0.1)


def older_transactions(step: datetime) -> int:
    """How many of other connections are still open now and began before that moment; on SQLite none, as above.

    The database's own (vacuuming) write no hash. Within a transaction the view would stay as it was first seen.
    """
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(_OLDER, [step])
        return int(cursor.fetchone()[0])
