"""How fast the FHIR edge is: import, read, create and search over a real server, with one client and with eight.

    python -m deploy.load.fhir --observations 10000

Every request is signed in, sealed and audited. Rows: what, clients, median and p95 in milliseconds, requests a second,
and the server's CPU for one in milliseconds, which is what a core can do whatever else this machine is busy with.
"""

from __future__ import annotations

import argparse
import base64
import json
import multiprocessing
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final

ORGANISATION: Final = "Praxis Messwert"
SEED: Final = 20261122
PER_PATIENT: Final = 100  # Observations
CLIENTS: Final = (1, 8)
CODES: Final = {"8867-4": ("/min", 72), "8310-5": ("Cel", 37), "29463-7": ("kg", 80), "59408-5": ("%", 96),
                "9279-1": ("/min", 16), "2339-0": ("mg/dL", 110)}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One line of the result."""

    what: str
    clients: int
    median: float  # ms
    p95: float  # ms
    rate: float  # per second
    cpu: float  # ms of the server for one

    def __str__(self) -> str:
        figures = f"{self.median:9.1f}{self.p95:9.1f}{self.rate:11.0f}{self.cpu:11.2f}"
        return f"{self.what:34}{self.clients:8}{figures}"


HEAD: Final = f"{'':34}{'clients':>8}{'median':>9}{'p95':>9}{'per s':>11}{'CPU ms':>11}"


def main(arguments: list[str] | None = None) -> list[dict[str, Any]]:
    """Run it, print the table, and return its rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--observations", type=int, default=5_000)
    parser.add_argument("--requests", type=int, default=300, help="of each kind")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="telecare-load-") as folder:
        rows = measure(Path(folder), options.observations, options.requests)
    return [asdict(row) for row in rows]


def measure(folder: Path, observations: int, requests: int) -> list[Row]:
    """Fill a new deployment in `folder` and measure it."""
    from tests.running import server

    environment = {"DATA": str(folder / "data"), "TELECARE_KEY_FILE": str(folder / "data.key"), "TELECARE_DEMO": "0"}
    os.environ.update(environment)
    key = folder / "data.key"
    key.touch(mode=0o600)
    key.write_bytes(base64.b64encode(os.urandom(32)))
    print(HEAD)
    rows, token = _filled(folder, observations)
    world = World(token, tuple(_patients(observations)), observations)
    with server(folder / "data", TELECARE_DEMO="0") as running:
        for what in ("read", "search", "create"):
            for clients in CLIENTS:
                rows.append(_measured(what, clients, running.port, running.process.pid, world, requests))
                print(rows[-1])
    return rows


# -- what is asked


@dataclass(frozen=True)
class World:
    """What the clients need to know."""

    token: str
    patients: tuple[str, ...]
    observations: int


def observation(number: int, patient: str, chance: random.Random) -> dict[str, Any]:
    """A measured value as a device would send it."""
    code, (unit, usual) = chance.choice(list(CODES.items()))
    vital = {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}
    day = f"{chance.choice((2024, 2025))}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
    value = {
        "value": usual + chance.randrange(-3, 4),
        "unit": unit,
        "system": "http://unitsofmeasure.org",
        "code": unit,
    }
    return {
        "resourceType": "Observation",
        "id": f"o{number}",
        "status": "final",
        "category": [{"coding": [vital]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": f"{day}T08:{chance.randrange(60):02}:00+01:00",
        "performer": [{"reference": "Practitioner/measuring"}],
        "valueQuantity": value,
    }


def _patients(observations: int) -> list[str]:
    return [f"p{number}" for number in range(max(1, observations // PER_PATIENT))]


def _asked(what: str, world: World, seed: int) -> Iterator[tuple[str, str, bytes | None, int]]:
    """Method, address, body and the status that is expected, without end."""
    chance = random.Random(seed)
    while True:
        patient = chance.choice(world.patients)
        if what == "read":
            yield "GET", f"/fhir/Observation/o{chance.randrange(world.observations)}", None, 200
        elif what == "search":
            code = chance.choice(list(CODES))
            query = f"patient={patient}&code=http://loinc.org%7C{code}&date=ge2025-01-01&_count=20"
            yield "GET", f"/fhir/Observation?{query}", None, 200
        else:
            body = {**observation(0, patient, chance)}
            del body["id"]
            yield "POST", "/fhir/Observation", json.dumps(body).encode(), 201


def client(what: str, port: int, world: World, requests: int, seed: int) -> list[float]:
    """One client on one kept connection: the milliseconds of each request, after some that do not count."""
    connection = HTTPConnection("127.0.0.1", port)
    headers = {"Authorization": f"Bearer {world.token}", "Content-Type": "application/fhir+json"}
    taken = []
    asked = _asked(what, world, seed)
    for number in range(-max(5, requests // 10), requests):
        method, address, body, expected = next(asked)
        began = time.perf_counter()
        connection.request(method, address, body, headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != expected:
            raise AssertionError(f"{method} {address}: {answer.status} {text[:300]!r}")
        if number >= 0:
            taken.append((time.perf_counter() - began) * 1000)
    return taken


# -- measuring


def _measured(what: str, clients: int, port: int, pid: int, world: World, requests: int) -> Row:
    each = max(20, requests // clients)
    with multiprocessing.get_context("spawn").Pool(clients) as pool:
        pool.map(len, [[]] * clients)  # all have started
        cpu, began = _cpu(pid), time.perf_counter()
        work = [(what, port, world, each, SEED + number) for number in range(clients)]
        taken = [one for part in pool.starmap(client, work, chunksize=1) for one in part]
        seconds, cpu = time.perf_counter() - began, _cpu(pid) - cpu
    served = clients * (each + max(5, each // 10))
    p95 = statistics.quantiles(taken, n=20)[18]
    name = f"FHIR {what}, {world.observations:,} Observations"
    return Row(name, clients, statistics.median(taken), p95, served / seconds, 1000 * cpu / served)


def _cpu(pid: int) -> float:
    """Seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _filled(folder: Path, observations: int) -> tuple[list[Row], str]:
    """A new database with one practice, its doctor and all Observations, imported; the doctor's token."""
    (folder / "data").mkdir()
    file = folder / "observations.ndjson"
    chance = random.Random(SEED)
    patients = _patients(observations)
    with file.open("w") as out:
        for patient in patients:
            out.write(json.dumps({"resourceType": "Patient", "id": patient, "name": [{"family": patient}]}) + "\n")
        for number in range(observations):
            out.write(json.dumps(observation(number, patients[number % len(patients)], chance)) + "\n")

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connections

    from patients.accounts import services as accounts
    from patients.accounts.actor import Role, system
    from patients.fhir import ingest
    from patients.network import services
    from patients.network.resources import Name

    call_command("migrate", interactive=False, verbosity=0)
    maker = system("load")
    practice = services.create_organisation(maker, name=ORGANISATION, kind="practice").logical_id
    doctor = services.add_practitioner(maker, name=Name("Messwert", "M."), organisation=practice, role=Role.DOCTOR)
    user = accounts.create_account(
        maker, kind="staff", username="measuring", person=doctor.reference, name="M. Messwert"
    )
    began, cpu = time.perf_counter(), time.process_time()
    report = ingest.run([file], custodian=practice)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    if report.refusals:
        ingest.print_report(report, sys.stderr)
        raise AssertionError("The import refused something.")
    each = 1000 * seconds / report.accepted
    row = Row("import of Observations", 1, each, each, report.accepted / seconds, 1000 * cpu / report.accepted)
    print(row)
    token = accounts.issue_token(user)
    connections.close_all()
    return [row], token


if __name__ == "__main__":
    main()
