"""How fast the FHIR edge is: import, read, create and search over a real server, with one client and with eight.

Every request is signed in, sealed and audited. The figure is the median; beside it, requests a second of a core: one
second over the server's CPU for one request, which is what it can do whatever else this machine is busy with.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final

from deploy.load import world
from deploy.load.report import Row, alone, cpu, middle

ORGANISATION: Final = "Praxis Messwert"
SEED: Final = 20261122
PER_PATIENT: Final = 100  # Observations
CLIENTS: Final = (1, 8)
BUDGETS: Final = {"read": 4, "search": 6, "create": 8}  # milliseconds, with one client
IMPORTED: Final = 300  # a second and core
CODES: Final = {"8867-4": ("/min", 72), "8310-5": ("Cel", 37), "29463-7": ("kg", 80), "59408-5": ("%", 96),
                "9279-1": ("/min", 16), "2339-0": ("mg/dL", 110)}  # fmt: skip

FURTHER: Final = {
    "chain": "Observation?subject:Patient.name:exact={patient}&code=http://loinc.org%7C{code}&_count=20",
    "_has": "Patient?_has:Observation:patient:code={code}&_count=20",
    "_include": "Observation?patient={patient}&code={code}&_include=Observation:subject&_count=20",
}


def measure(observations: int = 5_000, requests: int = 300) -> list[Row]:
    """Fill a new deployment on SQLite and measure it over HTTP."""
    from tests.running import server

    with tempfile.TemporaryDirectory(prefix="telecare-load-") as name:
        folder = Path(name)
        world.at(folder)
        imported, token, doctor = filled(folder, observations)
        rows, known = [*imported], World(token, doctor, tuple(patients_of(observations)), observations)
        with server(folder / "data") as running:
            for what in BUDGETS:
                for clients in CLIENTS:
                    rows += _measured(what, clients, running.port, running.process.pid, known, requests)
    return rows


# -- what is asked


@dataclass(frozen=True)
class World:
    """What the clients need to know."""

    token: str
    doctor: str  # reference
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


def patients_of(observations: int, each: int = PER_PATIENT) -> list[str]:
    return [f"p{number}" for number in range(max(1, observations // each))]


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
        elif what in FURTHER:
            address = FURTHER[what].format(patient=patient, code=chance.choice(list(CODES)))
            yield "GET", f"/fhir/{address}", None, 200
        else:
            body = {**observation(0, patient, chance), "performer": [{"reference": world.doctor}]}
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


def _measured(what: str, clients: int, port: int, pid: int, world: World, requests: int) -> list[Row]:
    each = max(20, requests // clients)
    with multiprocessing.get_context("spawn").Pool(clients) as pool:
        pool.map(len, [[]] * clients)  # all have started
        before, began = cpu(pid), time.perf_counter()
        work = [(what, port, world, each, SEED + number) for number in range(clients)]
        taken = [one for part in pool.starmap(client, work, chunksize=1) for one in part]
        seconds, used = time.perf_counter() - began, cpu(pid) - before
    served = clients * (each + max(5, each // 10))
    median, p95 = middle(taken)
    name = f"FHIR {what}, {world.observations:,} Observations"
    if clients == 1:
        most = BUDGETS[what]
        return [Row(name, median, "ms", f"≤ {most} ms", median <= most, clients, median, p95)]
    return [
        Row(name, served / seconds, "/s", "", None, clients, median, p95),
        Row(f"{name}, of a core", served / used, "/s and core", "", None, clients),
    ]


def filled(folder: Path, observations: int, each: int = PER_PATIENT) -> tuple[list[Row], str, str]:
    """A new database with one practice, its doctor and all Observations, imported, so many of each patient, who are
    called p0, p1 …; how fast it was filled, the doctor's token, and who that is."""
    file = folder / "observations.ndjson"
    chance = random.Random(SEED)
    patients = patients_of(observations, each)
    with file.open("w") as out:
        for patient in patients:
            out.write(json.dumps({"resourceType": "Patient", "id": patient, "name": [{"family": patient}]}) + "\n")
        for number in range(observations):
            out.write(json.dumps(observation(number, patients[number % len(patients)], chance)) + "\n")

    world.set_up()
    from django.db import connections

    from patients.accounts import services as accounts
    from patients.accounts.actor import Role, system
    from patients.fhir import ingest
    from patients.network import services
    from patients.network.resources import Name

    maker = system("load")
    practice = services.create_organisation(maker, name=ORGANISATION, kind="practice").logical_id
    doctor = services.add_practitioner(maker, name=Name("Messwert", "M."), organisation=practice, role=Role.DOCTOR)
    user = accounts.create_account(
        maker, kind="staff", username="measuring", person=doctor.reference, name="M. Messwert"
    )
    began, used = time.perf_counter(), time.process_time()
    found = ingest.run([file], custodian=practice)
    seconds, used = time.perf_counter() - began, time.process_time() - used
    if found.refusals:
        ingest.print_report(found, sys.stderr)
        raise AssertionError("The import refused something.")
    rate = found.accepted / used
    token = accounts.issue_token(user)
    connections.close_all()
    name = "import: validated, sealed, indexed"
    budget = Row(f"{name}, of a core", rate, "/s and core", f"≥ {IMPORTED} (on PostgreSQL)", rate >= IMPORTED)
    return [Row(name, found.accepted / seconds, "/s"), budget], token, doctor.reference


if __name__ == "__main__":
    alone(measure)
