"""The FHIR rows of the design with many records: 100,000 Observations, and with `--million` 1,000,000, one client and
eight, one server process and several.

    python -m deploy.load.scale [--sqlite] [--million] [--observations N] [--json FILE]

The records are made as in `growth`. On PostgreSQL the same is asked of one process and of as many as there are
processors, each client of one of them: readers must not wait for each other.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from deploy.load import fhir, growth, world
from deploy.load.report import Row, cpu, middle, table, write

if TYPE_CHECKING:
    from tests.running import Running

OBSERVATIONS: Final = 100_000
REQUESTS: Final = 300
CLIENTS: Final = 8


def measure(observations: int = OBSERVATIONS, *, sqlite: bool = False, requests: int = REQUESTS) -> list[Row]:
    """Fill a new deployment and ask it over HTTP."""
    from tests.running import server
    from tests.servers import broker, postgresql

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="telecare-load-")))
        grown = {"DATABASE_URL": "", "REDIS_URL": ""}
        if not sqlite:
            grown = {"DATABASE_URL": stack.enter_context(postgresql()), "REDIS_URL": stack.enter_context(broker())}
        environment = world.at(folder, **grown)
        began, imported = time.perf_counter(), min(observations, growth.SIZES[0])
        filling, token, doctor = fhir.filled(folder, imported)
        if observations > imported:
            growth.grown(folder, imported, observations, environment, workers=1 if sqlite else os.cpu_count() or 1)
        growth.settled()
        name = "SQLite" if sqlite else "PostgreSQL"
        print(f"{name}: {observations:,} Observations after {time.perf_counter() - began:.0f} s", flush=True)
        # what is read stands under the ids of the import; patients are those of all
        known = fhir.World(token, doctor, tuple(fhir.patients_of(observations)), imported)
        rows = [replace(row, name=f"{name} {row.name}") for row in filling]
        running: list[Running] = []
        for processes in (1,) if sqlite else (1, max(2, os.cpu_count() or 1)):
            while len(running) < processes:
                running.append(stack.enter_context(server(folder / "data", **environment)))
            title = f"{name}, {observations:,}"
            for what in fhir.BUDGETS:
                if processes == 1:
                    rows.append(_alone(f"{title}: {what}", what, running[0].port, known, requests))
                rows += _together(f"{title}: {what}, {processes} process(es)", what, running, known, requests)
        return rows


def _alone(name: str, what: str, port: int, known: fhir.World, requests: int) -> Row:
    median, p95 = middle(fhir.client(what, port, known, requests, fhir.SEED))
    most = fhir.BUDGETS[what]
    return Row(name, median, "ms", f"≤ {most} ms", median <= most, 1, median, p95)


def _together(name: str, what: str, running: list[Running], known: fhir.World, requests: int) -> list[Row]:
    """Eight clients, spread over the servers: answers a second, and those of a core of the servers."""
    each = max(20, requests // CLIENTS)
    with multiprocessing.get_context("spawn").Pool(CLIENTS) as pool:
        pool.map(len, [[]] * CLIENTS)  # all have started
        before, began = sum(cpu(one.process.pid) for one in running), time.perf_counter()
        work = [
            (what, running[number % len(running)].port, known, each, fhir.SEED + number) for number in range(CLIENTS)
        ]
        taken = [one for part in pool.starmap(fhir.client, work, chunksize=1) for one in part]
        seconds = time.perf_counter() - began
        used = sum(cpu(one.process.pid) for one in running) - before
    served = CLIENTS * (each + max(5, each // 10))
    median, p95 = middle(taken)
    return [
        Row(name, served / seconds, "/s", "", None, CLIENTS, median, p95),
        Row(f"{name}, of a core", served / used, "/s and core", "", None, CLIENTS),
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--million", action="store_true", help="1,000,000 Observations (takes a quarter of an hour)")
    parser.add_argument("--observations", type=int, default=OBSERVATIONS)
    parser.add_argument("--sqlite", action="store_true", help="on SQLite instead of PostgreSQL")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    options = parser.parse_args()
    measured = measure(growth.MILLION if options.million else options.observations, sqlite=options.sqlite)
    print(table(measured), flush=True)
    if options.json:
        write(measured, options.json)
    sys.exit(0)
