"""Whether the messages of all threads are those that the log says were written: none exchanged, none taken out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from messaging.chat import resources
from messaging.chat.models import Message, Thread
from patients.audit.models import AuditEvent

_PAGE: Final = 2000


@dataclass(frozen=True, slots=True)
class Compared:
    """How many messages are as the log says, and how many it does not know; `fault` names the first that is not."""

    good: int = 0
    unlogged: int = 0
    fault: str = ""


def compare() -> Compared:
    """Thread by thread. A thread that was erased is gone as a whole, and no fault."""
    good = unlogged = 0
    for thread in Thread.objects.order_by("id").iterator(chunk_size=500):
        found = _compared(thread)
        good, unlogged = good + found.good, unlogged + found.unlogged
        if found.fault:
            return Compared(good, unlogged, found.fault)
    return Compared(good, unlogged)


def _compared(thread: Thread) -> Compared:
    good = unlogged = 0
    head = Thread.objects.values_list("head", flat=True).get(pk=thread.pk)
    here = Message.objects.filter(thread=thread).order_by("seq").values_list("seq", "body")
    stored = {resources.logical_id(thread.pk, seq): body for seq, body in here.iterator(chunk_size=_PAGE)}
    logged = _logged(thread)
    for ident, body in stored.items():
        if ident not in logged:
            unlogged += 1
        elif logged[ident] != hashlib.sha256(bytes(body)).digest():
            return Compared(good, unlogged, f"The message {ident} was exchanged.")
        else:
            good += 1
    for ident in logged:
        if ident not in stored and int(ident.rpartition("-")[2]) <= head:  # beyond it: written meanwhile
            return Compared(good, unlogged, f"The message {ident} was taken out.")
    return Compared(good, unlogged)


def _logged(thread: Thread) -> dict[str, bytes]:
    """The digests of the thread's messages by id, as they were written."""
    begin = resources.logical_id(thread.pk, 0).removesuffix("0")
    rows = AuditEvent.objects.filter(
        patient=thread.patient, type="Communication", outcome="done", digest__isnull=False, ident__startswith=begin
    ).values_list("ident", "digest")
    return {ident: bytes(digest) for ident, digest in rows.iterator(chunk_size=_PAGE) if digest is not None}
