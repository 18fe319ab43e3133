"""Reading the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from patients.audit.models import AuditEvent
from patients.audit.row import first_at

_COLUMNS = ", ".join(f"a.{field.column}" for field in AuditEvent._meta.concrete_fields)


@dataclass(frozen=True, slots=True)
class Acts:
    """How often something was tried, and how often it was done."""

    all: int
    done: int


def acts_of(account: int | None, action: str, *, within: timedelta) -> Acts:
    """How often this account has tried something lately: what limits are counted by."""
    since = timezone.now() - within
    first = first_at(int(since.timestamp() * 1_000_000))
    outcomes = AuditEvent.objects.filter(account=account, action=action, id__gte=first).values_list("outcome")
    found = [outcome for (outcome,) in outcomes]
    return Acts(len(found), found.count("done"))


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
