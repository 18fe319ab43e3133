"""Open sockets stay entitled: asked again every 30 s, and at once when an account is cut off or rights change or end.

Also the hub's clock: heads every 20 s, and sockets that have gone silent are let go.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from typing import NamedTuple

from django.utils import timezone

from messaging.realtime import bus, policy, topics
from messaging.realtime.authentication import actor_of
from messaging.realtime.connection import Socket
from messaging.realtime.hub import Hub
from messaging.realtime.presence import Presence
from messaging.realtime.protocol import Close
from patients.access.endings import ended_between
from patients.accounts.actor import Actor
from patients.database import in_database
from patients.errors import Problem

log = logging.getLogger(__name__)

HEADS = 20.0
RECHECK = 30.0
ENDINGS = 1.0  # seconds between looks for rights whose time has run out
SILENT = 60.0  # seconds without a heartbeat, for clients that send one
STUCK = 40.0  # seconds in which the line took nothing
AT_ONCE = 20  # sockets asked in one go


class Verdict(NamedTuple):
    """What a socket may still do: who it is now (None: nobody any more) and which topics it lost, and why."""

    actor: Actor | None
    lost: list[tuple[str, Problem]]


class Vigil:
    """Keeps watch over the sockets of one hub."""

    def __init__(self, here: Hub) -> None:
        self.hub = here
        self.presence = Presence(here)
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin. Stop with `stop`."""
        self.hub.listeners.append(self.heard)
        self.hub.doubters.append(self.doubt)
        self.presence.start()
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(one) for one in (self._heads(), self._rechecks(), self._endings())]

    async def stop(self) -> None:
        """End."""
        self.hub.listeners.remove(self.heard)
        self.hub.doubters.remove(self.doubt)
        self.presence.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def heard(self, message: bus.Message) -> None:
        """A right may have gone: ask those concerned, now."""
        if isinstance(message, bus.Cut):
            concerned = [
                socket
                for socket in self.hub.sockets
                if socket.actor.account == message.account
                or (message.session is not None and socket.actor.session == message.session)
            ]
            self.hub.spawn(self.check(concerned))
        elif isinstance(message, bus.Changed):
            self.hub.spawn(self.changed(message.patient))

    def doubt(self, socket: Socket) -> None:
        """Ask this one, soon."""
        self.hub.spawn(self.check([socket]))

    async def changed(self, patient: str | None) -> None:
        """Ask the sockets again that listen to something about this patient."""
        self.hub.looks += 1
        names = tuple(self.hub.lines)
        about = await in_database(_about, names, patient) if patient else set(names)
        await self.check([socket for socket in self.hub.sockets if about & socket.subscriptions.keys()])

    async def check(self, sockets: Iterable[Socket]) -> None:
        """Ask who these are now and what they may hear. Closes or narrows those who lost it."""
        self.hub.looks += 1
        asked = sorted(sockets, key=lambda socket: socket.number)
        for begin in range(0, len(asked), AT_ONCE):
            await self._ask(asked[begin : begin + AT_ONCE])

    async def _ask(self, some: Sequence[Socket]) -> None:
        """One look at a time at each: a second would take the line away before the first has told what ended on it."""
        async with AsyncExitStack() as turns:
            for socket in some:  # in the order of their numbers, so that nobody waits in a circle
                await turns.enter_async_context(socket.questioned)
            verdicts = await in_database(_verdicts, [(socket, tuple(socket.subscriptions)) for socket in some])
            for socket, verdict in zip(some, verdicts, strict=True):
                self._apply(socket, verdict)

    def _apply(self, socket: Socket, verdict: Verdict) -> None:
        if verdict.actor is None:
            socket.close(Close.SIGNED_OUT, "signed out")
            return
        socket.actor = verdict.actor
        for name, problem in verdict.lost:
            if subscription := socket.subscriptions.get(name):
                self.hub.drop(subscription)
                socket.tell("closed", topic=topics.shown(name), data={"kind": problem.kind, "text": problem.text})

    def let_go(self, now: float) -> None:
        """Close the sockets of clients that have gone silent or whose line takes nothing."""
        for socket in tuple(self.hub.sockets):
            silent = socket.beat_at is not None and now - socket.beat_at > SILENT
            stuck = socket.stuck_at is not None and now - socket.stuck_at > STUCK
            if silent or stuck:
                socket.close(Close.HEARTBEAT, "heartbeat missed")

    async def _heads(self) -> None:
        while True:
            await asyncio.sleep(HEADS)
            now = asyncio.get_running_loop().time()
            self.let_go(now)
            self.presence.beat(now)
            await _guarded(self.hub.tell_heads())

    async def _rechecks(self) -> None:
        while True:
            await asyncio.sleep(RECHECK)
            await _guarded(self.check(tuple(self.hub.sockets)))

    async def _endings(self) -> None:
        after = timezone.now()
        while True:
            await asyncio.sleep(ENDINGS)
            until = timezone.now()
            self.hub.looks += 1  # also for who is just coming in, where nobody is yet
            if self.hub.sockets and not await _guarded(self.ended(after, until)):
                continue  # asked again, from where it was left off
            after = until

    async def ended(self, after: datetime, until: datetime) -> None:
        """Ask those whose rights or functions have run out in between; nobody was told of that."""
        ended = await in_database(ended_between, after, until)
        for patient in ended.patients:
            await self.changed(patient)
        if ended.persons:
            await self.check([socket for socket in self.hub.sockets if socket.actor.person in ended.persons])


async def _guarded(work: asyncio.Future[object] | object) -> bool:
    try:
        await work  # type: ignore[misc]
    except Exception:  # an edge: the watch goes on when the database is away for a moment
        log.exception("Open sockets could not be checked")
        return False
    return True


def _verdicts(asked: Sequence[tuple[Socket, tuple[str, ...]]]) -> list[Verdict]:
    verdicts = [_verdict(socket, names) for socket, names in asked]
    for verdict in verdicts:
        for name, _problem in verdict.lost:
            kind, ident = topics.find(name)
            if kind.ended is not None:
                kind.ended(verdict.actor, ident)
    return verdicts


def _verdict(socket: Socket, names: tuple[str, ...]) -> Verdict:
    actor = actor_of(socket.credential)
    if actor is None:
        return Verdict(None, [(name, policy.no_such_topic()) for name in names])
    lost: list[tuple[str, Problem]] = []
    for name in names:
        try:
            kind, ident = topics.find(name)
            kind.authorize(actor, ident)
        except Problem as problem:
            lost.append((name, problem))
    return Verdict(actor, lost)


def _about(names: Iterable[str], patient: str) -> set[str]:
    """The topics that concern a patient, or may."""
    concerned = set()
    for name in names:
        kind, ident = topics.find(name)
        if kind.about is None or kind.about(ident) == patient:
            concerned.add(name)
    return concerned
