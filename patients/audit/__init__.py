"""The log of who saw and did what. Import from here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from patients.audit.services import Entry, Underway, Who, record, record_each, record_many, send_many

if TYPE_CHECKING:
    from patients.audit.verification import Verified

__all__ = ["Entry", "Underway", "Who", "record", "record_each", "record_many", "send_many", "verify"]


def verify(roots: Mapping[int, bytes] | None = None) -> Verified:
    """Check every row and every seal; see `verification.verify`. Imported late, because it needs the models."""
    from patients.audit import verification

    return verification.verify(roots)
