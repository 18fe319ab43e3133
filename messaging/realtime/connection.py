"""One open socket: what waits to be sent, what it listens to, and how it is closed."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import TYPE_CHECKING, Any

from messaging.realtime import protocol
from messaging.realtime.protocol import Close
from patients.accounts.actor import Actor

if TYPE_CHECKING:
    from messaging.realtime.authentication import Credential

Send = Callable[[dict[str, Any]], Coroutine[Any, Any, None]]

LIMIT = 512  # frames a socket may be behind
LAST_WORDS = 5.0  # seconds that a close may wait for a blocked line before the line is dropped

_numbers = itertools.count(1)


class Subscription:
    """A socket listening to a topic. While rows are read for it, live events gather in `buffer`."""

    __slots__ = ("buffer", "presence", "seq", "socket", "told", "topic")

    def __init__(self, socket: Socket, topic: str) -> None:
        self.socket = socket
        self.topic = topic
        self.seq = 0  # the last event that was sent
        self.buffer: list[tuple[int | None, dict[str, Any]]] | None = []
        self.presence = False  # wants to know who else listens
        self.told = False  # and has been told once


class Socket:
    """What handlers see of a connection. Use it on the loop only; `actor` and `language` may be read anywhere.

    Sending never waits and never blocks another socket: a frame goes out at once when the line takes it, else it waits
    in a bounded buffer, signalling before the rest. A socket that is too far behind is closed and resumes.
    """

    __slots__ = (
        "__weakref__",
        "_abort",
        "_ordinary",
        "_send",
        "_task",
        "_urgent",
        "actor",
        "beat_at",
        "closed",
        "credential",
        "language",
        "number",
        "on_close",
        "questioned",
        "stuck_at",
        "subscriptions",
    )

    def __init__(
        self, send: Send, actor: Actor, credential: Credential, language: str, abort: Callable[[], object]
    ) -> None:
        self._send = send
        self._abort = abort
        self._urgent: deque[dict[str, Any]] | None = None
        self._ordinary: deque[dict[str, Any]] = deque()
        self._task: asyncio.Task[None] | None = None
        self.actor = actor
        self.credential = credential
        self.language = language
        self.number = next(_numbers)  # unique in this process
        self.subscriptions: dict[str, Subscription] = {}
        self.on_close: list[Callable[[], object]] = []
        self.questioned = asyncio.Lock()  # held while its rights are looked at
        self.closed = False
        self.beat_at: float | None = None  # set once the client has sent a heartbeat: then it must go on
        self.stuck_at: float | None = None

    def tell(self, on: str, *, topic: str | None = None, data: Any = None, urgent: bool = False) -> None:
        """Send one event to this socket alone."""
        self.push({"type": "websocket.send", "text": protocol.event(on, topic, None, data)}, urgent=urgent)

    def answer(self, text: str) -> None:
        """Send a frame that is already written."""
        self.push({"type": "websocket.send", "text": text})

    def push(self, event: dict[str, Any], *, urgent: bool = False) -> None:
        """Send an ASGI event, or keep it until the line takes it."""
        if self.closed:
            return
        if self._task is None:
            self._try(event)
            return
        if urgent:
            if self._urgent is None:
                self._urgent = deque()
            waiting = self._urgent
        else:
            waiting = self._ordinary
        if len(waiting) >= LIMIT:
            self.close(Close.SLOW, "too far behind: open again with after")
        else:
            waiting.append(event)

    async def drained(self) -> None:
        """Wait until nothing waits to be sent: for senders of many rows."""
        while self._task is not None and not self.closed:
            await asyncio.wait([self._task])

    def close(self, code: Close, reason: str = "", *, flush: bool = False) -> None:
        """End this socket. What waits is dropped, or sent first with `flush`. A line that takes nothing is cut."""
        if self.closed:
            return
        self.closed = True
        if not flush:
            self._ordinary.clear()
            if self._urgent:
                self._urgent.clear()
        event = {"type": "websocket.close", "code": int(code), "reason": reason}
        if self._task is None:
            self._try(event)
        else:
            self._ordinary.append(event)
        if self._task is not None:
            asyncio.get_running_loop().call_later(LAST_WORDS, self._cut, self._task)

    def gone(self) -> None:
        """The connection has ended: stop sending and run what was to happen then."""
        self.closed = True
        if self._task is not None:
            self._task.cancel()
        handlers, self.on_close = self.on_close, []
        for handler in handlers:
            handler()

    def _cut(self, task: asyncio.Task[None]) -> None:
        if not task.done():
            task.cancel()
            self._abort()

    def _try(self, event: dict[str, Any]) -> None:
        """Run the send up to its first wait. Most never wait, and a task for each would cost more than the send."""
        sending = self._send(event)
        try:
            waits_for = sending.send(None)
        except StopIteration:
            return
        except (OSError, RuntimeError):  # the line is gone (uvicorn: ClientDisconnected, or "after close")
            self.closed = True
            return
        loop = asyncio.get_running_loop()
        self.stuck_at = loop.time()
        self._task = loop.create_task(self._go_on(_Begun(sending, waits_for)))

    async def _go_on(self, begun: Awaitable[None]) -> None:
        try:
            await begun
            while True:
                if self._urgent:
                    event = self._urgent.popleft()
                elif self._ordinary:
                    event = self._ordinary.popleft()
                else:
                    return
                self.stuck_at = asyncio.get_running_loop().time()
                await self._send(event)
        except (OSError, RuntimeError):
            self.closed = True
        finally:
            self._task = None
            self.stuck_at = None


class _Begun:
    """A coroutine that has already run to its first wait, to be awaited further."""

    __slots__ = ("_coroutine", "_first")

    def __init__(self, coroutine: Coroutine[Any, Any, None], first: Any) -> None:
        self._coroutine = coroutine
        self._first = first

    def __await__(self) -> Generator[Any, Any, None]:
        waits_for = self._first
        while True:
            try:
                value = yield waits_for
            except BaseException as problem:
                step = self._coroutine.throw
                try:
                    waits_for = step(problem)
                except StopIteration:
                    return
            else:
                try:
                    waits_for = self._coroutine.send(value)
                except StopIteration:
                    return
