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
    that does not fills the line, and `add` says so."""

    __slots__ = ("_pace", "_run", "_task", "_waiting")

    def __init__(self, run: Run, pace: Pace) -> None:
        self._run = run
        self._pace = pace
        self._waiting: deque[tuple[Command, Frame]] = deque()
        self._task: asyncio.Task[None] | None = None

    def add(self, command: Command, frame: Frame) -> bool:
        """Line up a command; False when too many wait already."""
        if len(self._waiting) >= LINE_UP:
            return False
        self._waiting.append((command, frame))
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._work())
        return True

    def clear(self) -> None:
        """The socket has gone: what has not begun is not done."""
        self._waiting.clear()

    async def _work(self) -> None:
        running: set[asyncio.Task[None]] = set()
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                if delay := self._pace.delay(loop.time()):
                    await asyncio.sleep(delay)
                    continue
                command, frame = self._waiting.popleft()
                self._pace.step()
                if command.together:
                    running.add(loop.create_task(self._begin(command, frame)))
                    if len(running) >= TOGETHER:
                        await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                        running = {task for task in running if not task.done()}
                    continue
                if running:  # another kind of command begins when those before it have ended
                    await asyncio.wait(running)
                    running.clear()
                await self._run(command, frame)
        finally:
            self._task = None

    async def _begin(self, command: Command, frame: Frame) -> None:
        await self._run(command, frame)
