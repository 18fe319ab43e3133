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
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from itertools import count, cycle, islice
from typing import Final

import uvloop

from deploy.load import report
from deploy.load.line import Line
from deploy.load.report import Row
from deploy.load.sockets import Server, joined, running

ROOMS: Final = 50
MEMBERS: Final = 10
SATURATED: Final = 6.0  # seconds
WANTED: Final = 1000  # messages a second
PACED: Final = 4.0  # seconds
PATIENCE: Final = 60.0  # seconds for one database
SENT: Final = re.compile(rb"at (\d+)")
_numbers: Final = count(10)


class Member:
    """Somebody at a socket: sends, counts the answers, and notes how old a message is when it comes in."""

    def __init__(self, line: Line, thread: str) -> None:
        self.line = line
        self.thread = thread
        self.said = 0
        self.answered = 0
        self.refused: list[bytes] = []
        self.ages: list[float] = []
        self.answer = asyncio.Event()
        line.hear = self.hear

    def hear(self, text: bytes) -> None:
        if text.startswith(b'{"re"'):
            self.answered += 1
            if b'"ok"' not in text:
                self.refused.append(text)
            self.answer.set()
        elif found := SENT.search(text):
            self.ages.append((time.perf_counter_ns() - int(found[1])) / 1e6)

    def send(self) -> None:
        words = f"at {time.perf_counter_ns()} Bitte morgen wiegen"
        frame = {
            "id": next(_numbers),
            "do": "thread.send",
            "thread": self.thread,
            "cid": str(uuid.uuid4()),
            "text": words,
        }
        self.said += 1
        self.line.send(json.dumps(frame).encode())

    async def talk(self, until: float) -> None:
        """Send, wait for the answer, send again."""
        while time.perf_counter() < until:
            self.answer.clear()
            self.send()
            await self.answer.wait()


async def _measured(server: Server, database: str, others: Callable[[], float] = float) -> list[Row]:
    """`others`: the seconds of CPU that further processes of the deployment have used."""
    async with asyncio.timeout(PATIENCE), joined(server, ROOMS, MEMBERS) as lines:
        members = [Member(one, server.told["threads"][place // MEMBERS]) for place, one in enumerate(lines)]
        before, beside, own = report.cpu(server.pid), others(), time.process_time()
        rate = await _as_fast_as_it_goes(members)
        number = len(await _all_heard(members)) // MEMBERS
        used, beside, own = report.cpu(server.pid) - before, others() - beside, time.process_time() - own
        sent = await _at_a_pace(members)
        ages = await _all_heard(members)
    median, p95 = report.middle(ages)
    people = ROOMS * MEMBERS
    rows = [
        Row(f"committed messages, {database}", rate, "/s", f"≥ {WANTED}/s", rate >= WANTED, people),
        Row(f"server CPU per message and its 10 deliveries, {database}", used / number * 1e6, "µs", clients=people),
        Row(f"the same of who measures, {database}", own / number * 1e6, "µs", clients=people),
        Row(f"send → deliver at {sent:.0f}/s, {database}", median, "ms", "≤ 40 ms", median <= 40, people, median, p95),
    ]
    if beside:
        rows.insert(2, Row(f"the same of {database} itself", beside / number * 1e6, "µs", clients=people))
    return rows


async def _as_fast_as_it_goes(members: list[Member]) -> float:
    """How many a second were answered."""
    began = time.perf_counter()
    await asyncio.gather(*(one.talk(began + SATURATED) for one in members))
    return sum(one.answered for one in members) / (time.perf_counter() - began)


async def _all_heard(members: list[Member]) -> list[float]:
    """Wait until everybody in the rooms has heard all that was said since the last time: the ages in milliseconds."""
    said = sum(one.said for one in members)
    while sum(len(one.ages) for one in members) < said * MEMBERS:  # noqa: ASYNC110 - 500 events would cost more
        await asyncio.sleep(0.05)
    if refused := [text for one in members for text in one.refused]:
        raise AssertionError(refused[0])
    ages = [age for one in members for age in one.ages]
    for one in members:
        one.said = 0
        one.ages.clear()
    return ages


async def _at_a_pace(members: list[Member]) -> float:
    """Send at the wanted pace; how many a second it really were."""
    began = time.perf_counter()
    number = int(WANTED * PACED)
    for place, member in enumerate(islice(cycle(members[::7] + members[3::7]), number)):
        if (wait := began + place / WANTED - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        member.send()
    return number / (time.perf_counter() - began)


def measure() -> list[Row]:
    """SQLite in one process; then PostgreSQL and a broker, both from wheels."""
    from tests.servers import broker, postgresql

    with running("ours") as server:
        rows = uvloop.run(_measured(server, "SQLite"))
    with ExitStack() as stack:
        url = stack.enter_context(postgresql())
        redis = stack.enter_context(broker())
        server = stack.enter_context(running("ours", DATABASE_URL=url, REDIS_URL=redis))
        rows += uvloop.run(_measured(server, "PostgreSQL", partial(report.cpu_of_children, _postmaster(url))))
    return rows


def _postmaster(url: str) -> int:
    """The process whose children serve the connections."""
    import psycopg

    with psycopg.connect(url) as link:
        return report.parent(link.info.backend_pid)


if __name__ == "__main__":
    report.alone(measure)
