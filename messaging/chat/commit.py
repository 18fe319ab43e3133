"""One batch of messages, one transaction: rights, resends and places in the thread are settled inside it."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import DatabaseError, connection
from django.utils import timezone
from django.utils.translation import gettext as _

from messaging.chat import resources
from messaging.chat.models import Message, Thread
from messaging.chat.resources import Body
from patients import audit
from patients.access import rules
from patients.access.categories import CHAT
from patients.access.ceilings import Action
from patients.access.refusals import refused
from patients.accounts.actor import Actor
from patients.database import write
from patients.errors import Conflict, Missing, Problem


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants to say."""

    thread: UUID
    actor: Actor
    cid: UUID
    text: str
    source: str = "socket"


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that was committed. `message` is None for a resend, which says nothing new."""

    seq: int
    cid: UUID
    message: Message | None = None
    body: Body | None = None


Outcome = Sent | Problem


def store(drafts: Sequence[Draft]) -> list[Outcome]:
    """Write the drafts in one transaction; what became of each, in order. Raises only when the whole batch failed."""
    with write():
        threads = _locked({draft.thread for draft in drafts})
        outcomes = _settled(drafts, threads)
        _write(drafts, threads, outcomes)
    return [outcomes[place] for place in range(len(drafts))]


def _locked(ids: set[UUID]) -> dict[UUID, Thread]:
    """The threads, locked in the order of their ids: in another order two batches could wait for each other."""
    return {thread.pk: thread for thread in Thread.objects.filter(pk__in=ids).order_by("pk").select_for_update()}


def _settled(drafts: Sequence[Draft], threads: dict[UUID, Thread]) -> dict[int, Outcome]:
    """The drafts that need no row: not allowed, or sent before."""
    outcomes: dict[int, Outcome] = {}
    before = _sent_before(drafts)
    first: dict[tuple[int | None, UUID], int] = {}
    leave: dict[tuple[Actor, UUID], bool] = {}
    for place, draft in enumerate(drafts):
        thread = threads.get(draft.thread)
        key = (draft.actor.account, draft.cid)
        asked = (draft.actor, draft.thread)
        if asked not in leave:
            leave[asked] = thread is not None and may(draft.actor, Action.CREATE, thread)
        if not leave[asked]:
            outcomes[place] = no_such_thread("create", thread)
        elif known := before.get(key):
            outcomes[place] = _resent(draft, *known)
        elif key in first:
            outcomes[place] = _Again(first[key])
        elif draft.actor.account is not None:
            first[key] = place
    return outcomes


class _Again(Problem):
    """The same message stands earlier in this batch, at `place`. Never leaves this module."""

    def __init__(self, place: int) -> None:
        super().__init__("")
        self.place = place


def no_such_thread(action: str, thread: Thread | None) -> Missing:
    """What does not exist and what one may not see answer alike; the log knows which it was."""
    problem = Missing(_("There is no such thread."))
    if thread is not None:
        entry = audit.Entry(
            action, outcome="denied", patient=thread.patient, type="Communication", ident=str(thread.pk)
        )
        refused(problem, entry)
    return problem


def may(actor: Actor, action: Action, thread: Thread) -> bool:
    """Whether the actor may read or write in this thread now."""
    return rules.allowed(actor, action, patient=thread.patient, category=CHAT)


def _sent_before(drafts: Sequence[Draft]) -> dict[tuple[int | None, UUID], tuple[UUID, int]]:
    """Thread and seq of what was sent before, by account and cid."""
    found = Message.objects.filter(
        sender__in={draft.actor.account for draft in drafts if draft.actor.account is not None},
        cid__in={draft.cid for draft in drafts},
    ).values_list("sender_id", "cid", "thread_id", "seq")
    return {(sender, cid): (thread, seq) for sender, cid, thread, seq in found}


def _resent(draft: Draft, thread: UUID, seq: int) -> Outcome:
    if thread != draft.thread:
        return Conflict(_("This message was already sent in another conversation."))
    return Sent(seq, draft.cid)


def _write(drafts: Sequence[Draft], threads: dict[UUID, Thread], outcomes: dict[int, Outcome]) -> None:
    """Give the new drafts their places and write them. Completes `outcomes`."""
    new: dict[UUID, list[int]] = defaultdict(list)
    for place, draft in enumerate(drafts):
        if place not in outcomes:
            new[draft.thread].append(place)
    now = timezone.now()
    heads = _advanced({thread: len(places) for thread, places in new.items()}, now) if new else {}
    messages: list[Message] = []
    for ident, places in new.items():
        for seq, place in enumerate(places, heads[ident] - len(places) + 1):
            body = Body(drafts[place].text)
            message = _message(threads[ident], seq, drafts[place], body, now)
            messages.append(message)
            outcomes[place] = Sent(seq, drafts[place].cid, message, body)
    Message.objects.bulk_create(messages)
    for place, outcome in list(outcomes.items()):
        if isinstance(outcome, _Again):
            outcomes[place] = _after(drafts[place], drafts[outcome.place], outcomes[outcome.place])
    _follow(drafts, threads, outcomes, now)


def _after(draft: Draft, earlier: Draft, outcome: Outcome) -> Outcome:
    if isinstance(outcome, Sent):
        return _resent(draft, earlier.thread, outcome.seq)
    return outcome


def _advanced(numbers: dict[UUID, int], now: datetime) -> dict[UUID, int]:
    """Move the heads of these threads on, each by its number, with one statement. Gives the new heads."""
    adapt = Thread._meta.pk.get_db_prep_value
    ids = {ident: adapt(ident, connection) for ident in numbers}
    whens = " ".join(["WHEN %s THEN %s"] * len(numbers))
    values = [value for ident, number in numbers.items() for value in (ids[ident], number)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE chat_thread SET last_at = %s, head = head + CASE id {whens} END"
            f" WHERE id IN ({', '.join(['%s'] * len(numbers))}) RETURNING id, head",
            [connection.ops.adapt_datetimefield_value(now), *values, *ids.values()],
        )
        return {ident if isinstance(ident, UUID) else UUID(ident): head for ident, head in cursor.fetchall()}


def _message(thread: Thread, seq: int, draft: Draft, body: Body, now: datetime) -> Message:
    return Message(
        thread=thread,
        seq=seq,
        sender_id=draft.actor.account,
        person=draft.actor.person or "",
        role=str(draft.actor.role),
        organisation=draft.actor.organisation or "",
        cid=draft.cid,
        body=resources.sealed(thread, seq, body),
        sent_at=now,
    )


def _follow(drafts: Sequence[Draft], threads: dict[UUID, Thread], outcomes: dict[int, Outcome], now: datetime) -> None:
    """What goes with each new message: its author has read so far, and the log knows of it."""
    marks: dict[tuple[UUID, int], int] = {}
    entries: list[tuple[Actor, audit.Entry]] = []
    for place, outcome in outcomes.items():
        if not isinstance(outcome, Sent) or outcome.message is None:
            continue
        draft = drafts[place]
        if draft.actor.account is not None:
            marks[draft.thread, draft.actor.account] = outcome.seq
        entry = audit.Entry(
            "create",
            patient=threads[draft.thread].patient,
            type="Communication",
            ident=outcome.message.logical_id,
            digest=hashlib.sha256(outcome.message.body).digest(),
            source=draft.source,
        )
        entries.append((draft.actor, entry))
    move_marks(marks, now)
    if entries:
        audit.record_each(entries)


def move_marks(marks: dict[tuple[UUID, int], int], now: datetime) -> None:
    """Say how far accounts have read: (thread, account) → seq. A mark never goes back."""
    if not marks:
        return
    adapt = Thread._meta.pk.get_db_prep_value
    moment = connection.ops.adapt_datetimefield_value(now)
    ordered = sorted(marks.items())  # two processes take the rows in the same order
    rows = [value for (thread, account), seq in ordered for value in (adapt(thread, connection), account, seq, moment)]
    places = ", ".join(["(%s, %s, %s, %s)"] * len(marks))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO chat_mark (thread_id, account_id, seq, at) VALUES {places}"
            " ON CONFLICT (thread_id, account_id) DO UPDATE SET seq = excluded.seq, at = excluded.at"
            " WHERE excluded.seq > chat_mark.seq",
            rows,
        )


def one_by_one(drafts: Sequence[Draft]) -> list[Outcome | DatabaseError]:
    """After a batch failed: each alone, so that one bad message harms no other."""
    results: list[Outcome | DatabaseError] = []
    for draft in drafts:
        try:
            results += store([draft])
        except (DatabaseError, Problem) as problem:  # handed to the one who waits for this message
            results.append(problem)
    return results
