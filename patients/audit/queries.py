"""Reading the log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from patients import vault
from patients.audit.models import AuditEvent
from patients.audit.row import COLUMNS, Row

_FIELDS = tuple(COLUMNS)


@dataclass(frozen=True, slots=True)
class Verified:
    """How many rows were good, and the id of the first one that is not as it was written."""

    checked: int
    bad: int | None = None


def verify(*, since: int = 0) -> Verified:
    """Recompute the MAC of every row from id `since` on, oldest first, and stop at the first bad one.

    A row that was taken out is not noticed here: the seals over the rows are for that.
    """
    checked = 0
    rows = AuditEvent.objects.filter(id__gte=since).order_by("id").values_list(*_FIELDS, "mac")
    for *values, mac in rows.iterator(chunk_size=2000):
        row = Row(*values)
        if row.digest is not None:
            row = row._replace(digest=bytes(row.digest))
        if not vault.same(row.mac(), bytes(mac)):
            return Verified(checked, row.id)
        checked += 1
    return Verified(checked)


def looks_at(patient: str, *, since: datetime, most: int) -> list[AuditEvent]:
    """Who has read or changed a patient's record, the newest first; what the system did by itself is left out."""
    rows = AuditEvent.objects.filter(patient=patient, outcome="done", at__gte=since).exclude(role="system")
    return list(rows.order_by("-id")[:most])
