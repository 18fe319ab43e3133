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

from websockets.asyncio.client import ClientConnection, connect

from deploy.load import report
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

    def address(self, room: int) -> str:
        """Where a member of a room connects."""
        path = f"room-{room}" if self.told["kind"] == "raw" else "ws/"
        return f"ws://127.0.0.1:{self.told['port']}/{path}"


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
async def joined(server: Server, rooms: int, members: int) -> AsyncIterator[list[ClientConnection]]:
    """Sockets in rooms. At ours they open the topic of a patient, as the pages do."""
    sockets: list[ClientConnection] = []
    try:
        places = [(room, member) for room in range(rooms) for member in range(members)]
        for first in range(0, len(places), AT_ONCE):
            sockets += await asyncio.gather(*(_join(server, *place) for place in places[first : first + AT_ONCE]))
        yield sockets
    finally:
        await asyncio.gather(*(one.close() for one in sockets))


async def _join(server: Server, room: int, member: int) -> ClientConnection:
    ours = server.told["kind"] == "ours"
    headers = {"Authorization": f"Bearer {server.told['tokens'][member % 10]}"} if ours else {}
    names: Any = ["telecare.v1"] if ours else None
    socket = await connect(
        server.address(room), additional_headers=headers, subprotocols=names, compression=None, ping_interval=None
    )
    if ours:
        await socket.send(json.dumps({"id": 1, "do": "open", "topic": f"thread:{server.told['threads'][room]}"}))
        while (answer := json.loads(await socket.recv())).get("re") != 1:
            pass
        if "ok" not in answer:
            raise AssertionError(answer)
    return socket


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


async def _read(socket: ClientConnection, number: int) -> None:
    while number:
        text = await socket.recv()
        number -= '"bench"' in str(text)


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
            await sockets[1].send(json.dumps({"id": 2, "do": "thread.of", "patient": server.told["patients"][1]}))
            while json.loads(await sockets[1].recv()).get("re") != 2:
                pass
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
                found["ours"].append(asyncio.run(_fan(ours, rooms, members)))
                found["raw"].append(asyncio.run(_fan(raw, rooms, members)))
            figure, base = statistics.median(found["ours"]), statistics.median(found["raw"])
            name = f"fan-out, {rooms} × {members}: server CPU per delivery"
            rows.append(report.compared(name, figure, base, "µs", at_most=at_most, clients=rooms * members))
        taken = asyncio.run(_beside_a_query(ours))
        median, p95 = report.middle(taken)
        name = "longest command beside a query of 1 s"
        rows.append(Row(name, max(taken), "ms", "< 50 ms", max(taken) < 50, 1, median, p95))
    with running("ours") as fresh:
        kib = asyncio.run(_idle(fresh))
        rows.append(Row("memory of an idle socket", kib, "KiB", "≤ 60 KiB", kib <= 60, IDLE))
    return rows


if __name__ == "__main__":
    report.alone(measure)
