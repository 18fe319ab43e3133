"""What clients send over the socket."""

from __future__ import annotations

from django.utils.translation import gettext as _

from messaging.chat import queries, resources, services
from messaging.chat.commit import Sent
from messaging.realtime.commands import Answer, Later
from messaging.realtime.connection import Socket
from messaging.realtime.protocol import Frame
from patients.errors import Missing


def find(socket: Socket, frame: Frame) -> Answer:
    """`{"do": "thread.of", "patient": …}`: the thread of a patient."""
    thread = services.open_thread(socket.actor, frame.text("patient", most=64))
    return {"thread": str(thread.pk), "head": thread.head, "epoch": thread.epoch}


def send(socket: Socket, frame: Frame) -> Later:
    """`{"do": "thread.send", "thread": …, "cid": …, "text": …}`: answered after the commit."""
    thread = resources.ident(frame.text("thread", most=64))
    if thread is None:
        raise Missing(_("There is no such thread."))
    text = frame.text("text", most=4 * services.LONGEST)
    return Later(services.line_up(socket.actor, thread, cid=frame.uuid("cid"), text=text), _sent)


def _sent(sent: Sent) -> Answer:
    return {"seq": sent.seq, "cid": sent.cid}


def read(socket: Socket, frame: Frame) -> Answer:
    """`{"do": "thread.read", "thread": …, "seq": …}`: read up to here."""
    thread = queries.readable(socket.actor, frame.text("thread", most=64))
    return {"seq": services.read_up_to(socket.actor, thread, frame.number("seq"))}
