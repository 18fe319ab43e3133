"""The log of who saw and did what. Import from here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patients.audit.services import Entry, Who, record, record_each, record_many

if TYPE_CHECKING:
    from patients.audit.queries import Verified

__all__ = ["Entry", "Who", "record", "record_each", "record_many", "verify"]


def verify(*, since: int = 0) -> Verified:
    """Check every row; see `queries.verify`. Imported late, because it needs the models."""
    from patients.audit import queries

    return queries.verify(since=since)
