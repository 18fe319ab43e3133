"""What an attack costs: the server's CPU for each hostile input, and how long others wait while one is thrown.

One attacker sends everything hostile one after the other without a pause, on one connection; one doctor reads. What she
waits is measured by turns: alone, beside a colleague who reads as well, and beside the attacker. The middle of the
rounds is told.
"""

from __future__ import annotations

import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from multiprocessing.context import SpawnContext
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Final
from urllib.parse import quote

from deploy.load import world
from deploy.load.report import Row, alone, cpu_of_children, middle

MOST: Final = 1.0  # seconds of CPU for one input
SLOWER: Final = 2.0  # times as long may others wait
REQUESTS: Final = 300  # of a round
ROUNDS: Final = 5

Attack = tuple[str, str, bytes | None]  # method, address, body


def measure(requests: int = REQUESTS) -> list[Row]:
    """A practice on SQLite, attacked over HTTP by somebody with a token."""
    from tests.running import server

    with tempfile.TemporaryDirectory(prefix="telecare-load-") as name:
        folder = Path(name)
        world.at(folder)
        world.set_up()
        from django.db import connections

        known = world.practice(doctors=2, patients=2)
        connections.close_all()
        attacker, reader = known.tokens
        with server(folder / "data") as running:
            large = next(iter(attacks()["person"].values()))
            send(running.port, attacker, [*[("GET", "Patient", None)] * 20, large])  # what is loaded once
            rows = [_dearest(group, running.port, running.process.pid, attacker) for group in attacks()]
            rows += _waiting(running.port, attacker, reader, known.patients, requests)
    return rows


def attacks() -> dict[str, dict[str, Attack]]:
    """All inputs, by kind and name. Frames of sockets are answered on the loop: see the tests of the house."""
    from tests import hostile

    def posts(type_: str, bodies: Mapping[str, bytes]) -> dict[str, Attack]:
        return {name: ("POST", type_, body) for name, body in bodies.items()}

    return {
        "body": posts("Observation", hostile.BODIES),
        "narrative": posts("Observation", hostile.NARRATIVES),
        "person": posts("Patient", hostile.PATIENTS),
        "Bundle": posts("Bundle", hostile.BUNDLES),
        "transaction": posts("", hostile.TRANSACTIONS),
        "address": {one[:40]: ("GET", quote(one, safe="%/?&=:,$|*._-"), None) for one in hostile.ADDRESSES},
    }


def _dearest(group: str, port: int, pid: int, token: str) -> Row:
    """The input of a kind that costs the server most, its examiner included."""
    used: dict[str, float] = {}
    for name, attack in attacks()[group].items():
        before = cpu_of_children(pid)
        send(port, token, [attack])
        used[name] = cpu_of_children(pid) - before
    name = max(used, key=lambda one: used[one])
    return Row(
        f"hostile {group} of {len(used)}: {name}"[:52], used[name], "s of CPU", f"< {MOST:g} s", used[name] < MOST
    )


def send(port: int, token: str, every: list[Attack]) -> None:
    """Send and read the answers. A server that fails ends the benchmark."""
    for status in _answers(port, token, iter(every)):
        if status >= 500:
            raise AssertionError(f"an input of {len(every)} was answered {status}")


def _answers(port: int, token: str, every: Iterator[Attack]) -> Iterator[int]:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json"}
    for method, address, body in every:
        try:
            connection.request(method, f"/fhir/{address}", body, headers)
            answer = connection.getresponse()
            answer.read()
            yield answer.status
        except (HTTPException, OSError):  # the server hung up on what it will not read
            connection.close()
            yield 400


# -- the others


def _waiting(port: int, attacker: str, reader: str, patients: list[str], requests: int) -> list[Row]:
    """How long a reader waits for the slowest hundredth, beside whom."""
    mine, other = patients
    beside: dict[str, list[Attack]] = {
        "alone": [],
        "beside a colleague": [("GET", f"Patient/{other}", None)],
        "during the attack": [attack for group in attacks().values() for attack in group.values()],
    }
    taken: dict[str, list[list[float]]] = {name: [] for name in beside}
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        for name in [*beside] * ROUNDS:
            with _thrown(context, port, attacker, beside[name]):
                taken[name].append(pool.apply(read, (port, reader, mine, requests)))
    base = _middle_p99(taken.pop("alone"))
    return [_row(name, rounds, base, name == "during the attack") for name, rounds in taken.items()]


def _row(name: str, rounds: list[list[float]], base: float, attacked: bool) -> Row:
    figure, all_ = _middle_p99(rounds), [one for each in rounds for one in each]
    ratio, (median, p95) = figure / base, middle(all_)
    budget, holds = (f"< {SLOWER:g}× without", ratio < SLOWER) if attacked else ("", None)
    return Row(f"p99 of a read {name}", figure, "ms", budget, holds, 1, median, p95, base, round(ratio, 2))


@contextmanager
def _thrown(context: SpawnContext, port: int, token: str, every: list[Attack]) -> Iterator[None]:
    """Somebody sends all this again and again while the block runs."""
    if not every:
        yield
        return
    began, stop = context.Event(), context.Event()
    thrower = context.Process(target=throw, args=(port, token, every, began, stop))
    thrower.start()
    try:
        began.wait()
        yield
    finally:
        stop.set()
        thrower.join()
    if thrower.exitcode:
        raise AssertionError("The attacker failed.")


def read(port: int, token: str, patient: str, requests: int) -> list[float]:
    """Read a patient again and again: the milliseconds of each, after some that do not count."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    taken = []
    for number in range(-20, requests):
        began = time.perf_counter()
        connection.request("GET", f"/fhir/Patient/{patient}", headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise AssertionError(f"the reader was answered {answer.status}")
        if number >= 0:
            taken.append((time.perf_counter() - began) * 1000)
    return taken


def throw(port: int, token: str, every: list[Attack], began: Event, stop: Event) -> None:
    """Throw everything, again and again, until told to stop."""
    while not stop.is_set():
        for status in _answers(port, token, iter(every)):
            began.set()
            if status >= 500:
                raise AssertionError(f"answered {status}")
            if stop.is_set():
                return


def _middle_p99(rounds: list[list[float]]) -> float:
    return statistics.median(statistics.quantiles(one, n=100)[98] for one in rounds)


if __name__ == "__main__":
    alone(measure)
