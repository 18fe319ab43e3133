"""Who may read the log (DESIGN §5): the patient what concerns them, and who represents them in matters of health; the
data protection officer what their own organisation did, its administrator that without content. Nobody else, whatever
they may read in the records.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection

from patients.access.categories import CLINICAL
from patients.access.models import READ, Right
from patients.access.rules import Scope
from patients.accounts.actor import Actor, Role

NOTHING = Scope("1 = 0")
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


def overseen(actor: Actor) -> Overseen | None:
    """The log that the actor looks through for their organisation; None for who looks through none."""
    content = actor.role is Role.DATA_PROTECTION_OFFICER
    if not actor.active or not actor.organisation or not (content or actor.role is Role.ADMINISTRATOR):
        return None
    return Overseen(Scope("a.organisation = %s", (actor.organisation,)), content)
