"""What people do in a thread: open it, say something, read."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from messaging.chat import commit, looks, topics
from messaging.chat.commit import Draft, Sent
from messaging.chat.models import Mark, Message, Thread, new_epoch
from messaging.chat.queries import Entry
from messaging.chat.writer import tell, writer
from messaging.realtime import publish
from patients import audit, vault
from patients.access import rules
from patients.access.categories import CHAT
from patients.access.ceilings import Action
from patients.accounts.actor import Actor
from patients.database import write
from patients.errors import Finding, Invalid, Problem
from patients.records import turns

LONGEST = 4000  # characters of a message


def open_thread(actor: Actor, patient_id: str) -> Thread:
    """The thread of a patient's care team, begun by the first who opens it. Raises Missing for who may not read it."""
    thread = Thread.objects.filter(patient=patient_id).first()
    if not rules.allowed(actor, Action.READ, patient=patient_id, category=CHAT):
        raise commit.no_such_thread("read", thread.patient if thread else None, thread.pk if thread else None)
    if thread is not None:
        return thread
    new = Thread(patient=patient_id)
    with write():
        turns.beside([patient_id])
        if not rules.allowed(actor, Action.READ, patient=patient_id, category=CHAT):  # ended, or erased, meanwhile
            raise commit.no_such_thread("read", None, None)
        new.key = vault.key_for(patient=patient_id, thread=str(new.pk))
        Thread.objects.bulk_create([new], ignore_conflicts=True)  # somebody may have been faster
        return Thread.objects.get(patient=patient_id)


def begin_new_epochs() -> None:
    """A backup was restored: what clients know beyond it never happened, so they read their threads anew."""
    Thread.objects.update(epoch=new_epoch())


def forget_thread(patient: str, custodian: str) -> None:
    """The patient was erased: the thread, which all share, goes with the last custodian."""
    if not custodian:
        Message.objects.filter(thread__patient=patient).delete()
        Thread.objects.filter(patient=patient).delete()


def look(actor: Actor, thread: Thread, *, source: str = "page") -> None:
    """Log that the actor looks into a thread: once per look, however often the line breaks."""
    if looks.is_new(actor, thread.pk):
        audit.record(
            actor, action="read", patient=thread.patient, type="Communication", ident=str(thread.pk), source=source
        )


def look_at_list(actor: Actor, entries: Iterable[Entry]) -> None:
    """Log that the actor sees the last words of these threads: an entry per patient, once per look."""
    new = [entry for entry in entries if looks.is_new(actor, entry.thread)]
    if new:
        audit.record_many(
            actor,
            [
                audit.Entry("read", patient=one.patient, type="Communication", ident=str(one.thread), source="page")
                for one in new
            ],
        )


def send(actor: Actor, thread: UUID, *, cid: UUID, text: str, source: str = "page") -> Sent:
    """Say something in a thread. Returns after the commit; a resend of the same `cid` gives the first seq.

    Raises Invalid for an empty or too long text, Missing for who may not write here, Conflict for a `cid` that was used
    in another thread.
    """
    draft = checked(actor, thread, cid=cid, text=text, source=source)
    if connection.in_atomic_block:  # the caller's transaction: the writer's thread would wait for it
        outcome = commit.store([draft])[0]
        if isinstance(outcome, Problem):
            raise outcome
        sent = outcome
        transaction.on_commit(lambda: tell([sent]), robust=True)
        return outcome
    return writer.put(draft).result()


def line_up(actor: Actor, thread: UUID, *, cid: UUID, text: str) -> Future[Sent]:
    """As `send`, without waiting: for the socket."""
    return writer.put(checked(actor, thread, cid=cid, text=text, source="socket"))


def checked(actor: Actor, thread: UUID, *, cid: UUID, text: str, source: str) -> Draft:
    """A draft with a text that can be sent."""
    text = text.strip()
    if not text.replace("\0", ""):
        raise Invalid(_("Please write something."), Finding(_("The text is missing."), "required", "text"))
    if len(text) > LONGEST:
        raise Invalid(
            _("Please write at most %(most)d characters.") % {"most": LONGEST},
            Finding(_("The text is too long."), "too-long", "text"),
        )
    return Draft(thread, actor, cid, text.replace("\0", ""), source)


def read_up_to(actor: Actor, thread: Thread, seq: int) -> int:
    """Say that the actor has read up to `seq`; how far that is now. The caller has asked `queries.readable`."""
    seq = min(seq, thread.head)
    if actor.account is None or not seq:
        return 0
    if Mark.objects.filter(thread=thread, account=actor.account, seq__gte=seq).exists():
        return seq
    with write():
        commit.move_marks({(thread.pk, actor.account): seq}, timezone.now())
        publish.on_commit(topics.thread(thread.pk), topics.READ, data={"person": actor.person, "seq": seq})
    return seq
