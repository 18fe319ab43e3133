"""The list of threads: what is new where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from messaging.chat import resources
from messaging.chat.models import Message, Thread
from messaging.chat.queries.listening import body_of
from patients import vault
from patients.access import rules
from patients.access.categories import CHAT
from patients.access.ceilings import Action
from patients.accounts.actor import Actor
from patients.database import Number
from patients.network import queries as network

LONGEST = 50  # threads
_FIELDS = ", ".join(f"x.{field.column}" for field in Message._meta.concrete_fields)
_LAST = f"SELECT {_FIELDS}, d.patient AS about, d.key AS thread_key, d.head AS head, d.seen AS seen"
_JOIN = "JOIN chat_message x ON x.thread_id = d.thread AND x.seq = d.head"


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
    sql, params = _statement(actor, "d.head > 0", join=_JOIN)
    return _entries(actor, Message.objects.raw(f"{_LAST} {sql} ORDER BY d.last_at DESC LIMIT %s", [*params, limit]))


def entry_of(actor: Actor, patient_id: str) -> Entry | None:
    """The thread of one patient, if the actor may read it and something stands in it."""
    sql, params = _statement(actor, "d.head > 0 AND d.patient = %s", [patient_id], join=_JOIN)
    return next(iter(_entries(actor, Message.objects.raw(f"{_LAST} {sql}", params))), None)


def _entries(actor: Actor, last: Iterable[Any]) -> list[Entry]:
    """Threads by their last messages, which also know of whom they are `about` and how far the actor has `seen`."""
    rows = [(message, Thread(pk=message.thread_id, key=message.thread_key)) for message in last]
    vault.open_keys(thread.key for _message, thread in rows)
    persons = resources.persons(message for message, _thread in rows)
    names = network.names({*(f"Patient/{message.about}" for message, _thread in rows), *persons})
    return [
        Entry(
            thread=thread.pk,
            patient=message.about,
            name=names.get(f"Patient/{message.about}") or _("Somebody without a name"),
            author=names.get(message.person, ""),
            text=body_of(thread, message).text,
            at=message.sent_at,
            unread=max(message.head - message.seen, 0),
            own=message.sender_id == actor.account,
        )
        for message, thread in rows
    ]


def unread(actor: Actor) -> Number:
    """In how many threads something stands that the actor has not read; counted up to 99."""
    sql, params = _statement(actor, "d.head > d.seen")
    return Number(f"SELECT COUNT(*) FROM (SELECT 1 AS one {sql} LIMIT 99) counted", params)


def _statement(actor: Actor, condition: str, more: Sequence[str] = (), *, join: str = "") -> tuple[str, list[Any]]:
    """The threads that this actor may read, as `d`: the one rule text, over threads instead of documents."""
    scope = rules.scope(actor, Action.READ)
    return (
        "FROM (SELECT CAST(NULL AS bigint) AS id, CAST('' AS varchar(64)) AS type, t.patient AS patient,"
        f" CAST('*' AS varchar(80)) AS custodian, CAST('{CHAT}' AS varchar(16)) AS category, t.id AS thread,"
        " t.head AS head, t.epoch AS epoch, t.key AS key, t.last_at AS last_at, COALESCE(m.seq, 0) AS seen"
        " FROM chat_thread t LEFT JOIN chat_mark m ON m.thread_id = t.id AND m.account_id = %s) d"
        f" {join} WHERE {condition} AND ({scope.sql})",
        [actor.account, *more, *scope.params],
    )
