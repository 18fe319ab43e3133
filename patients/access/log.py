"""Who may read the log (DESIGN §5): the patient what concerns them, and who represents them in matters of health; the
data protection officer what their own organisation did, its administrator that without content. Nobody else, whatever
they may read in the records.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.db import connection

from patients.access.categories import CHAT, CLINICAL, DIRECTORY
from patients.access.ceilings import Action
from patients.access.models import READ, Right
from patients.access.rules import Scope, allowed, scope
from patients.accounts.actor import Actor, Role
from patients.audit.models import AuditEvent
from patients.database import rows
from patients.database.rows import MOST_VALUES

NOTHING = Scope("1 = 0")
MESSAGE: Final = "Communication"
_LOOKS = "a.outcome = 'done' AND a.role <> 'system'"
_REPRESENTED = (  # in matters of health
    f"SELECT r.patient FROM access_right r WHERE r.person = %s AND r.basis = '{Right.Basis.REPRESENTATION}'"
    f" AND r.category = '{CLINICAL}' AND (r.actions & {READ}) <> 0 AND r.since <= %s AND r.until > %s"
)
_JOINED = f"SELECT r.patient FROM access_right r WHERE r.person = %s AND r.basis = '{Right.Basis.SELF}'"


@dataclass(frozen=True, slots=True)
class Overseen:
    """Which rows of an organisation's log may be looked through, and whether with what they are about."""

    scope: Scope
    content: bool


def readable(actor: Actor, *, narrow: bool = False) -> Scope:
    """Which rows of the log the actor may read: a condition on the alias `a` of its table.

    A patient reads "who has seen my record": what was done, not what the system did by itself. `narrow`: something
    else finds few rows already, so that no index of an organisation's many is to be walked along.
    """
    if not actor.active:
        return NOTHING
    if actor.role is Role.SYSTEM:
        return Scope("1 = 1")
    if actor.patient:
        return Scope(f"(a.patient = %s OR a.patient IN ({_JOINED})) AND {_LOOKS}", (actor.patient, actor.person or "-"))
    if actor.role is Role.REPRESENTATIVE:
        now = connection.ops.adapt_datetimefield_value(datetime.now(UTC))
        return Scope(f"a.patient IN ({_REPRESENTED}) AND {_LOOKS}", (actor.person or "-", now, now))
    if actor.role is Role.DATA_PROTECTION_OFFICER and actor.organisation:
        column = "COALESCE(a.organisation, '')" if narrow else "a.organisation"
        return Scope(f"{column} = %s", (actor.organisation,))
    return NOTHING


def told(actor: Actor, found: Sequence[AuditEvent]) -> list[AuditEvent]:
    """Rows that the actor may read, without the names of documents and messages that they may not see.

    Who represents somebody in some matters learns who has looked, but not that there are diagnoses kept from them. The
    person, and the officer of an organisation, are told all.
    """
    if actor.role is not Role.REPRESENTATIVE:
        return list(found)
    named = {name: row.patient for row in found for name in _named(row)}
    hidden = _kept_from(actor, sorted(named))
    talking = {patient for (kind, _), patient in named.items() if kind == MESSAGE}
    silent = {one for one in talking if not allowed(actor, Action.READ, patient=one, category=CHAT)}
    return [_without(row, hidden, silent) for row in found]


def _named(row: AuditEvent) -> list[tuple[str, str]]:
    """Type and id of each document that the row is about."""
    if row.ident:
        return [(row.type, row.ident)]
    words = (word.rpartition("/") for word in row.detail.split())
    return [(kind or row.type, ident) for kind, _, ident in words]


def _kept_from(actor: Actor, named: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of these documents that the actor may not see. What all staff may see is none."""
    rule = scope(actor, Action.READ)
    text = (
        f"SELECT d.type, d.logical_id, CASE WHEN ({rule.sql}) THEN 1 ELSE 0 END"
        " FROM {rows} v CROSS JOIN records_document d"
        f" WHERE d.type = v.column1 AND d.logical_id = v.column2 AND d.category <> '{DIRECTORY}'"
    )
    most = MOST_VALUES // 2
    parts = [named[at : at + most] for at in range(0, len(named), most)]
    judged = [one for part in parts for one in rows.select(text, ("text", "text"), part, before=rule.params)]
    return {(kind, ident) for kind, ident, may in judged if not may}


def _without(row: AuditEvent, hidden: Set[tuple[str, str]], silent: Set[str]) -> AuditEvent:
    names = _named(row)
    shown = [name for name in names if name not in hidden and not (name[0] == MESSAGE and row.patient in silent)]
    if len(shown) == len(names):
        return row
    left = copy(row)
    left.ident, left.version, left.digest = "", None, None
    left.detail = " ".join(ident if row.type else f"{kind}/{ident}" for kind, ident in shown)
    left.type = row.type if shown else ""
    return left


def overseen(actor: Actor) -> Overseen | None:
    """The log that the actor looks through for their organisation; None for who looks through none."""
    content = actor.role is Role.DATA_PROTECTION_OFFICER
    if not actor.active or not actor.organisation or not (content or actor.role is Role.ADMINISTRATOR):
        return None
    return Overseen(Scope("a.organisation = %s", (actor.organisation,)), content)
