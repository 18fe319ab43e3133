"""Reading the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from patients.audit.models import AuditEvent
from patients.audit.row import MISSING, first_at

_ACTS = 20  # of those that are asked for beside the looks
_COLUMNS = ", ".join(f"a.{field.column}" for field in AuditEvent._meta.concrete_fields)


@dataclass(frozen=True, slots=True)
class Acts:
    """How often something was tried, and how often it was done."""

    all: int
    done: int


@dataclass(frozen=True, slots=True)
class Looks:
    """Rows about one record, the newest first: all of them, and those of one act that was asked for beside them."""

    all: list[AuditEvent]
    also: list[AuditEvent]


def acts_of(account: int | None, action: str, *, within: timedelta) -> Acts:
    """How often this account has tried something lately: what limits are counted by."""
    first = _first(timezone.now() - within)
    outcomes = AuditEvent.objects.filter(account=account, action=action, id__gte=first).values_list("outcome")
    found = [outcome for (outcome,) in outcomes]
    return Acts(len(found), found.count("done"))


def missed(most: int = 1000) -> list[str]:
    """The ids of rows that whoever wrote them did not find any more (`witness`), as FHIR shows them."""
    rows = AuditEvent.objects.filter(action=MISSING).order_by("id")
    return list(rows.values_list("ident", flat=True)[:most])


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


def looks_at(patient: str, *, since: datetime, most: int, also: str = "", also_since: datetime | None = None) -> Looks:
    """Who has read or changed a patient's record, the newest first; what the system did by itself is left out.

    Beside them the newest acts called `also`, however many looks came after them: one statement for both.
    """
    rule = "a.patient = %s AND a.outcome = 'done' AND a.role <> 'system' AND a.id >= %s"
    arms = [f"SELECT 0 AS arm, {_COLUMNS} FROM audit_event a WHERE {rule} ORDER BY a.id DESC LIMIT %s"]
    params: list[Any] = [patient, _first(since), most]
    if also:
        arms.append(
            f"SELECT 1, {_COLUMNS} FROM audit_event a WHERE {rule} AND a.action = %s ORDER BY a.id DESC LIMIT %s"
        )
        params += [patient, _first(also_since or since), also, _ACTS]
    rows = list(AuditEvent.objects.raw(" UNION ALL ".join(f"SELECT * FROM ({arm}) x" for arm in arms), params))
    rows.sort(key=lambda one: one.id, reverse=True)
    return Looks([one for one in rows if not vars(one)["arm"]], [one for one in rows if vars(one)["arm"]])


def _first(moment: datetime) -> int:
    return first_at(int(moment.timestamp() * 1_000_000))
