"""How soon an open socket is cut or narrowed when a right ends, from the act to the frame at the client (§6: 2 s).

The server is the real one, in a process of its own; each act is a call of the service that pages and FHIR call, too.
What ends by time alone is measured from that moment.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from deploy.load import report
from deploy.load.report import Row
from tests.messaging.talk import Talk

ROUNDS: Final = 4
BUDGET: Final = 2.0  # seconds


class Server:
    """The child process, asked over its standard input."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.told = self._answer()

    def ask(self, do: str, event: str) -> dict[str, Any]:
        """Let it prepare an event, or let it happen."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, "event": event}) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


@contextmanager
def running() -> Iterator[Server]:
    """The server while the block runs."""
    with tempfile.TemporaryDirectory(prefix="telecare-cuts-") as folder:
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy.load.cuts_server", folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env={**os.environ, "DATABASE_URL": "", "REDIS_URL": ""},
        )
        try:
            yield Server(process)
        finally:
            process.terminate()
            process.wait(timeout=30)


def _taken(server: Server, event: str, *, whole: bool) -> float:
    """Seconds from the act until the client is told."""
    address = f"127.0.0.1:{server.told['port']}"
    cookie = server.ask("ready", event)["cookie"]
    with Talk(f"ws://{address}/ws/", {"Cookie": cookie}, origin=f"http://{address}") as socket:
        socket.ask("open", topic=f"patient:{server.told['patient']}")
        began = float(server.ask("act", event)["at"])
        if whole:
            socket.closed()
        else:
            socket.hear("closed")
        return time.monotonic() - began


def measure() -> list[Row]:
    """Each event some times; the longest counts."""
    rows = []
    with running() as server:
        for event, whole in server.told["events"].items():
            taken = [_taken(server, event, whole=whole) for _round in range(ROUNDS)]
            longest, middle = max(taken) * 1000, statistics.median(taken) * 1000
            held = longest <= BUDGET * 1000
            rows.append(Row(f"socket cut after: {event}", longest, "ms, longest", "≤ 2 s", held, 1, median=middle))
    return rows


if __name__ == "__main__":
    report.alone(measure)
