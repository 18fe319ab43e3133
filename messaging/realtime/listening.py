"""The gateway's own commands: open and close a topic, and the heartbeat of clients that cannot see pings."""

from __future__ import annotations

import asyncio

from django.utils.translation import gettext as _

from messaging.realtime import commands, hub, protocol, topics
from messaging.realtime.connection import Socket, Subscription
from messaging.realtime.hub import PAGE, Hub, Line
from messaging.realtime.protocol import Frame
from patients.accounts.actor import Actor
from patients.database import in_database
from patients.errors import Invalid, Missing

MOST_TOPICS = 200  # of one socket


def register() -> None:
    """Make the commands known."""
    commands.register("open", open_topic)
    commands.register("close", close_topic)
    commands.register("ping", beat)


async def open_topic(socket: Socket, frame: Frame) -> commands.Answer:
    """`{"do": "open", "topic": …, "after": seq?, "epoch": …?}`: listen, and get what was missed since `after`.

    Subscribe first, gather what comes, read the rows, merge, then live: nothing is lost between reading and listening.
    """
    here = hub.running()
    name = inside(socket, frame.text("topic", most=topics.LONGEST_NAME))
    after = frame.number("after", default=-1) if "after" in frame.values else None
    epoch = frame.text("epoch", default="", most=64)
    kind, ident = topics.find(name)
    looks = here.looks if here else 0
    await in_database(_enter, kind, socket.actor, ident)
    if here is None or socket.closed:
        return None
    if known := socket.subscriptions.get(name):
        here.drop(known)
    elif len(socket.subscriptions) >= MOST_TOPICS:
        raise Invalid(_("Too many topics are open. Close one first."))
    line, subscription = here.add(socket, name, kind, ident)
    here.let_in(socket, looks)
    subscription.presence = frame.values.get("presence") is True
    if kind.head is None:
        here.go_live(subscription)
        return {"head": None}
    try:
        head = await in_database(kind.head, ident)
    except BaseException:
        here.drop(subscription)
        raise
    if line.seq is None:
        line.seq = head.seq
        here.want(line, line.wanted)
    reset = (epoch != "" and epoch != head.epoch) or (after is not None and after > head.seq)
    answer = {"head": head.seq, "epoch": head.epoch}
    if after is None and not reset:
        subscription.seq = head.seq
        here.go_live(subscription)
    else:
        subscription.seq = 0 if reset or after is None else after
        here.spawn(replay(here, line, subscription, head if reset else None))
    return answer


def _enter(kind: topics.Topic, actor: Actor, ident: str) -> None:
    kind.authorize(actor, ident)
    if kind.opened is not None:
        kind.opened(actor, ident)


async def replay(here: Hub, line: Line, subscription: Subscription, reset: topics.Head | None) -> None:
    """Send the rows after `subscription.seq` page by page, as fast as the line takes them, then go live."""
    socket = subscription.socket
    if reset is not None:
        socket.tell("reset", topic=line.shown, data={"head": reset.seq, "epoch": reset.epoch})
    since = line.kind.since
    assert since is not None
    full = True
    while full:
        events = await in_database(since, line.ident, subscription.seq, PAGE)
        if socket.closed or socket.subscriptions.get(line.name) is not subscription:  # or opened anew
            return
        for event in events:
            text = protocol.event(event.on, line.shown, event.seq, event.data)
            socket.push({"type": "websocket.send", "text": text})
            subscription.seq = event.seq
        full = len(events) == PAGE
        await socket.drained()
    here.go_live(subscription)


async def close_topic(socket: Socket, frame: Frame) -> commands.Answer:
    """`{"do": "close", "topic": …}`: stop listening. Closing what is not open is no error."""
    here = hub.running()
    subscription = socket.subscriptions.get(inside(socket, frame.text("topic", most=topics.LONGEST_NAME)))
    if here is not None and subscription is not None:
        here.drop(subscription)
    return None


async def beat(socket: Socket, frame: Frame) -> commands.Answer:
    """`{"do": "ping"}`: who sends it once must go on, at least every 60 s, or is taken for gone (4009)."""
    socket.beat_at = asyncio.get_running_loop().time()
    return None


def inside(socket: Socket, name: str) -> str:
    """The name of a topic as the hub knows it: `me` is the caller's own, and nobody else's can be named."""
    if name == "me":
        return topics.me(socket.actor.account)
    if name.startswith("me:"):
        raise Missing(_("There is no such topic."))
    return name
