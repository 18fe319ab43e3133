"""The bus between processes: one subscription and one publisher per process on a Redis-compatible broker.

Every timeout is said here, since the defaults of redis-py differ between versions (8 drops idle subscriptions). What is
published while the broker is away is lost on purpose: when it is back, every process catches up from the rows.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec
import redis
import redis.asyncio
from django.conf import settings
from redis.exceptions import RedisError

from messaging.realtime import bus

log = logging.getLogger(__name__)

TIMEOUT = 5.0  # seconds for connecting and for one answer
QUIET = 2.0  # seconds after which a silent broker is asked whether it is there
WAITING = 10_000  # letters that may wait for the broker
FAILURES = (RedisError, OSError, TimeoutError)


class RedisBus:
    """Letters to and from the other processes."""

    def __init__(self, url: str) -> None:
        options: dict[str, Any] = {
            "socket_timeout": TIMEOUT,
            "socket_connect_timeout": TIMEOUT,
            "socket_keepalive": True,
        }
        self._reads = redis.asyncio.Redis.from_url(url, **options)
        self._sends = redis.asyncio.Redis.from_url(url, **options)
        self._out: deque[bytes] = deque(maxlen=WAITING)
        self._flushing: asyncio.Task[None] | None = None
        self._reader: asyncio.Task[None] | None = None
        self.connected = asyncio.Event()

    async def start(self, deliver: Callable[[bytes], None], recovered: Callable[[], None]) -> None:
        """Subscribe. Waits for the first subscription for a moment only: a process starts without its broker too."""
        self._reader = asyncio.get_running_loop().create_task(self._read(deliver, recovered))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.connected.wait(), TIMEOUT)

    async def stop(self) -> None:
        """Send what waits, then part from the broker."""
        if self._flushing:
            await asyncio.wait([self._flushing], timeout=TIMEOUT)
        if self._reader:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        for client in (self._reads, self._sends):
            await client.aclose()

    def send(self, letter: bytes) -> None:
        """Send a letter soon; those of one turn of the loop share a round trip."""
        self._out.append(letter)
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.get_running_loop().create_task(self._flush())

    async def _flush(self) -> None:
        while self._out:
            pipeline = self._sends.pipeline(transaction=False)
            while self._out:
                pipeline.publish(bus.CHANNEL, self._out.popleft())
            try:
                await pipeline.execute()
            except FAILURES as problem:
                log.warning("News to other processes were lost, the broker does not answer: %s", problem)
                return

    async def _read(self, deliver: Callable[[bytes], None], recovered: Callable[[], None]) -> None:
        first = True
        wait = 0.1
        while True:
            listening = self._reads.pubsub()
            try:
                await listening.subscribe(bus.CHANNEL)
                self.connected.set()
                if not first:  # what was said meanwhile is lost, by us and by others
                    log.warning("The broker is back: catching up")
                    recovered()
                    self.send(bus.sealed(bus.Letter("", [bus.Resync()])))
                first, wait = False, 0.1
                await self._listen(listening, deliver)
            except FAILURES as problem:
                if self.connected.is_set() or first:
                    log.warning("The broker does not answer, trying again: %s", problem)
                first = False
                self.connected.clear()
            finally:
                with contextlib.suppress(*FAILURES):
                    await listening.aclose()  # type: ignore[no-untyped-call]
            await asyncio.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, no secret
            wait = min(wait * 2, 2.0)

    async def _listen(self, listening: Any, deliver: Callable[[bytes], None]) -> None:
        asked = False
        while True:
            message = await listening.get_message(ignore_subscribe_messages=False, timeout=QUIET)
            if message is None:
                if asked:
                    raise TimeoutError("no answer to a ping")
                await listening.ping()
                asked = True
                continue
            asked = False
            if message["type"] == "message":
                try:
                    deliver(message["data"])
                except msgspec.MsgspecError:
                    log.error(
                        "A letter on the broker could not be read: another version or another system writes there"
                    )


_client: redis.Redis | None = None


def send_once(message: bus.Message) -> None:
    """Send from a process without a hub (worker, command). Best effort, like all hints."""
    global _client
    if _client is None:
        _client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT)
    try:
        _client.publish(bus.CHANNEL, bus.sealed(bus.Letter("", [message])))
    except FAILURES as problem:
        log.warning("News were lost, the broker does not answer: %s", problem)
