"""What the gateway costs: CPU per delivery beside a bare ASGI application, memory of idle sockets, a slow query.

The server is the real one, in a process of its own; `fan` and `query` reach it over its standard input.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

import uvloop

from deploy.load import report
from deploy.load.line import Line, connect
from deploy.load.report import Row

SHAPES: Final = ((1, 500, 2.0), (50, 10, 3.0))  # rooms, members of each, times the bare floor
EVENTS: Final = 30_000  # deliveries per measurement
ROUNDS: Final = 3  # alternating; the middle one counts
IDLE: Final = 1000
AT_ONCE: Final = 25  # sockets that connect together


class Server:
    """A child process: the gateway (`ours`) or the bare application (`raw`)."""

    def __init__(self, process: subprocess.Popen[str], told: dict[str, Any]) -> None:
        self.process = process
        self.told = told
        self.pid = process.pid

    def ask(self, **words: Any) -> None:
        """Let it do something; returns when it says that it is done."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(words) + "\n")
        self.process.stdin.flush()
        self.process.stdout.readline()

    def path(self, room: int) -> str:
        """Where a member of a room connects."""
        return f"/room-{room}" if self.told["kind"] == "raw" else "/ws/"


@contextmanager
def running(kind: str, **environment: str) -> Iterator[Server]:
    """The server while the block runs."""
    command = [sys.executable, "-m", "deploy.load.sockets_server", kind]
    with tempfile.TemporaryDirectory(prefix="telecare-load-") as folder:
        process = subprocess.Popen(
            [*command, folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env={**os.environ, **environment},
        )
        try:
            assert process.stdout is not None
            yield Server(process, json.loads(process.stdout.readline()))
        finally:
            process.terminate()
            process.wait(timeout=30)


@asynccontextmanager
async def joined(server: Server, rooms: int, members: int) -> AsyncIterator[list[Line]]:
    """Sockets in rooms. At ours they open the topic of a patient, as the pages do."""
    sockets: list[Line] = []
    try:
        places = [(room, member) for room in range(rooms) for member in range(members)]
        for first in range(0, len(places), AT_ONCE):
            sockets += await asyncio.gather(*(_join(server, *place) for place in places[first : first + AT_ONCE]))
        yield sockets
    finally:
        await asyncio.gather(*(one.close() for one in sockets))


async def _join(server: Server, room: int, member: int) -> Line:
    ours = server.told["kind"] == "ours"
    headers = {}
    if ours:
        token = server.told["tokens"][member % 10]
        headers = {"Authorization": f"Bearer {token}", "Sec-WebSocket-Protocol": "telecare.v1"}
    socket = await connect(server.told["port"], server.path(room), headers)
    if ours:
        answer = await _answer(socket, 1, do="open", topic=f"thread:{server.told['threads'][room]}")
        if "ok" not in answer:
            raise AssertionError(answer)
    return socket


async def _answer(socket: Line, number: int, **words: Any) -> dict[str, Any]:
    """Send a command and wait for what it is answered with."""
    socket.send(json.dumps({"id": number, **words}).encode())
    while True:
        answer: dict[str, Any] = json.loads(await socket.next_text())
        if answer.get("re") == number:
            return answer


async def _fan(server: Server, rooms: int, members: int) -> float:
    """Microseconds of the server's CPU for one delivery."""
    each = EVENTS // (rooms * members)
    async with joined(server, rooms, members) as sockets:
        readers = [asyncio.create_task(_read(one, each)) for one in sockets]
        await asyncio.sleep(0.5)  # what joining left to do is done
        before = report.cpu(server.pid)
        await asyncio.to_thread(server.ask, do="fan", rooms=rooms, times=each)
        await asyncio.gather(*readers)
        return (report.cpu(server.pid) - before) * 1e6 / (each * rooms * members)


async def _read(socket: Line, number: int) -> None:
    while number:
        number -= b'"bench"' in await socket.next_text()


async def _idle(server: Server) -> float:
    """KiB of the server's memory for one idle socket that listens to a thread."""
    before = report.resident(server.pid)
    async with joined(server, 1, IDLE):
        await asyncio.sleep(1)
        return (report.resident(server.pid) - before) / 1024 / IDLE


async def _beside_a_query(server: Server) -> list[float]:
    """Milliseconds that a command takes in one room while a query of a second runs for another."""
    async with joined(server, 2, 1) as sockets:
        asking = asyncio.create_task(asyncio.to_thread(server.ask, do="query", seconds=1))
        taken = []
        while not asking.done():
            began = time.perf_counter()
            await _answer(sockets[1], 2, do="thread.of", patient=server.told["patients"][1])
            taken.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(0.02)
        return taken


def measure() -> list[Row]:
    """Alternate between ours and the bare floor, so that both meet the same machine."""
    rows = []
    with running("ours") as ours, running("raw") as raw:
        for rooms, members, at_most in SHAPES:
            found: dict[str, list[float]] = {"ours": [], "raw": []}
            for _round in range(ROUNDS):
                found["ours"].append(uvloop.run(_fan(ours, rooms, members)))
                found["raw"].append(uvloop.run(_fan(raw, rooms, members)))
            figure, base = statistics.median(found["ours"]), statistics.median(found["raw"])
            name = f"fan-out, {rooms} × {members}: server CPU per delivery"
            rows.append(report.compared(name, figure, base, "µs", at_most=at_most, clients=rooms * members))
        taken = uvloop.run(_beside_a_query(ours))
        median, p95 = report.middle(taken)
        name = "longest command beside a query of 1 s"
        rows.append(Row(name, max(taken), "ms", "< 50 ms", max(taken) < 50, 1, median, p95))
    with running("ours") as fresh:
        kib = uvloop.run(_idle(fresh))
        rows.append(Row("memory of an idle socket", kib, "KiB", "≤ 60 KiB", kib <= 60, IDLE))
    return rows


if __name__ == "__main__":
    report.alone(measure)
