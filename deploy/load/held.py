"""Whether others are heard whatever one asks for: how long each kind of large or hostile work holds the event loop.

A practice on SQLite with one patient who has 5,000 Observations. Everything that is dear is asked of its one process,
commands that run inside the live server among it, while somebody pings (`pings`). `base` is the latest answer while
nothing is asked, for as long: a busy machine is late by itself.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Final

from deploy.load import fhir, hostile, world
from deploy.load.pings import HELD, Pings
from deploy.load.report import Row, alone

if TYPE_CHECKING:
    from tests.running import Running

OBSERVATIONS: Final = 5_000  # of one patient
ENTRIES: Final = 1_000  # of a batch
IMPORTED: Final = 2_000
TIMES: Final = 3
LONGEST: Final = 5.0  # seconds that it is watched while nothing is asked

READ: Final = {
    "$everything": "Patient/p0/$everything",
    "search, 1,000 with what they refer to": "Observation?patient=p0&_count=1000&_include=Observation:subject",
    "search, sorted, counted": "Observation?patient=p0&_sort=-date&_count=1000&_total=accurate",
    "history of a type": "Observation/_history?_count=1000",
    "$lastn": "Observation/$lastn?patient=p0&category=vital-signs&max=100",
    "$summary": "Patient/p0/$summary",
    "what the server can": "metadata",
    "OpenAPI": "openapi.json",
}


def measure() -> list[Row]:
    """Everything dear, one after the other."""
    from tests.running import server

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="telecare-load-")))
        environment = world.at(folder)
        _rows, token, _doctor = fhir.filled(folder, OBSERVATIONS, OBSERVATIONS)
        running = stack.enter_context(server(folder / "data", **environment))
        pings = stack.enter_context(Pings(running.port, token))
        return [_held(name, work, pings) for name, work in _works(running, token, folder).items()]


def _held(name: str, work: Callable[[], None], pings: Pings) -> Row:
    work()  # what is loaded once
    held, began = [], time.perf_counter()
    for _turn in range(TIMES):
        pings.latest = 0.0
        work()
        held.append(pings.latest)
    seconds, pings.latest = time.perf_counter() - began, 0.0
    time.sleep(min(LONGEST, seconds))
    longest = max(held)
    row = Row(f"loop held: {name}", longest, "ms", f"≤ {HELD} ms", longest <= HELD, 1, base=round(pings.latest, 1))
    print(f"  {row.name:60}{longest:8.1f} ms, {seconds / TIMES:6.2f} s each", flush=True)
    return row


def _works(running: Running, token: str, folder: Path) -> dict[str, Callable[[], None]]:
    """What is asked, by name."""

    def asks(method: str, address: str, body: bytes | None = None) -> Callable[[], None]:
        return lambda: _ask(running.port, token, method, address, body)

    def throws(every: list[hostile.Attack]) -> Callable[[], None]:
        return lambda: hostile.send(running.port, token, every)

    works = {name: asks("GET", f"/fhir/{address}") for name, address in READ.items()}
    works["batch of 1,000 reads"] = asks("POST", "/fhir", _batch())
    works["$validate of 2,000 resources"] = asks("POST", "/fhir/Bundle/$validate", _collection())
    for group, attacks in hostile.attacks().items():
        works[f"hostile, {group}"] = throws(list(attacks.values()))
    return works | _commands(running, folder)


def _commands(running: Running, folder: Path) -> dict[str, Callable[[], None]]:
    """What an operator runs beside the live server: it runs inside of it."""
    file, chance = folder / "more.ndjson", random.Random(fhir.SEED)
    numbers = iter(range(1, 1_000))

    def imports() -> None:
        first = 1_000_000 * next(numbers)
        more = (fhir.observation(first + place, "p0", chance) for place in range(IMPORTED))
        file.write_text("\n".join(map(json.dumps, more)))
        _run(running, "import", str(file), "--as", fhir.ORGANISATION)

    return {
        f"import of {IMPORTED:,}": imports,
        "export of a patient": lambda: _run(running, "export-subject", "p0", "--to", str(folder / f"e{next(numbers)}")),
        "backup": lambda: _run(running, "backup", str(folder / f"b{next(numbers)}")),
        "look through the log": lambda: _run(running, "verify-audit"),
        "rebuild of the index": lambda: _run(running, "reindex"),
    }


def _batch() -> bytes:
    wanted = [{"request": {"method": "GET", "url": f"Observation/o{number}"}} for number in range(ENTRIES)]
    return json.dumps({"resourceType": "Bundle", "type": "batch", "entry": wanted}).encode()


def _collection() -> bytes:
    chance = random.Random(fhir.SEED)
    entries = [{"resource": fhir.observation(number, "p0", chance)} for number in range(2 * ENTRIES)]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()


def _ask(port: int, token: str, method: str, address: str, body: bytes | None) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json"}
    connection.request(method, address, body, headers)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    if answer.status != 200:
        raise AssertionError(f"{method} {address}: {answer.status} {text[:300]!r}")


def _run(running: Running, *words: str) -> None:
    done = running.command(*words)
    if done.returncode:
        raise AssertionError(f"telecare {' '.join(words)}: {done.stdout[-500:]}{done.stderr[-500:]}")


if __name__ == "__main__":
    alone(measure)
