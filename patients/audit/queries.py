"""Reading the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from patients import vault
from patients.audit.models import AuditEvent
from patients.audit.row import COLUMNS, Row

_FIELDS = tuple(COLUMNS)
_COLUMNS = ", ".join(f"a.{field.column}" for field in AuditEvent._meta.concrete_fields)


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


def found(condition: str, params: Sequence[Any], *, most: int, newest_first: bool = True) -> list[AuditEvent]:
    """The rows for which a condition on the alias `a` of the log holds, in their order."""
    way = " DESC" if newest_first else ""
    statement = f"SELECT {_COLUMNS} FROM audit_event a WHERE {condition} ORDER BY a.id{way} LIMIT %s"
    return list(AuditEvent.objects.raw(statement, [*params, most]))


def counted(condition: str, params: Sequence[Any], *, most: int | None) -> int:
    """How many these are, counted up to `most`."""
    limit = "" if most is None else " LIMIT %s"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT COUNT(*) FROM (SELECT 1 AS one FROM audit_event a WHERE {condition}{limit}) c",
            [*params, *([] if most is None else [most])],
        )
        return int(cursor.fetchone()[0])


def looks_at(patient: str, *, since: datetime, most: int) -> list[AuditEvent]:
    """Who has read or changed a patient's record, the newest first; what the system did by itself is left out."""
    rows = AuditEvent.objects.filter(patient=patient, outcome="done", at__gte=since).exclude(role="system")
    return list(rows.order_by("-id")[:most])
