"""Marks of writes: which of them a reader had not seen yet when a search began.

A page is read by one statement, the next page by another, and between them others write. On PostgreSQL a mark is the
number of the writing transaction, and what a statement saw is its snapshot. SQLite writes one after the other: there
a mark is a number in the order of changes, and what was seen is everything up to the last one.
"""

from __future__ import annotations

from typing import Final

from django.db import connection

_OF_THIS_WRITE: Final = {
    "postgresql": "pg_current_xact_id()::text::bigint",
    "sqlite": "(SELECT COALESCE(MAX(seq), 0) + 1 FROM records_change)",
}
_SEEN: Final = {
    "postgresql": "pg_current_snapshot()::text",
    "sqlite": "(SELECT CAST(COALESCE(MAX(seq), 0) AS text) FROM records_change)",
}
_WAS_SEEN: Final = {  # what this very transaction wrote counts as seen
    "postgresql": (
        "({mark} IN (0, COALESCE(pg_current_xact_id_if_assigned()::text::bigint, 0)) "
        "OR pg_visible_in_snapshot({mark}::text::xid8, %s::pg_snapshot))"
    ),
    "sqlite": "{mark} <= CAST(%s AS integer)",
}


def of_this_write() -> str:
    """SQL for the mark of the write that is under way, before its change is noted."""
    return _OF_THIS_WRITE[connection.vendor]


def seen() -> str:
    """SQL for all that a statement sees, as a text."""
    return _SEEN[connection.vendor]


def was_seen(mark: str) -> str:
    """SQL that holds where the write of this mark (a column) was among what was seen; its one value is that text."""
    return _WAS_SEEN[connection.vendor].format(mark=mark)


def least_unseen(seen: str) -> int:
    """No mark below this one was unseen; those from it on may have been."""
    return int(seen.partition(":")[0]) + (connection.vendor == "sqlite")
