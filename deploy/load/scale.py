"""The FHIR rows of the design with many records: 100,000 Observations, and with `--million` 1,000,000, one client and
eight, one server process and several.

    python -m deploy.load.scale [--postgresql | --sqlite] [--million] [--observations N] [--json FILE]

Without a choice first on PostgreSQL, then on SQLite (with `--million` on PostgreSQL alone). The records are made as in
`growth`; searches are asked at 10,000 as well. On PostgreSQL the same is asked of one process and of as many as there
are processors, by turns: readers must not wait for each other. Clients and database share the processors with them.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from deploy.load import fhir, growth, world
from deploy.load.report import Row, cpu, middle, table, write

if TYPE_CHECKING:
    from tests.running import Running

OBSERVATIONS: Final = 100_000
REQUESTS: Final = 300
CLIENTS: Final = 8
ROUNDS: Final = 3  # of one process and of several by turns
DATABASES: Final = ("PostgreSQL", "SQLite")


def measure(
    observations: int = OBSERVATIONS, databases: tuple[str, ...] = DATABASES, requests: int = REQUESTS
) -> list[Row]:
    """Each on a new deployment, in a process of its own: settings are read once."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), max_tasks_per_child=1) as processes:
        asked = [processes.submit(_on, name, observations, requests) for name in databases]
        return [row for one in asked for row in one.result()]


def _on(name: str, observations: int, requests: int) -> list[Row]:
    """Fill it and ask it over HTTP."""
    from tests.running import server
    from tests.servers import broker, postgresql

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="telecare-load-")))
        grown = {"DATABASE_URL": "", "REDIS_URL": ""}
        if name == "PostgreSQL":
            grown = {"DATABASE_URL": stack.enter_context(postgresql()), "REDIS_URL": stack.enter_context(broker())}
        environment = world.at(folder, **grown)
        began, first = time.perf_counter(), min(observations, growth.SIZES[0])
        filling, token, doctor = fhir.filled(folder, first)
        rows = [replace(row, name=f"{name} {row.name}") for row in filling]
        growth.settled()
        few = fhir.World(token, doctor, tuple(fhir.patients_of(first)), first)
        with server(folder / "data", **environment) as one:
            before = _quickest(fhir.client("search", one.port, few, requests, fhir.SEED))
        if observations > first:
            workers = 1 if name == "SQLite" else os.cpu_count() or 1
            growth.grown(folder, first, observations, environment, workers=workers)
            growth.settled()
        print(f"{name}: {observations:,} Observations after {time.perf_counter() - began:.0f} s", flush=True)
        # what is read stands under the ids of the import; patients are those of all
        known, title = replace(few, patients=tuple(fhir.patients_of(observations))), f"{name}, {observations:,}"
        count = 1 if name == "SQLite" else max(2, os.cpu_count() or 1)
        running = [stack.enter_context(server(folder / "data", **environment)) for _ in range(count)]
        for what in fhir.BUDGETS:
            taken = fhir.client(what, running[0].port, known, requests, fhir.SEED)
            rows.append(_alone(f"{title}: {what}", taken, fhir.BUDGETS[what] if observations <= OBSERVATIONS else None))
            if what == "search":
                rows.append(_grown(f"{title}: search, quickest tenth, over {first:,}", _quickest(taken), before))
            rows += _together(f"{title}: {what}", what, running[:1], known, requests).rows()
        if count > 1:
            for what in ("read", "search"):
                rows += _over_processes(f"{title}: {what}", what, running, known, requests)
        return rows


def _alone(name: str, taken: list[float], most: int | None) -> Row:
    """What one client waits. `most`: milliseconds of the budget, where there is one for so many records."""
    median, p95 = middle(taken)
    return Row(name, median, "ms", f"≤ {most} ms" if most else "", median <= most if most else None, 1, median, p95)


def _quickest(taken: list[float]) -> float:
    """The milliseconds below which a tenth stays: what the work takes, whatever else the machine does."""
    return statistics.quantiles(taken, n=10)[0]


def _grown(name: str, after: float, before: float) -> Row:
    times = after / before
    return Row(name, times, "×", f"≤ {growth.GROWTH:g}×", times <= growth.GROWTH, 1, base=before, ratio=round(times, 2))


@dataclass(frozen=True)
class Together:
    """What eight clients got from some servers. `each`: seconds of the servers' CPU for one answer."""

    name: str
    rate: float
    each: float
    taken: list[float]

    def rows(self) -> list[Row]:
        """Answers a second, and those of a core."""
        return [
            Row(self.name, self.rate, "/s", "", None, CLIENTS, *middle(self.taken)),
            Row(f"{self.name}, of a core", 1 / self.each, "/s and core", "", None, CLIENTS),
        ]


def _together(name: str, what: str, running: list[Running], known: fhir.World, requests: int) -> Together:
    """Eight clients, spread over the servers."""
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
    return Together(name, served / seconds, used / served, taken)


def _over_processes(name: str, what: str, running: list[Running], known: fhir.World, requests: int) -> list[Row]:
    """The same clients at all servers; `base`: at one of them. The middle of the rounds."""
    rounds = [
        [_together(name, what, servers, known, 2 * requests) for servers in (running[:1], running)]
        for _ in range(ROUNDS)
    ]
    one, all_ = zip(*rounds, strict=True)
    words = f"{name}, {len(running)} processes"
    rate, alone = (statistics.median(each.rate for each in some) for some in (all_, one))
    work, alone_work = (1000 * statistics.median(each.each for each in some) for some in (all_, one))
    median, p95 = middle([each for some in all_ for each in some.taken])
    return [
        Row(words, rate, "/s", "", None, CLIENTS, median, p95, alone, round(rate / alone, 2)),
        Row(f"{words}, CPU", work, "ms each", "", None, CLIENTS, base=alone_work, ratio=round(work / alone_work, 2)),
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--million", action="store_true", help="1,000,000 Observations (takes a quarter of an hour)")
    parser.add_argument("--observations", type=int)
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--postgresql", action="store_true", help="on PostgreSQL alone")
    only.add_argument("--sqlite", action="store_true", help="on SQLite alone")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    options = parser.parse_args()
    number = options.observations or (growth.MILLION if options.million else OBSERVATIONS)
    wanted: tuple[str, ...] = DATABASES
    if options.sqlite:
        wanted = ("SQLite",)
    elif options.postgresql or options.million:
        wanted = ("PostgreSQL",)
    measured = measure(number, wanted)
    print(table(measured), flush=True)
    if options.json:
        write(measured, options.json)
    sys.exit(0)
