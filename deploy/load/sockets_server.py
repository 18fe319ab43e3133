"""The server side of the socket benchmarks: `python -m deploy.load.sockets_server ours|raw|chat FOLDER`.

Prints where it listens as one line of JSON, then obeys lines of JSON: `fan` an event into rooms, `query` the database.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn

from deploy.load import raw, world
from deploy.load.orders import obey

ROOMS = 50
MEMBERS = 10
COUNTING = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) SELECT count(*) FROM n"


def main(kind: str, folder: Path) -> None:
    world.at(folder)
    world.set_up()
    from config import serve

    config = serve.configured()
    listening = serve.listen("127.0.0.1", 0)
    told: dict[str, Any] = {"kind": kind, "port": listening.getsockname()[1]}
    servant: Any
    server: uvicorn.Server
    if kind == "raw":
        config.app, config.lifespan = raw.application, "off"
        server = uvicorn.Server(config)
        servant = _Bare(server)
    else:
        made = world.practice(doctors=MEMBERS, patients=ROOMS)
        told |= {"tokens": made.tokens, "threads": made.threads, "patients": made.patients}
        server = serve.Server(config)
        servant = _Ours(made.threads)
    threading.Thread(target=obey, args=(server, told, partial(_carry_out, servant=servant)), daemon=True).start()
    if isinstance(servant, _Bare):
        asyncio.run(servant.serve(listening))
    else:
        server.run(sockets=[listening])


def _carry_out(words: dict[str, Any], servant: Any) -> str:
    getattr(servant, words.pop("do"))(**words)
    return "done"


class _Bare:
    """Fans with nothing between event and socket."""

    def __init__(self, server: uvicorn.Server) -> None:
        self.server = server

    async def serve(self, listening: Any) -> None:
        self.loop = asyncio.get_running_loop()
        await self.server.serve(sockets=[listening])

    def fan(self, rooms: int, times: int) -> None:
        asyncio.run_coroutine_threadsafe(self._fan(rooms, times), self.loop).result()

    async def _fan(self, rooms: int, times: int) -> None:
        from messaging.realtime import protocol

        for _time in range(times):
            for room in range(rooms):
                await raw.fan(f"room-{room}", protocol.event("bench", f"thread:{'0' * 36}", None, {"id": "0" * 36}))
            await asyncio.sleep(0)


class _Ours:
    """Publishes as services do: from a thread, through the hub."""

    def __init__(self, threads: list[str]) -> None:
        self.threads = threads

    def fan(self, rooms: int, times: int) -> None:
        from messaging.realtime import hub, publish

        here = hub.running()
        assert here is not None
        assert here.loop is not None
        for _time in range(times):
            for room in range(rooms):
                publish(f"thread:{self.threads[room]}", "bench", id="0" * 36)
            asyncio.run_coroutine_threadsafe(asyncio.sleep(0), here.loop).result()

    def query(self, seconds: float) -> None:
        """A slow read in the pool of database threads, asked for by the loop."""
        from messaging.realtime import hub
        from patients.database import in_database

        here = hub.running()
        assert here is not None
        assert here.loop is not None
        asyncio.run_coroutine_threadsafe(in_database(_slow, seconds), here.loop).result()


def _slow(seconds: float) -> None:
    from django.db import connection

    until = time.monotonic() + seconds
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_sleep(%s)", [seconds])
            return
        while time.monotonic() < until:  # many rows, counted by the database
            cursor.execute(COUNTING)
            cursor.fetchone()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
