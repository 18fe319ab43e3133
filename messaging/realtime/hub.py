"""Who listens to what in this process, and how news reaches them: read once, written once, sent to all.

One hub per process. News of other processes come over the bus (`redis_bus`); embedded there is none. Everything here
runs on the loop; `hand_in` may be called from any thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from messaging.realtime import bus, protocol, topics
from messaging.realtime.connection import LIMIT, Socket, Subscription
from messaging.realtime.protocol import Close
from patients.database import in_database
from patients.errors import Problem

log = logging.getLogger(__name__)

PAGE = 200  # rows read at a time

Handed = tuple[bus.Message, Any] | Callable[[], None]


class Wire(Protocol):
    """A way to the other processes."""

    async def start(self, deliver: Callable[[bytes], None], recovered: Callable[[], None]) -> None: ...
    def send(self, letter: bytes) -> None: ...
    async def stop(self) -> None: ...


class Line:
    """A topic that somebody in this process listens to."""

    __slots__ = ("ident", "kind", "name", "reading", "seq", "shown", "subscriptions", "wanted")

    def __init__(self, name: str, kind: topics.Topic, ident: str) -> None:
        self.name = name
        self.shown = topics.shown(name)
        self.kind = kind
        self.ident = ident
        self.subscriptions: set[Subscription] = set()
        self.seq: int | None = None  # the last event that went out; None until the first head was read
        self.wanted = 0  # the newest event heard of
        self.reading = False

    def fan(self, on: str, seq: int | None, data: Any, *, urgent: bool = False) -> None:
        """Write the event once and send it to all."""
        event = {"type": "websocket.send", "text": protocol.event(on, self.shown, seq, data)}
        if seq is not None:
            self.seq = seq
        for subscription in tuple(self.subscriptions):
            if subscription.buffer is not None:
                if len(subscription.buffer) >= LIMIT:
                    subscription.socket.close(Close.SLOW, "too far behind: open again with after")
                else:
                    subscription.buffer.append((seq, event))
            elif seq is None:
                subscription.socket.push(event, urgent=urgent)
            elif seq > subscription.seq:
                subscription.seq = seq
                subscription.socket.push(event)


class Hub:
    """The lines of this process and the sockets that are open."""

    def __init__(self, wire: Wire | None = None) -> None:
        self.process = secrets.token_hex(8)
        self.lines: dict[str, Line] = {}
        self.sockets: set[Socket] = set()
        self.listeners: list[Callable[[bus.Message], None]] = []
        self.watchers: list[Callable[[Line], None]] = []  # called when a line's subscriptions changed
        self.doubters: list[Callable[[Socket], None]] = []  # look at the rights of one socket again
        self.looks = 0  # how often rights were looked at
        self._wire = wire
        self.loop: asyncio.AbstractEventLoop | None = None
        self._handed: deque[Handed] = deque()
        self._guard = threading.Lock()
        self._called = False
        self._tasks: set[asyncio.Task[None]] = set()

    # -- life

    async def start(self) -> None:
        """Take news from now on."""
        self.loop = asyncio.get_running_loop()
        if self._wire:
            await self._wire.start(self._opened, self.resync)

    async def stop(self) -> None:
        """Take no more news."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._wire:
            await self._wire.stop()
        self.loop = None

    # -- news

    def hand_in(self, message: bus.Message, content: Any = None) -> None:
        """Spread a message to this process and the others. From any thread. `content` is the event's data as it is in
        the row: it stays in this process and saves reading it."""
        self._hand((message, content))

    def soon(self, call: Callable[[], None]) -> None:
        """Run `call` on the loop, after what was handed in before. From any thread; many share one wake-up."""
        self._hand(call)

    def _hand(self, thing: Handed) -> None:
        with self._guard:
            if self.loop is None:
                return
            self._handed.append(thing)
            if self._called:
                return
            self._called = True
        with contextlib.suppress(RuntimeError):  # the loop has just been closed: nobody listens any more
            self.loop.call_soon_threadsafe(self._spread)

    def _spread(self) -> None:
        with self._guard:
            handed, self._handed = self._handed, deque()
            self._called = False
        news = [thing[0] for thing in handed if isinstance(thing, tuple)]
        if self._wire and news:
            self._wire.send(bus.sealed(bus.Letter(self.process, news)))
        for thing in handed:
            if isinstance(thing, tuple):
                self._take(*thing)
            else:
                thing()

    def _opened(self, content: bytes) -> None:
        letter = bus.opened(content)
        if letter.process != self.process:
            for message in letter.messages:
                self._take(message, None)

    def _take(self, message: bus.Message, content: Any) -> None:
        if isinstance(message, bus.News):
            line = self.lines.get(message.topic)
            if line is not None:
                self._heard(line, message, content)
            return
        if isinstance(message, bus.Resync):
            self.resync()
        for listener in self.listeners:
            listener(message)

    def _heard(self, line: Line, news: bus.News, content: Any) -> None:
        if news.seq is None:
            line.fan(news.on, None, news.data, urgent=news.urgent)
        elif line.kind.since is None:
            line.fan(news.on, news.seq, news.data)
        elif content is not None and line.seq is not None and news.seq == line.seq + 1 and not line.reading:
            line.fan(news.on, news.seq, content)
        else:
            self.want(line, news.seq)

    def want(self, line: Line, seq: int) -> None:
        """Rows up to `seq` exist: read and send what has not gone out yet."""
        line.wanted = max(line.wanted, seq)
        if line.seq is not None and line.wanted > line.seq and not line.reading:
            line.reading = True
            self.spawn(self._read(line))

    async def _read(self, line: Line) -> None:
        assert line.kind.since is not None
        try:
            while line.subscriptions and line.seq is not None and line.wanted > line.seq:
                events = await in_database(line.kind.since, line.ident, line.seq, PAGE)
                if not events:  # announced, but not there (a database that was put back): take it as said
                    line.wanted = line.seq
                for event in events:
                    line.fan(event.on, event.seq, event.data)
        finally:
            line.reading = False

    def resync(self) -> None:
        """News may have been lost: read the heads again, and tell the clients, which reload what has no rows."""
        for socket in tuple(self.sockets):
            socket.tell("resync")
        self.spawn(self.check_heads())
        for line in self.lines.values():
            for subscription in line.subscriptions:
                self._tell_standing(line, subscription)

    # -- heads

    async def check_heads(self) -> dict[str, int]:
        """Read the heads of all lines with rows; send what was missed. Gives them by topic."""
        asked = [line for line in self.lines.values() if line.kind.head is not None and line.seq is not None]
        heads = await in_database(_heads, asked) if asked else {}
        for line in asked:
            if (head := heads.get(line.name)) is not None:
                self.want(line, head)
        return heads

    async def tell_heads(self) -> None:
        """Tell every socket the heads of its topics: a client that is behind notices and opens anew."""
        heads = await self.check_heads()
        for socket in tuple(self.sockets):
            own = {topics.shown(name): heads[name] for name in socket.subscriptions if name in heads}
            socket.tell("heads", data=own)

    # -- listening

    def add(self, socket: Socket, name: str, kind: topics.Topic, ident: str) -> tuple[Line, Subscription]:
        """Let a socket listen; events gather in the subscription's buffer until `go_live`."""
        line = self.lines.get(name)
        if line is None:
            line = self.lines[name] = Line(name, kind, ident)
        subscription = Subscription(socket, name)
        line.subscriptions.add(subscription)
        socket.subscriptions[name] = subscription
        self._changed(line)
        return line, subscription

    def let_in(self, socket: Socket, looks: int) -> None:
        """A socket was let in, to the hub or to a topic, by rights that were read after so many looks.

        A look since then has not seen it there: look at it alone.
        """
        if self.looks != looks:
            for doubter in self.doubters:
                doubter(socket)

    def go_live(self, subscription: Subscription) -> None:
        """Send what gathered and was not among the rows, and soon what holds besides; then events go out as they come.

        Nothing for a subscription that has ended meanwhile.
        """
        if subscription.socket.subscriptions.get(subscription.topic) is not subscription:
            return
        gathered, subscription.buffer = subscription.buffer or [], None
        for seq, event in gathered:
            if seq is None:
                subscription.socket.push(event)
            elif seq > subscription.seq:
                subscription.seq = seq
                subscription.socket.push(event)
        self._tell_standing(self.lines[subscription.topic], subscription)

    def _tell_standing(self, line: Line, subscription: Subscription) -> None:
        """Tell soon what holds beside the rows: what was news while nobody listened here comes from nowhere else."""
        if line.kind.standing is not None:
            self.spawn(self._told_standing(line, subscription, line.kind.standing))

    async def _told_standing(self, line: Line, subscription: Subscription, ask: topics.Ask) -> None:
        socket = subscription.socket
        holds = await in_database(ask, socket.actor, line.ident)
        if socket.subscriptions.get(line.name) is subscription:
            for one in holds:
                socket.tell(one.on, topic=line.shown, data=one.data)

    def drop(self, subscription: Subscription) -> None:
        """Stop listening."""
        subscription.socket.subscriptions.pop(subscription.topic, None)
        line = self.lines.get(subscription.topic)
        if line is not None:
            line.subscriptions.discard(subscription)
            if not line.subscriptions:
                del self.lines[subscription.topic]
            self._changed(line)

    def _changed(self, line: Line) -> None:
        for watcher in self.watchers:
            watcher(line)

    def leave(self, socket: Socket) -> None:
        """A socket has gone."""
        self.sockets.discard(socket)
        for subscription in tuple(socket.subscriptions.values()):
            self.drop(subscription)

    def spawn(self, work: Any) -> None:
        """Run something on the loop and keep it alive; a failure is logged."""
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (problem := task.exception()):
            log.error("A task of the hub failed", exc_info=problem)


def _heads(lines: Iterable[Line]) -> dict[str, int]:
    heads = {}
    for line in lines:
        with contextlib.suppress(Problem):  # erased meanwhile: the next check of rights ends the subscription
            if line.kind.head is not None:
                heads[line.name] = line.kind.head(line.ident).seq
    return heads


_running: Hub | None = None


def running() -> Hub | None:
    """The hub of this process; None where nobody can be connected (worker, commands)."""
    return _running


def install(hub: Hub | None) -> None:
    """Make `hub` the one of this process."""
    global _running
    _running = hub
