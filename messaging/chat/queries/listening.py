"""What the socket reads of a thread."""

from __future__ import annotations

from django.utils.translation import gettext as _

from messaging.chat import resources, topics
from messaging.chat.commit import no_such_thread
from messaging.chat.models import Mark, Message, Thread
from messaging.chat.resources import Body
from messaging.realtime.topics import Event, Head, Standing
from patients import vault
from patients.access import rules
from patients.access.categories import CHAT
from patients.access.ceilings import Action
from patients.accounts.actor import Actor
from patients.errors import Missing
from patients.network import queries as network


def may_listen(actor: Actor, ident: str) -> None:
    """Raises Missing for who may not read this thread."""
    readable(actor, ident)


def head(ident: str) -> Head:
    """The last seq and the epoch of a thread."""
    thread = found(ident)
    return Head(thread.head, thread.epoch)


def since(ident: str, after: int, limit: int) -> list[Event]:
    """The messages after a seq, as events."""
    thread = found(ident)
    messages = list(thread.messages.filter(seq__gt=after).order_by("seq")[:limit])
    names = network.names(resources.persons(messages))
    return [Event(one.seq, topics.MESSAGE, resources.event(one, body_of(thread, one), names)) for one in messages]


def marks(actor: Actor, ident: str) -> list[Standing]:
    """How far the others have read."""
    return [
        Standing(topics.READ, {"person": person, "seq": seq})
        for person, seq in Mark.objects.filter(thread=resources.ident(ident))
        .exclude(account__person__in=("", actor.person))
        .values_list("account__person", "seq")
    ]


def patient_of(ident: str) -> str | None:
    """The patient whose thread this is."""
    known = resources.ident(ident)
    return Thread.objects.filter(pk=known).values_list("patient", flat=True).first() if known else None


def readable(actor: Actor, ident: str) -> Thread:
    """The thread, for somebody who may read it. Raises Missing."""
    thread = found(ident)
    if not rules.allowed(actor, Action.READ, patient=thread.patient, category=CHAT):
        raise no_such_thread("read", thread.patient, thread.pk)
    return thread


def found(ident: str) -> Thread:
    known = resources.ident(ident)
    thread = Thread.objects.filter(pk=known).first() if known else None
    if thread is None:
        raise Missing(_("There is no such thread."))
    return thread


def body_of(thread: Thread, message: Message) -> Body:
    try:
        return resources.opened(thread, message)
    except vault.Unreadable:  # erased, or changed in the database: the place stays, the words are gone
        return Body("")
