"""Commands of one socket, in line: not faster than a pace, signalling beside the rest."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from messaging.realtime.commands import Command
from messaging.realtime.protocol import Frame

LINE_UP = 256  # commands that may wait
TOGETHER = 64  # commands that may run at once, where a command allows it

Run = Callable[[Command, Frame], Awaitable[None]]
Begin = Callable[[Command, Frame, Callable[[], None]], None]  # the last is called when the command has ended


class Pace:
    """A bucket of steps: `burst` at once, `rate` per second after that. Pure: the caller brings the clock."""

    __slots__ = ("_at", "_burst", "_rate", "_steps")

    def __init__(self, *, rate: float, burst: int) -> None:
        self._rate = rate
        self._burst = float(burst)
        self._steps = float(burst)
        self._at = 0.0

    def delay(self, now: float) -> float:
        """Seconds until the next step is allowed; 0 when it is."""
        self._steps = min(self._burst, self._steps + (now - self._at) * self._rate)
        self._at = now
        return 0.0 if self._steps >= 1 else (1 - self._steps) / self._rate

    def step(self) -> None:
        """Take one step."""
        self._steps -= 1


class Lane:
    """Commands begin in the order in which they came. A client that waits for its answers is slowed down at most; one
    that does not fills the line, and `add` says so.

    A command that may run beside others begins at once when nothing stands before it: a task would cost more than it.
    """

    __slots__ = ("_begin", "_fewer", "_pace", "_run", "_running", "_task", "_waiting")

    def __init__(self, run: Run, begin: Begin, pace: Pace) -> None:
        self._run = run
        self._begin = begin
        self._pace = pace
        self._waiting: deque[tuple[Command, Frame]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._running = 0  # of those that run beside others
        self._fewer: asyncio.Future[None] | None = None  # done when one of them has ended

    def add(self, command: Command, frame: Frame) -> bool:
        """Line up a command; False when too many wait already."""
        if len(self._waiting) >= LINE_UP:
            return False
        loop = asyncio.get_running_loop()
        at_once = command.together and self._task is None and self._running < TOGETHER
        if at_once and not self._pace.delay(loop.time()):
            self._pace.step()
            self._beside(command, frame)
            return True
        self._waiting.append((command, frame))
        if self._task is None:
            self._task = loop.create_task(self._work())
        return True

    def clear(self) -> None:
        """The socket has gone: what has not begun is not done."""
        self._waiting.clear()

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                if delay := self._pace.delay(loop.time()):
                    await asyncio.sleep(delay)
                    continue
                command, frame = self._waiting.popleft()
                self._pace.step()
                if command.together:
                    await self._until_fewer_than(TOGETHER)
                    self._beside(command, frame)
                else:  # another kind of command begins when those before it have ended
                    await self._until_fewer_than(1)
                    await self._run(command, frame)
        finally:
            self._task = None

    def _beside(self, command: Command, frame: Frame) -> None:
        self._running += 1
        self._begin(command, frame, self._ended)

    def _ended(self) -> None:
        self._running -= 1
        if self._fewer is not None and not self._fewer.done():
            self._fewer.set_result(None)

    async def _until_fewer_than(self, number: int) -> None:
        while self._running >= number:
            self._fewer = asyncio.get_running_loop().create_future()
            await self._fewer
