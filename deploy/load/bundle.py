"""How long a transaction of 1,000 entries takes, and whether others wait meanwhile: created, then updated.

    python -m deploy.load.bundle [--sqlite] [--json FILE]      PostgreSQL and SQLite, or SQLite alone

While it runs, somebody else pings the server over a socket: how late the latest answer is says how long the event loop
was held. `base` is the latest one while nothing is sent, for as long: a busy machine is late by itself.
The CPU is that of the server's process.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from http.client import HTTPConnection
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from deploy.load import fhir, world
from deploy.load.pings import HELD, Pings
from deploy.load.report import Row, cpu, table, write

ENTRIES: Final = 1_000
SECONDS: Final = 5
TIMES: Final = 3


def measure(names: tuple[str, ...] = ("PostgreSQL", "SQLite")) -> list[Row]:
    """Each on a new deployment with one practice and its patients, in a process of its own: settings are read once."""
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as processes:
        return [row for rows in processes.map(_on, names) for row in rows]


def _on(name: str) -> list[Row]:
    from tests.running import server
    from tests.servers import broker, postgresql

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="telecare-load-")))
        grown = {}
        if name == "PostgreSQL":
            grown = {"DATABASE_URL": stack.enter_context(postgresql()), "REDIS_URL": stack.enter_context(broker())}
        environment = world.at(folder, **{"DATABASE_URL": "", "REDIS_URL": "", **grown})
        world.set_up()
        from django.db import connections

        known = world.practice(doctors=1, patients=10)
        connections.close_all()
        running = stack.enter_context(server(folder / "data", **environment))
        token, port, pid = known.tokens[0], running.port, running.process.pid
        waits = stack.enter_context(Pings(port, token))
        rows = []
        for kind in ("created", "updated"):
            taken, used = [], []
            waits.latest = 0.0
            for number in range(TIMES):
                body = json.dumps(_bundle(kind, known.patients, number)).encode()
                before, began = cpu(pid), time.perf_counter()
                _send(port, token, body)
                taken.append(time.perf_counter() - began)
                used.append(cpu(pid) - before)
            words, best = f"transaction, {ENTRIES:,} {kind}, {name}", min(taken)
            rows += [
                Row(words, best, "s", f"< {SECONDS} s", best < SECONDS, 1, 1000 * sorted(taken)[TIMES // 2]),
                Row(f"{words}, CPU of the server", min(used), "s", "", None, 1),
            ]
            held, waits.latest = waits.latest, 0.0
            time.sleep(sum(taken))
            loop = f"{words}, loop held"
            rows.append(Row(loop, held, "ms", f"≤ {HELD} ms", held <= HELD, 1, base=round(waits.latest, 1)))
        return rows


def _bundle(kind: str, patients: list[str], number: int) -> dict[str, Any]:
    """Observations of all patients; the same ids each time where they are updated (the first time creates them)."""
    chance, entries = random.Random(number), []
    for place in range(ENTRIES):
        one = fhir.observation(place, patients[place % len(patients)], chance)
        del one["performer"]
        if kind == "created":
            del one["id"]
            entries.append({"request": {"method": "POST", "url": "Observation"}, "resource": one})
        else:
            one["id"] = f"00000000-0000-4000-8000-{place:012}"
            entries.append({"request": {"method": "PUT", "url": f"Observation/{one['id']}"}, "resource": one})
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def _send(port: int, token: str, body: bytes) -> None:
    connection = HTTPConnection("127.0.0.1", port)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json", "Prefer": "return=minimal"}
    connection.request("POST", "/fhir", body, headers)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    if answer.status != 200:
        raise AssertionError(f"{answer.status} {text[:500]!r}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sqlite", action="store_true", help="on SQLite alone")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    options = parser.parse_args()
    measured = measure(("SQLite",) if options.sqlite else ("PostgreSQL", "SQLite"))
    print(table(measured), flush=True)
    if options.json:
        write(measured, options.json)
    sys.exit(0)
