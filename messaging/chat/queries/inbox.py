"""The list of threads: what is new where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from messaging.chat import resources
from messaging.chat.models import Message, Thread
from messaging.chat.queries.listening import body_of
from patients import vault
from patients.access import rules
from patients.access.categories import CHAT
from patients.access.ceilings import Action
from patients.accounts.actor import Actor
from patients.network import queries as network

LONGEST = 50  # threads
_COLUMNS = "SELECT d.thread AS id, d.patient, d.head, d.epoch, d.key, d.last_at, d.seen"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thread of the list."""

    thread: UUID
    patient: str  # logical id
    name: str
    author: str
    text: str
    at: datetime
    unread: int
    own: bool


def inbox(actor: Actor, *, limit: int = LONGEST) -> list[Entry]:
    """The threads that the actor may read and in which something stands, the newest first, with their last messages."""
    return _entries(actor, _visible(actor, limit))


def entry_of(actor: Actor, patient_id: str) -> Entry | None:
    """The thread of one patient, if the actor may read it and something stands in it."""
    sql, params = _statement(actor, "d.head > 0 AND d.patient = %s", [patient_id])
    found = list(Thread.objects.raw(f"{_COLUMNS} {sql}", params))
    return next(iter(_entries(actor, found)), None)


def _entries(actor: Actor, rows: list[Any]) -> list[Entry]:
    last = {message.thread_id: message for message in Message.objects.filter(_last(rows))} if rows else {}
    vault.open_keys(row.key for row in rows)
    names = network.names({*(f"Patient/{row.patient}" for row in rows), *resources.persons(last.values())})
    return [
        Entry(
            thread=row.pk,
            patient=row.patient,
            name=names.get(f"Patient/{row.patient}") or _("Somebody without a name"),
            author=names.get(message.person, ""),
            text=body_of(row, message).text,
            at=message.sent_at,
            unread=max(row.head - row.seen, 0),
            own=message.sender_id == actor.account,
        )
        for row in rows
        if (message := last.get(row.pk)) is not None
    ]


def unread(actor: Actor) -> int:
    """In how many threads something stands that the actor has not read; counted up to 99."""
    sql, params = _statement(actor, "d.head > d.seen")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM (SELECT 1 AS one {sql} LIMIT 99) counted", params)
        row = cursor.fetchone()
        return int(row[0])


def _visible(actor: Actor, limit: int) -> list[Any]:
    """Threads that also know how far the actor has `seen`."""
    sql, params = _statement(actor, "d.head > 0")
    return list(Thread.objects.raw(f"{_COLUMNS} {sql} ORDER BY d.last_at DESC LIMIT %s", [*params, limit]))


def _statement(actor: Actor, condition: str, more: Sequence[str] = ()) -> tuple[str, list[Any]]:
    """The threads that this actor may read, as `d`: the one rule text, over threads instead of documents."""
    scope = rules.scope(actor, Action.READ)
    return (
        "FROM (SELECT CAST(NULL AS bigint) AS id, CAST('' AS varchar(64)) AS type, t.patient AS patient,"
        f" CAST('*' AS varchar(80)) AS custodian, CAST('{CHAT}' AS varchar(16)) AS category, t.id AS thread,"
        " t.head AS head, t.epoch AS epoch, t.key AS key, t.last_at AS last_at, COALESCE(m.seq, 0) AS seen"
        " FROM chat_thread t LEFT JOIN chat_mark m ON m.thread_id = t.id AND m.account_id = %s) d"
        f" WHERE {condition} AND ({scope.sql})",
        [actor.account, *more, *scope.params],
    )


def _last(rows: Sequence[Thread]) -> Q:
    """The last message of each thread."""
    asked = Q()
    for row in rows:
        asked |= Q(thread=row.pk, seq=row.head)
    return asked
