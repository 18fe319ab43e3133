"""Adding to the log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import connection

from patients.audit.row import COLUMNS, Row, clock
from patients.audit.written import remember
from patients.database import rows as many
from patients.database import transaction_number, write

_WITH_MAC = {**COLUMNS, "mac": "bytea"}
_UNLESS_TAKEN = "ON CONFLICT DO NOTHING"
_REASON = 200
_AT_ONCE = 500  # rows in one statement: 9,000 values, below the limits of both databases


class Who(Protocol):
    """What the log keeps of an actor (`patients.accounts.actor.Actor` is one; accounts lie above us)."""

    @property
    def account(self) -> int | None: ...
    @property
    def person(self) -> str | None: ...
    @property
    def role(self) -> str: ...
    @property
    def organisation(self) -> str | None: ...
    def purpose_for(self, patient: str | None) -> tuple[str, str]: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to log. `action`: create, read, version, history, search, update, delete, sign-in …; `outcome`: done,
    denied, failed; `source`: page, fhir, socket, command, import …; `digest`: SHA-256 of the sealed body of a write;
    `detail`: further ids, never words that a person wrote and never a search text."""

    action: str
    outcome: str = "done"
    patient: str | None = None
    type: str | None = None
    ident: str | None = None
    version: int | None = None
    digest: bytes | None = None
    source: str = ""
    detail: str = ""


def record(
    actor: Who | None,
    *,
    action: str,
    outcome: str = "done",
    patient: str | None = None,
    type: str | None = None,
    ident: str | None = None,
    version: int | None = None,
    digest: bytes | None = None,
    source: str = "",
    detail: str = "",
) -> int:
    """Log one look or act: one INSERT, in the running `write()` or in one of its own. Returns the row's id.

    `actor` is None for somebody who is not signed in.
    """
    entry = Entry(action, outcome, patient, type, ident, version, digest, source, detail)
    return record_many(actor, (entry,))[0]


def record_many(actor: Who | None, entries: Iterable[Entry]) -> list[int]:
    """Log several at once, in as few statements as the database takes. Returns the ids, in order."""
    return record_each((actor, entry) for entry in entries)


def record_each(entries: Iterable[tuple[Who | None, Entry]]) -> list[int]:
    """The same for the acts of several actors: what shares a transaction shares its statements."""
    rows = list(entries)
    if transaction_number() is not None:
        return _inserted(rows)
    with write():
        return _inserted(rows)


class Underway:
    """Rows that were sent to the log inside `write()`. `settle` before its end, or one of them may be missing."""

    def __init__(self, entries: Sequence[tuple[Who | None, Entry]]) -> None:
        self._parts = [_sent(entries[at : at + _AT_ONCE]) for at in range(0, len(entries), _AT_ONCE)]

    def settle(self) -> list[int]:
        """See that all were written; the ids, in order."""
        return [ident for part in self._parts for ident in part()]


def send_many(actor: Who | None, entries: Iterable[Entry]) -> Underway:
    """`record_many` that does not wait for the answer: inside `rows.at_once` it costs no round trip of its own."""
    return Underway([(actor, entry) for entry in entries])


def _inserted(entries: Sequence[tuple[Who | None, Entry]]) -> list[int]:
    return Underway(entries).settle()


def _sent(part: Sequence[tuple[Who | None, Entry]]) -> Callable[[], list[int]]:
    rows = [_row(actor, entry) for actor, entry in part]
    given = _send(rows)

    def settle() -> list[int]:
        written = {ident for (ident,) in given()}
        while len(written) < len(rows):  # another process had taken one of these ids
            for place, row in enumerate(rows):
                if row.id not in written:
                    rows[place] = _row(*part[place])
            again = _send([row for row in rows if row.id not in written])
            written |= {ident for (ident,) in again()}
        ids = [row.id for row in rows]
        remember(ids)
        return ids

    return settle


def _send(rows: Sequence[Row]) -> Callable[[], list[tuple[Any, ...]]]:
    """Gives the ids that were written; one that another process has taken is left out."""
    values: list[tuple[Any, ...]] = []
    for row in rows:
        ident, at, *others = row
        values.append((ident, connection.ops.adapt_datetimefield_value(at), *others, row.mac()))
    return many.send("audit_event", _WITH_MAC, values, _UNLESS_TAKEN, returning="id")


def _row(actor: Who | None, entry: Entry) -> Row:
    ident, moment = clock.next()
    purpose, reason = actor.purpose_for(entry.patient) if actor else ("", "")
    return Row(
        id=ident,
        at=moment,
        account=actor.account if actor else None,
        person=(actor.person or "") if actor else "",
        role=str(actor.role) if actor else "",
        organisation=(actor.organisation or "") if actor else "",
        purpose=str(purpose),
        reason=reason[:_REASON],
        action=entry.action,
        outcome=entry.outcome,
        patient=entry.patient or "",
        type=entry.type or "",
        ident=entry.ident or "",
        version=entry.version,
        digest=entry.digest,
        source=entry.source,
        detail=entry.detail,
    )
