"""Chat messages that are committed, rights and log included: how many a second, and how soon the others have them.

50 rooms of 10 members, each at a socket. First everybody waits for the answer before sending again (as fast as it
goes), then 1,000 messages a second are sent whatever the answers do. Both databases; PostgreSQL with a broker.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
import uuid
from contextlib import ExitStack
from itertools import count, cycle, islice
from typing import Final

from websockets.asyncio.client import ClientConnection

from deploy.load import report
from deploy.load.report import Row
from deploy.load.sockets import Server, joined, running

ROOMS: Final = 50
MEMBERS: Final = 10
SATURATED: Final = 6.0  # seconds
WANTED: Final = 1000  # messages a second
PACED: Final = 4.0  # seconds
SENT: Final = re.compile(r"at (\d+)")
_numbers: Final = count(10)


class Member:
    """Somebody at a socket: sends, counts the answers, and notes how old a message is when it comes in."""

    def __init__(self, socket: ClientConnection, thread: str) -> None:
        self.socket = socket
        self.thread = thread
        self.answered = 0
        self.ages: list[float] = []
        self.answer = asyncio.Event()

    async def read(self) -> None:
        while True:
            text = str(await self.socket.recv())
            if text.startswith('{"re"'):
                if '"ok"' not in text:
                    raise AssertionError(text)
                self.answered += 1
                self.answer.set()
            elif found := SENT.search(text):
                self.ages.append((time.perf_counter_ns() - int(found[1])) / 1e6)

    async def send(self) -> None:
        words = f"at {time.perf_counter_ns()} Bitte morgen wiegen"
        frame = {
            "id": next(_numbers),
            "do": "thread.send",
            "thread": self.thread,
            "cid": str(uuid.uuid4()),
            "text": words,
        }
        await self.socket.send(json.dumps(frame))

    async def talk(self, until: float) -> None:
        """Send, wait for the answer, send again."""
        while time.perf_counter() < until:
            self.answer.clear()
            await self.send()
            await self.answer.wait()


async def _measured(server: Server, database: str) -> list[Row]:
    async with joined(server, ROOMS, MEMBERS) as sockets:
        members = [Member(one, server.told["threads"][place // MEMBERS]) for place, one in enumerate(sockets)]
        readers = [asyncio.create_task(one.read()) for one in members]
        rate, used = await _as_fast_as_it_goes(server, members)
        await asyncio.sleep(1)
        for one in members:
            one.ages.clear()
        sent = await _at_a_pace(members)
        await asyncio.sleep(1)
        ages = [age for one in members for age in one.ages]
        for reader in readers:
            reader.cancel()
        done = await asyncio.gather(*readers, return_exceptions=True)
    if broken := [one for one in done if not isinstance(one, asyncio.CancelledError)]:
        raise AssertionError(broken[0])
    median, p95 = report.middle(ages)
    people = ROOMS * MEMBERS
    return [
        Row(f"committed messages, {database}", rate, "/s", f"≥ {WANTED}/s", rate >= WANTED, people),
        Row(f"server CPU per message and its 10 deliveries, {database}", used * 1e6, "µs", clients=people),
        Row(f"send → deliver at {sent:.0f}/s, {database}", median, "ms", "≤ 40 ms", median <= 40, people, median, p95),
    ]


async def _as_fast_as_it_goes(server: Server, members: list[Member]) -> tuple[float, float]:
    before, began = report.cpu(server.pid), time.perf_counter()
    await asyncio.gather(*(one.talk(began + SATURATED) for one in members))
    number = sum(one.answered for one in members)
    return number / (time.perf_counter() - began), (report.cpu(server.pid) - before) / number


async def _at_a_pace(members: list[Member]) -> float:
    """Send at the wanted pace; how many a second it really were."""
    began = time.perf_counter()
    number = int(WANTED * PACED)
    for place, member in enumerate(islice(cycle(members[::7] + members[3::7]), number)):
        if (wait := began + place / WANTED - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        await member.send()
    return number / (time.perf_counter() - began)


def measure() -> list[Row]:
    """SQLite in one process; then PostgreSQL and a broker, both from wheels."""
    from tests.servers import broker, postgresql

    with running("ours") as server:
        rows = asyncio.run(_measured(server, "SQLite"))
    with ExitStack() as stack:
        database = stack.enter_context(postgresql())
        redis = stack.enter_context(broker())
        server = stack.enter_context(running("ours", DATABASE_URL=database, REDIS_URL=redis))
        rows += asyncio.run(_measured(server, "PostgreSQL"))
    return rows


if __name__ == "__main__":
    report.alone(measure)
