"""The one rule text. Lists, searches, chains, topics and exports filter by `scope`; single documents ask `decide`.

Allowed = account active, and the role's ceiling, and a right that lives now (`patients.access.derivation` tells which
links, bases and objections make one). The text is SQL over the document table `d`, the same on SQLite and PostgreSQL,
built once per role and action; what differs from actor to actor are parameters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final, Protocol

from django.db import connection

from patients.access import ceilings
from patients.access.categories import ADMINISTRATIVE, CONSENT, DIRECTORY
from patients.access.ceilings import Action, Deed
from patients.access.importing import IMPORT
from patients.access.models import CREATE, DELETE, READ, UPDATE, Right
from patients.accounts.actor import Actor, Role
from patients.database import rows

SHARED_WORK: Final = ("Patient", "Appointment", "AppointmentResponse", "Encounter", "Task")
_BITS: Final = {Action.READ: READ, Action.CREATE: CREATE, Action.UPDATE: UPDATE, Action.DELETE: DELETE}
_WITHOUT_ORGANISATION: Final = (Role.PATIENT, Role.RELATIVE, Role.REPRESENTATIVE)  # their rights are personal
_NOBODY: Final = "-"  # equals no id and no reference
_NOTHING: Final = "1 = 0"
_EVERYTHING: Final = "1 = 1"
_OF_THE_NETWORK: Final = f"COALESCE(d.custodian, '{IMPORT}') <> '{IMPORT}'"  # never NULL: it stands below a NOT
_PETITION: Final = f"d.type = 'Task' AND d.category = '{CONSENT}'"  # who asks for what, who read in an emergency
_NO_EMERGENCY: Final = f"r.basis <> '{Right.Basis.EMERGENCY}'"
_OTHERS_CONCERNED: Final = "SELECT 1 FROM records_compartment c WHERE c.document_id = d.id"
_IMPORTED: Final = f"(d.custodian = '{IMPORT}' OR EXISTS (SELECT 1 FROM access_imported i WHERE i.document_id = d.id))"


@dataclass(frozen=True, slots=True)
class Scope:
    """A WHERE fragment over the document table, which is named `d`."""

    sql: str
    params: tuple[Any, ...] = ()


class Row(Protocol):
    """What a decision needs to know of a document, stored or about to be."""

    @property
    def pk(self) -> int | None: ...
    @property
    def type(self) -> str: ...
    @property
    def patient(self) -> str | None: ...
    @property
    def custodian(self) -> str | None: ...
    @property
    def category(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Sketch:
    """A document that is not stored yet, as far as a decision needs it: once for each patient."""

    type: str
    category: str
    patient: str | None = None
    custodian: str | None = None
    pk: int | None = None


def scope(actor: Actor, action: Action, *, patient: str | None = None, at: datetime | None = None) -> Scope:
    """Which documents the actor may read (create, update, delete) now.

    With `patient`, only those that stand under this patient: the same rule in a form that costs less for each row.
    """
    if not actor.active:
        return Scope(_NOTHING)
    if actor.role is Role.SYSTEM:
        return Scope(_EVERYTHING) if patient is None else Scope("d.patient = %s", (patient,))
    text, names = _text(actor.role, action, bound=patient is not None)
    values = _values(actor, at)
    return Scope(text, tuple(patient if name == "bound" else values[name] for name in names))


def decide(actor: Actor, action: Action, document: Row, *, at: datetime | None = None) -> bool:
    """Whether the actor may do this with this document: the same text as `scope`, over this one row."""
    rule = scope(actor, action, at=at)
    if rule.sql in (_NOTHING, _EVERYTHING):
        return rule.sql == _EVERYTHING
    row = (document.pk, document.type, document.patient, document.custodian, document.category)
    with connection.cursor() as cursor:
        cursor.execute(_ONE_ROW + rule.sql, (*row, *rule.params))
        return cursor.fetchone() is not None


def decide_each(actor: Actor, action: Action, documents: Sequence[Row], *, at: datetime | None = None) -> list[bool]:
    """The same for each of several documents, with one statement for many."""
    rule = scope(actor, action, at=at)
    if rule.sql in (_NOTHING, _EVERYTHING):
        return [rule.sql == _EVERYTHING] * len(documents)
    found: set[int] = set()
    for first in range(0, len(documents), _MOST_ROWS):
        part = documents[first : first + _MOST_ROWS]
        given = [(each.pk, each.type, each.patient, each.custodian, each.category) for each in part]
        values = ", ".join(["(%s, %s, %s, %s, %s, %s)"] * len(part))
        params = [value for place, row in enumerate(given, first) for value in (place, *row)]
        with connection.cursor() as cursor:
            cursor.execute(_MANY_ROWS.replace("{rows}", f"(VALUES {values})") + rule.sql, (*params, *rule.params))
            found.update(place for (place,) in cursor.fetchall())
    return [place in found for place in range(len(documents))]


def allowed(
    actor: Actor, action: Action | Deed, *, patient: str, category: str = ADMINISTRATIVE, at: datetime | None = None
) -> bool:
    """Whether the actor may do what is no document of its own: read a thread, write in it, consult, invite.

    It takes a right on the records of others: a link with a basis, a delegation, or being the patient.
    """
    if isinstance(action, Deed):
        if not _does(actor, action):
            return False
        action = _takes(actor, action)
    return decide(actor, action, Sketch("", category, patient, custodian="*"), at=at)


def _takes(actor: Actor, deed: Deed) -> Action:
    """What a right must allow for a deed. Who only reads (break-glass, a delegation) does nothing of it.

    Roles that record nothing administrative at all (the patient, a nursing assistant) consult with a right to read.
    """
    records = ADMINISTRATIVE in ceilings.ceiling(actor.role, Action.CREATE)
    return Action.READ if deed is Deed.EMERGENCY or (deed is Deed.CONSULT and not records) else Action.CREATE


def _does(actor: Actor, deed: Deed) -> bool:
    return actor.role is Role.SYSTEM or ceilings.may(actor.role, deed)


def _answering(actor: Actor, patient: str) -> str | None:
    """Who would answer for what the actor records, see `patients.access.writing.custodian_of`."""
    if actor.patient or actor.role is Role.REPRESENTATIVE:
        return f"Patient/{patient}"
    return actor.organisation


@dataclass(frozen=True, slots=True)
class Wish:
    """Something that the actor may want to do for a patient. `own`: with a record for which the actor answers."""

    action: Action | Deed
    category: str = ADMINISTRATIVE
    type: str = ""
    own: bool = False


def allowed_among(actor: Actor, wishes: Mapping[str, Wish], *, patient: str) -> frozenset[str]:
    """Which of several things, by name, the actor may do for one patient: as `allowed`, with one statement."""
    arms: list[str] = []
    params: list[Any] = []
    for name, wish in wishes.items():
        action = _takes(actor, wish.action) if isinstance(wish.action, Deed) else wish.action
        if isinstance(wish.action, Deed) and not _does(actor, wish.action):
            continue
        custodian = _answering(actor, patient) if wish.own else "*"
        if custodian is None:
            continue
        rule = scope(actor, action)
        arms.append(f"SELECT CAST(%s AS varchar(32)) {_ONE_ROW.removeprefix('SELECT 1 ')}{rule.sql}")
        params += [name, None, wish.type, patient, custodian, wish.category, *rule.params]
    if not arms:
        return frozenset()
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(arms), params)
        return frozenset(row[0] for row in cursor.fetchall())


def allowed_each(
    asked: Sequence[tuple[Actor, str]], action: Action, *, category: str, at: datetime | None = None
) -> list[bool]:
    """For several actors, each with a patient: as `allowed`, with one statement per role."""
    found: set[int] = set()
    by_role: dict[Role, list[int]] = defaultdict(list)
    for place, (actor, _) in enumerate(asked):
        if actor.active:
            by_role[actor.role].append(place)
    found.update(by_role.pop(Role.SYSTEM, ()))
    for role, places in by_role.items():
        given = [(place, asked[place][1], *_values(asked[place][0], at).values()) for place in places]
        found.update(place for (place,) in rows.select(_for_each(role, action), _GIVEN, given, before=[category]))
    return [place in found for place in range(len(asked))]


_GIVEN: Final = ("integer", "text", "timestamptz", "text", "text", "text")


@cache
def _for_each(role: Role, action: Action) -> str:
    """The rule over rows of (place, patient, and the values of an actor) instead of documents."""
    text, names = _text(role, action, bound=False)
    parts = text.split("%s")
    rule = parts[0] + "".join(f"d.by_{name}{part}" for name, part in zip(names, parts[1:], strict=True))
    return (
        "SELECT d.place FROM (SELECT v.column1 AS place, CAST(NULL AS bigint) AS id, CAST('' AS varchar(64)) AS type,"
        " v.column2 AS patient, CAST('*' AS varchar(80)) AS custodian, CAST(%s AS varchar(16)) AS category,"
        " v.column3 AS by_now, v.column4 AS by_organisation, v.column5 AS by_person, v.column6 AS by_patient"
        f" FROM {{rows}} v) d WHERE {rule}"
    )


def _values(actor: Actor, at: datetime | None) -> dict[str, Any]:
    return {
        "now": connection.ops.adapt_datetimefield_value(at or datetime.now(UTC)),
        "organisation": "" if actor.role in _WITHOUT_ORGANISATION else actor.organisation or _NOBODY,
        "person": actor.person or _NOBODY,
        "patient": actor.patient or _NOBODY,
    }


_ONE_ROW: Final = (
    "SELECT 1 FROM (SELECT CAST(%s AS bigint) AS id, CAST(%s AS varchar(64)) AS type,"
    " CAST(%s AS varchar(64)) AS patient, CAST(%s AS varchar(80)) AS custodian,"
    " CAST(%s AS varchar(16)) AS category) d WHERE "
)


_MANY_ROWS: Final = (  # the same of many, each with its place
    "SELECT d.place FROM (SELECT v.column1 AS place, CAST(v.column2 AS bigint) AS id,"
    " CAST(v.column3 AS varchar(64)) AS type, CAST(v.column4 AS varchar(64)) AS patient,"
    " CAST(v.column5 AS varchar(80)) AS custodian, CAST(v.column6 AS varchar(16)) AS category FROM {rows} v) d WHERE "
)
_MOST_ROWS: Final = 500


@cache
def _text(role: Role, action: Action, *, bound: bool) -> tuple[str, tuple[str, ...]]:
    """The rule of a role for an action, with `{name}` turned into placeholders; and their names in order."""
    if role is Role.SYSTEM_CLIENT:
        return _placeholders(f"d.patient = {{bound}} AND {_IMPORTED}" if bound else _IMPORTED)
    ceiling = dict(ceilings.ceiling(role, action))
    directory = ceiling.pop(DIRECTORY, ())
    parts = []
    if directory and not bound:
        own = "" if any(not leave.own for leave in directory) else " AND d.custodian = {organisation}"
        parts.append(f"d.category = '{DIRECTORY}' AND d.patient IS NULL{own}")
    if ceiling:
        kept = " AND d.type <> 'Patient'" if action is Action.DELETE else ""  # a person is erased, never deleted
        standing = _standing_under_one(role, action) if bound else _standing(role, action)
        parts.append(f"({_ceiling(ceiling)}) AND ({standing}){kept}")
    return _placeholders(" OR ".join(f"({part})" for part in parts) or _NOTHING)


def _ceiling(ceiling: dict[str, tuple[ceilings.Leave, ...]]) -> str:
    whole = [name for name, leaves in ceiling.items() if any(not leave.own and not leave.types for leave in leaves)]
    parts = [f"d.category IN ({_quoted(whole)})"] if whole else []
    for category in ceiling.keys() - whole:
        types = sorted({name for leave in ceiling[category] for name in leave.types})
        if types:
            parts.append(f"d.category = '{category}' AND d.type IN ({_quoted(types)})")
        if any(leave.own for leave in ceiling[category]):
            parts.append(f"d.category = '{category}' AND d.custodian = {{organisation}}")
    return " OR ".join(f"({part})" for part in sorted(parts))


def _standing(role: Role, action: Action) -> str:
    """Of one patient: a right. Of several: a right on each. Of nobody: the custodian."""
    nobody = f"d.custodian = {{organisation}} AND NOT EXISTS ({_OTHERS_CONCERNED})"
    return (
        f"CASE WHEN d.patient IS NOT NULL THEN {_right(role, action, 'd.patient')}"
        f" ELSE EXISTS ({_OTHERS_CONCERNED}) OR ({nobody}) END AND {_on_each(role, action)}"
    )


def _standing_under_one(role: Role, action: Action) -> str:
    """The same for documents of `{bound}`: the rights are found once, not for each document."""
    if role is Role.PATIENT:
        right = _right(role, action, "d.patient")
    else:
        live, foreign = _live(role, action, "{bound}"), _foreign(action)
        of_others = f"SELECT r.category FROM access_right r WHERE {live} AND r.custodian = ''"
        right = (
            f"(({foreign}) AND NOT ({_PETITION}) AND d.category IN ({of_others})"
            f" OR ({foreign}) AND {_PETITION} AND d.category IN ({of_others} AND {_NO_EMERGENCY})"
            f" OR (d.category, d.custodian) IN (SELECT r.category, r.custodian FROM access_right r WHERE {live}))"
        )
    return f"d.patient = {{bound}} AND {right} AND {_on_each(role, action)}"


def _on_each(role: Role, action: Action) -> str:
    return f"NOT EXISTS ({_OTHERS_CONCERNED} AND NOT ({_right(role, action, 'c.patient')}))"


def _right(role: Role, action: Action, patient: str) -> str:
    if role is Role.PATIENT:
        own = f"d.custodian = 'Patient/' || {patient} OR d.type IN ({_quoted(SHARED_WORK)})"
        narrowed = f" AND ({own})" if action is Action.UPDATE else ""
        live = f"r.basis = '{Right.Basis.SELF}' AND {_live(role, action, patient)}"
        joined = f"EXISTS (SELECT 1 FROM access_right r WHERE {live})"
        return f"(({patient} = {{patient}} OR {joined}) AND {_OF_THE_NETWORK}{narrowed})"
    return (
        f"EXISTS (SELECT 1 FROM access_right r WHERE {_live(role, action, patient)} AND r.category = d.category"
        f" AND (r.custodian = d.custodian"
        f" OR (r.custodian = '' AND {_foreign(action)} AND ({_NO_EMERGENCY} OR NOT ({_PETITION})))))"
    )


def _live(role: Role, action: Action, patient: str) -> str:
    """A right of the actor on this patient that holds now and is for this."""
    persons = "r.person = {person}" if role in ceilings.BY_NAME_ONLY else "r.person IN ('', {person})"
    return (
        f"r.patient = {patient} AND r.organisation = {{organisation}} AND {persons}"
        f" AND r.since <= {{now}} AND r.until > {{now}} AND (r.actions & {_BITS[action]}) <> 0"
    )


def _foreign(action: Action) -> str:
    """What another custodian answers for: changed only where work is shared, never deleted."""
    if action is Action.UPDATE:
        return f"{_OF_THE_NETWORK} AND d.type IN ({_quoted(SHARED_WORK)})"
    return _NOTHING if action is Action.DELETE else _OF_THE_NETWORK


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in sorted(names))


def _placeholders(text: str) -> tuple[str, tuple[str, ...]]:
    names = []
    parts = text.split("{")
    for part in parts[1:]:
        names.append(part.partition("}")[0])
    return "%s".join([parts[0], *(part.partition("}")[2] for part in parts[1:])]), tuple(names)
