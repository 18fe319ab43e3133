"""One batch of messages, one transaction: rights, resends and places in the thread are settled inside it.

Seven statements, however many messages: threads, rights (one per role), resends, heads, messages, marks, log. On
PostgreSQL two before them take the turn with the patients' records: no right ends and nothing is erased in between.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import DatabaseError, connection
from django.utils import timezone
from django.utils.translation import gettext as _

from messaging.chat import resources
from messaging.chat.models import Thread
from messaging.chat.resources import Body
from patients import audit
from patients.access import rules
from patients.access.categories import CHAT
from patients.access.ceilings import Action
from patients.access.refusals import refused
from patients.accounts.actor import Actor
from patients.database import rows, write
from patients.errors import Conflict, Missing, Problem
from patients.records import turns

_THREADS = (
    "SELECT t.id, t.patient, t.key FROM chat_thread t WHERE t.id IN (SELECT g.column1 FROM {rows} g) ORDER BY t.id"
)
_SENT_BEFORE = (
    "SELECT m.sender_id, m.cid, m.thread_id, m.seq FROM {rows} g"
    " JOIN chat_message m ON m.sender_id = g.column1 AND m.cid = g.column2"
)
_ADVANCE = (
    "UPDATE chat_thread SET last_at = %s, head = head + g.column2 FROM {rows} g WHERE chat_thread.id = g.column1"
    " RETURNING id, head"
)
_MESSAGE = {
    "thread_id": "uuid", "seq": "bigint", "sender_id": "bigint", "person": "text", "role": "text",
    "organisation": "text", "cid": "uuid", "body": "bytea", "sent_at": "timestamptz",
}  # fmt: skip
_MARK = {"thread_id": "uuid", "account_id": "bigint", "seq": "bigint", "at": "timestamptz"}
_FORWARD = (
    "ON CONFLICT (thread_id, account_id) DO UPDATE SET seq = excluded.seq, at = excluded.at"
    " WHERE excluded.seq > chat_mark.seq"
)


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants to say."""

    thread: UUID
    actor: Actor
    cid: UUID
    text: str
    source: str = "socket"


class Written(NamedTuple):
    """A new message as it was stored."""

    thread_id: UUID
    seq: int
    person: str
    role: str
    organisation: str
    cid: UUID
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that was committed. `message` is None for a resend, which says nothing new."""

    seq: int
    cid: UUID
    message: Written | None = None
    body: Body | None = None


class Place(NamedTuple):
    """What a batch needs to know of a thread."""

    patient: str
    key: str


Outcome = Sent | Problem


class _Again(Problem):
    """The same message stands earlier in this batch, at `place`. Never leaves this module."""

    def __init__(self, place: int) -> None:
        super().__init__("")
        self.place = place


def store(drafts: Sequence[Draft]) -> list[Outcome]:
    """Write the drafts in one transaction; what became of each, in order. Raises only when the whole batch failed."""
    ids = {draft.thread for draft in drafts}
    with write():
        turns.beside(_patients(ids))
        threads = _locked(ids)
        outcomes = _settled(drafts, threads)
        _write(drafts, threads, outcomes)
    return [outcomes[place] for place in range(len(drafts))]


def one_by_one(drafts: Sequence[Draft]) -> list[Outcome | DatabaseError]:
    """After a batch failed: each alone, so that one bad message harms no other."""
    results: list[Outcome | DatabaseError] = []
    for draft in drafts:
        try:
            results += store([draft])
        except (DatabaseError, Problem) as problem:  # handed to the one who waits for this message
            results.append(problem)
    return results


def no_such_thread(action: str, patient: str | None, thread: UUID | None) -> Missing:
    """What does not exist and what one may not see answer alike; the log knows which it was."""
    problem = Missing(_("There is no such thread."))
    if patient is not None:
        entry = audit.Entry(action, outcome="denied", patient=patient, type="Communication", ident=str(thread))
        refused(problem, entry)
    return problem


# -- who may, and what is there already


def _patients(ids: set[UUID]) -> list[str]:
    """Whose threads these are: rights on them stay as they are until the messages are written."""
    return list(Thread.objects.filter(pk__in=ids).values_list("patient", flat=True)) if turns.needed() else []


def _locked(ids: set[UUID]) -> dict[UUID, Place]:
    """The threads, locked in the order of their ids: in another order two batches could wait for each other."""
    lock = " FOR UPDATE" if connection.features.has_select_for_update else ""
    found = rows.select(_THREADS + lock, ("uuid",), [(ident,) for ident in map(_id_writer(), ids)])
    return {_as_uuid(ident): Place(patient, key) for ident, patient, key in found}


def _settled(drafts: Sequence[Draft], threads: dict[UUID, Place]) -> dict[int, Outcome]:
    """The drafts that need no row: not allowed, or sent before."""
    outcomes: dict[int, Outcome] = {}
    leave = _leave(drafts, threads)
    before = _sent_before(drafts)
    first: dict[tuple[int | None, UUID], int] = {}
    for place, draft in enumerate(drafts):
        key = (draft.actor.account, draft.cid)
        if not leave.get((draft.actor, draft.thread)):
            thread = threads.get(draft.thread)
            outcomes[place] = no_such_thread("create", thread.patient if thread else None, draft.thread)
        elif known := before.get(key):
            outcomes[place] = _resent(draft, *known)
        elif key in first:
            outcomes[place] = _Again(first[key])
        elif draft.actor.account is not None:
            first[key] = place
    return outcomes


def _leave(drafts: Sequence[Draft], threads: dict[UUID, Place]) -> dict[tuple[Actor, UUID], bool]:
    """Who may write in which of the threads."""
    asked = list(dict.fromkeys((draft.actor, draft.thread) for draft in drafts if draft.thread in threads))
    patients = [(actor, threads[thread].patient) for actor, thread in asked]
    return dict(zip(asked, rules.allowed_each(patients, Action.CREATE, category=CHAT), strict=True))


def _sent_before(drafts: Sequence[Draft]) -> dict[tuple[int | None, UUID], tuple[UUID, int]]:
    """Thread and seq of what was sent before, by account and cid."""
    as_id = _id_writer()
    asked = {(draft.actor.account, as_id(draft.cid)) for draft in drafts if draft.actor.account is not None}
    found = rows.select(_SENT_BEFORE, ("bigint", "uuid"), list(asked))
    return {(sender, _as_uuid(cid)): (_as_uuid(thread), seq) for sender, cid, thread, seq in found}


def _resent(draft: Draft, thread: UUID, seq: int) -> Outcome:
    if thread != draft.thread:
        return Conflict(_("This message was already sent in another conversation."))
    return Sent(seq, draft.cid)


# -- writing


def _write(drafts: Sequence[Draft], threads: dict[UUID, Place], outcomes: dict[int, Outcome]) -> None:
    """Give the new drafts their places and write them, with what goes with each. Completes `outcomes`."""
    new: dict[UUID, list[int]] = defaultdict(list)
    for place, draft in enumerate(drafts):
        if place not in outcomes:
            new[draft.thread].append(place)
    if new:
        now = timezone.now()
        heads = _advanced({thread: len(places) for thread, places in new.items()}, now)
        written = []
        for ident, places in new.items():
            for seq, place in enumerate(places, heads[ident] - len(places) + 1):
                written.append((drafts[place], _as_sent(drafts[place], seq, now)))
                outcomes[place] = written[-1][1]
        _insert(written, threads, now)
    for place, outcome in list(outcomes.items()):
        if isinstance(outcome, _Again):
            outcomes[place] = _after(drafts[place], drafts[outcome.place], outcomes[outcome.place])


def _after(draft: Draft, earlier: Draft, outcome: Outcome) -> Outcome:
    if isinstance(outcome, Sent):
        return _resent(draft, earlier.thread, outcome.seq)
    return outcome


def _as_sent(draft: Draft, seq: int, now: datetime) -> Sent:
    actor = draft.actor
    message = Written(draft.thread, seq, actor.person or "", str(actor.role), actor.organisation or "", draft.cid, now)
    return Sent(seq, draft.cid, message, Body(draft.text))


def _advanced(numbers: dict[UUID, int], now: datetime) -> dict[UUID, int]:
    """Move the heads of these threads on, each by its number. Gives the new heads."""
    as_id = _id_writer()
    moves = [(as_id(ident), number) for ident, number in numbers.items()]
    heads = rows.select(_ADVANCE, ("uuid", "bigint"), moves, before=[_as_moment(now)])
    return {_as_uuid(ident): head for ident, head in heads}


def _insert(written: Sequence[tuple[Draft, Sent]], threads: dict[UUID, Place], now: datetime) -> None:
    """The rows of new messages; their authors have read so far; and the log knows of each."""
    as_id, moment = _id_writer(), _as_moment(now)
    messages: list[tuple[Any, ...]] = []
    entries: list[tuple[Actor, audit.Entry]] = []
    marks: dict[tuple[UUID, int], int] = {}
    for draft, sent in written:
        message, place, account = sent.message, threads[draft.thread], draft.actor.account
        assert message is not None
        assert sent.body is not None
        sealed = resources.sealed(place.key, draft.thread, sent.seq, sent.body)
        messages.append((as_id(draft.thread), sent.seq, account, message.person, message.role, message.organisation,
                         as_id(draft.cid), sealed, moment))  # fmt: skip
        if account is not None:
            marks[draft.thread, account] = sent.seq
        entry = audit.Entry(
            "create", patient=place.patient, type="Communication", ident=resources.logical_id(draft.thread, sent.seq),
            digest=hashlib.sha256(sealed).digest(), source=draft.source,
        )  # fmt: skip
        entries.append((draft.actor, entry))
    with rows.at_once():
        rows.insert("chat_message", _MESSAGE, messages)
        move_marks(marks, now)
        audit.record_each(entries)


def move_marks(marks: dict[tuple[UUID, int], int], now: datetime) -> None:
    """Say how far accounts have read: (thread, account) → seq. A mark never goes back."""
    if not marks:
        return
    ordered = sorted(marks.items())  # two processes take the rows in the same order
    as_id, moment = _id_writer(), _as_moment(now)
    moved = [(as_id(thread), account, seq, moment) for (thread, account), seq in ordered]
    rows.insert("chat_mark", _MARK, moved, _FORWARD)


def _id_writer() -> Callable[[UUID], UUID | str]:
    """How the ORM writes a UUID here."""
    return (lambda ident: ident) if connection.features.has_native_uuid_field else (lambda ident: ident.hex)


def _as_uuid(ident: UUID | str) -> UUID:
    """What stands in the database, read."""
    return ident if isinstance(ident, UUID) else UUID(ident)


def _as_moment(moment: datetime) -> Any:
    """As the ORM writes it."""
    return connection.ops.adapt_datetimefield_value(moment)
