"""How searches grow with the records: 10,000 and 100,000 Observations on PostgreSQL, and with `--million` 1,000,000.

    python -m deploy.load.growth [--million] [--sqlite] [--json FILE]

The first ones are imported as any others; what comes on top is sealed, indexed and inserted as an import does it, but
not validated. Asked over HTTP by one client, signed in and audited, and once more without HTTP and audit.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from deploy.load import fhir, world
from deploy.load.report import Row, middle, table, write

SIZES: Final = (10_000, 100_000)
MILLION: Final = 1_000_000
BATCH: Final = 500
REQUESTS: Final = 200
GROWTH: Final = 1.5
ASKED: Final = ("search", "chain", "_has", "_include")


def measure(sizes: tuple[int, ...] = SIZES, *, sqlite: bool = False) -> list[Row]:
    """Fill a new deployment step by step, and ask the same at each size."""
    from tests.servers import postgresql

    rows: list[Row] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="telecare-load-")))
        environment = world.at(folder, **({} if sqlite else {"DATABASE_URL": stack.enter_context(postgresql())}))
        name = "SQLite" if sqlite else "PostgreSQL"
        medians: dict[str, list[float]] = {}
        token = doctor = ""
        for before, size in zip((0, *sizes), sizes, strict=False):
            began = time.perf_counter()
            if before:
                grown(folder, before, size, environment, workers=1 if sqlite else os.cpu_count() or 1)
            else:
                _rows, token, doctor = fhir.filled(folder, size)
            settled()
            print(f"{name}: {size:,} Observations after {time.perf_counter() - began:.0f} s", flush=True)
            for what, taken in _asked(
                folder, fhir.World(token, doctor, tuple(fhir.patients_of(size)), size), environment
            ):
                median, p95 = middle(taken)
                medians.setdefault(what, []).append(median)
                rows.append(Row(f"{name} {what}, {size:,}", median, "ms", "", None, 1, median, p95))
                print(f"  {what:30}{median:8.2f} ms", flush=True)
    for what, found in medians.items():
        times = found[-1] / found[0]
        budget = f"≤ {GROWTH:g}×" if "search" in what else ""
        holds = times <= GROWTH if budget else None
        words = f"{name} {what}: {sizes[-1]:,} over {sizes[0]:,}"
        rows.append(Row(words, times, "×", budget, holds, 1, base=found[0], ratio=round(times, 2)))
    return rows


def _asked(folder: Path, known: fhir.World, environment: dict[str, str]) -> Iterator[tuple[str, list[float]]]:
    from tests.running import server

    with server(folder / "data", **environment) as running:
        for what in ASKED:
            yield f"{what} over HTTP", fhir.client(what, running.port, known, REQUESTS, fhir.SEED)
    for what, ask in _inside(known.patients):
        for _ in range(20):
            ask()
        taken = []
        for _ in range(REQUESTS):
            began = time.perf_counter()
            ask()
            taken.append((time.perf_counter() - began) * 1000)
        yield f"{what} alone", taken


def _inside(patients: tuple[str, ...]) -> list[tuple[str, Callable[[], object]]]:
    """The searches themselves, within the rights of the doctor."""
    from patients.access.ceilings import Action
    from patients.access.rules import scope
    from patients.accounts.models import User
    from patients.accounts.queries import actor_of
    from patients.records import search

    doctor = actor_of(User.objects.get(username="measuring"))
    chance = random.Random(fhir.SEED)

    def found(type_: str, *pairs: tuple[str, str]) -> None:
        query = search.parse(type_, [*pairs, ("_count", "20"), ("_total", "none")])
        patient = search.only_patient(query)
        whole = scope(doctor, Action.READ)
        rule = scope(doctor, Action.READ, patient=patient) if patient else whole
        if not search.run(query, rule, beyond=whole).rows:
            raise AssertionError(f"Nothing was found: {pairs}")

    def code() -> tuple[str, str]:
        return "code", f"http://loinc.org|{chance.choice(list(fhir.CODES))}"

    def whose() -> str:
        return chance.choice(patients)

    return [
        ("search", lambda: found("Observation", ("patient", whose()), code(), ("date", "ge2024-07-01"))),
        ("chain", lambda: found("Observation", ("subject:Patient.name:exact", whose()), code())),
        ("_has", lambda: found("Patient", ("_has:Observation:patient:code", code()[1]))),
    ]


# -- filling


def grown(folder: Path, before: int, size: int, environment: dict[str, str], *, workers: int) -> None:
    """More patients through the import, and more Observations of them by several processes."""
    from django.db import connections

    from patients.fhir import ingest
    from patients.records import store

    patients = fhir.patients_of(size)
    file = folder / "patients.ndjson"
    new = [
        {"resourceType": "Patient", "id": one, "name": [{"family": one}]}
        for one in patients[before // fhir.PER_PATIENT :]
    ]
    file.write_text("\n".join(map(json.dumps, new)))
    practice = store.get("Patient", patients[0]).custodian
    if practice is None:
        raise AssertionError("The first patients have no custodian.")
    if ingest.run([file], custodian=practice).refusals:
        raise AssertionError("The import refused a patient.")
    connections.close_all()
    parts = [(patients[before // fhir.PER_PATIENT :][part::workers], practice, environment) for part in range(workers)]
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        pool.starmap(_fill, parts, chunksize=1)


def _fill(patients: list[str], practice: str, environment: dict[str, str]) -> None:
    """The Observations of these patients, in a process of its own: one of each, then the next of each."""
    os.environ.update(environment)
    import django

    django.setup()
    from django.db import connections

    from patients.database import write as writing
    from patients.records import store

    chance = random.Random(patients[0])
    for turn in range(fhir.PER_PATIENT):
        for at in range(0, len(patients), BATCH):
            part = [_unvalidated(f"{patient}-{turn}", patient, chance) for patient in patients[at : at + BATCH]]
            with writing():
                store.create_many([store.New(one, practice, "clinical", logical_id=one.content["id"]) for one in part])
    connections.close_all()


def _unvalidated(ident: str, patient: str, chance: random.Random) -> Any:
    from patients import vault
    from patients.records import store, wire
    from patients.records.index.extract import extract

    resource = wire.parse(json.dumps({**fhir.observation(0, patient, chance), "id": ident}).encode())
    rest = wire.text({name: value for name, value in resource.items() if name not in ("resourceType", "id")})
    return store.Prepared("Observation", resource, (patient,), rest, extract(resource, patient), patient, vault.epoch())


def settled() -> None:
    """What the database does by itself within minutes: what is still on its way to the disk holds up others."""
    from django.db import connection

    with connection.cursor() as cursor:
        for words in ("VACUUM ANALYZE", "CHECKPOINT") if connection.vendor == "postgresql" else ("PRAGMA optimize",):
            cursor.execute(words)
    connection.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--million", action="store_true", help="grow to 1,000,000 (takes a quarter of an hour)")
    parser.add_argument("--sqlite", action="store_true", help="on SQLite instead of PostgreSQL")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    options = parser.parse_args()
    measured = measure((*SIZES, MILLION) if options.million else SIZES, sqlite=options.sqlite)
    print(table(measured), flush=True)
    if options.json:
        write(measured, options.json)
    sys.exit(0)
