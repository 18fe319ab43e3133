"""Whose turn it is: those who wait for one thing are let in by turns, however often each of them asks."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """One at a time, round by round: each name once, then the first again."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self._taken = False

    @asynccontextmanager
    async def turn(self, name: str) -> AsyncIterator[None]:
        """Wait for a turn of this name, and hold it while the block runs."""
        await self._acquire(name)
        try:
            yield
        finally:
            self._hand_on()

    async def _acquire(self, name: str) -> None:
        if not self._taken:
            self._taken = True
            return
        mine = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(name, deque()).append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self._hand_on()  # it had become ours at that moment
            raise

    def _hand_on(self) -> None:
        """The next name in the round; one that still has others waiting goes to its end."""
        while self._waiting:
            name, own = self._waiting.popitem(last=False)
            next_one = own.popleft()
            if own:
                self._waiting[name] = own
            if not next_one.done():
                next_one.set_result(None)
                return
        self._taken = False
