"""What the audit log and its seals cost: a new Observation with and without its row of the log, by turns, and its share
of a seal and of a look of the witness.

In one process, validated, sealed and indexed as always; SQLite, then a real PostgreSQL. Sealer and witness work once a
second, so that what they take is the share of each second that writers lose.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from deploy.load import report, world
from deploy.load.report import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TIMES: Final = 600
EACH: Final = 200  # rows in a seal: about what one client writes in a second
PATIENTS: Final = 20
HERE: Final = "--here"


class Taken(NamedTuple):
    """Milliseconds of one time: on the clock, and of this thread's CPU."""

    wall: float
    cpu: float


def measure() -> list[Row]:
    """Each database in a process of its own."""
    rows: list[Row] = []
    for name in ("SQLite", "PostgreSQL"):
        with ExitStack() as stack:
            environment = dict(os.environ)
            environment.pop("DATABASE_URL", None)
            if name == "PostgreSQL":
                from tests.servers import postgresql

                environment["DATABASE_URL"] = stack.enter_context(postgresql())
            command = [sys.executable, "-m", "deploy.load.audit", HERE, name]
            done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
            rows += [Row(**row) for row in json.loads(done.stdout.splitlines()[-1])]
    return rows


def _here(name: str) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="telecare-load-") as folder:
        world.at(Path(folder))
        world.set_up()
        from django.db import connections

        try:
            return _measured(name)
        finally:
            connections.close_all()


def _measured(name: str) -> list[Row]:
    from patients.audit import written

    made = world.practice(doctors=1, patients=PATIENTS)
    written.watched = True
    logged: list[Taken] = []
    bare: list[Taken] = []
    seals: list[Taken] = []
    for number in range(-40, TIMES):
        with without_log():
            bare.append(_taken(partial(_create, made, number)))
        logged.append(_taken(partial(_create, made, number)))
        if number % EACH == 0:
            seals.append(_taken(_once_a_second))
    rows = []
    for place, unit in enumerate(("ms", "ms of CPU")):
        row, base, whole = (statistics.median(one[place] for one in kind) for kind in (logged[40:], bare[40:], seals))
        ours = row * (1 + whole / 1000)
        budget = ("≤ 10 % more", ours <= 1.1 * base)
        words = f"create, logged and sealed, {name}"
        rows.append(Row(words, ours, unit, *budget, clients=1, base=base, ratio=round(ours / base, 3)))
        rows.append(Row(f"a seal and a look over {EACH} rows, {name}", whole, unit))
    return rows


def _once_a_second() -> None:
    """What sealer and witness do beside those who write."""
    from patients.audit import sealer, witness

    sealer.seal("bench", deep=False)
    witness.look(time.monotonic() + witness.WAIT)


def _taken(work: Callable[[], object]) -> Taken:
    began, used = time.perf_counter(), time.thread_time()
    work()
    return Taken((time.perf_counter() - began) * 1000, (time.thread_time() - used) * 1000)


def _create(made: world.World, number: int) -> None:
    from deploy.load.fhir import observation
    from patients.access import repository

    content = observation(number, made.patients[number % PATIENTS], random.Random(number))
    del content["id"], content["performer"]
    repository(made.actors[0], source="fhir").create(content)


@contextmanager
def without_log() -> Iterator[None]:
    """As if there were no log: nothing is composed, nothing inserted."""
    from patients.audit import services

    kept: Any = services._sent
    services._sent = lambda part: lambda: [0] * len(part)
    try:
        yield
    finally:
        services._sent = kept


if __name__ == "__main__":
    if HERE in sys.argv:
        print(json.dumps([asdict(row) for row in _here(sys.argv[-1])]))
    else:
        report.alone(measure)
