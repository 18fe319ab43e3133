"""How fast, and in how much memory, a whole record is told: `Patient/{id}/$everything` of one with 5,000 Observations.

The memory is what the server's process holds at its highest, beyond what it held before: the answer is streamed, so it
must not grow with the record.
"""

from __future__ import annotations

import json
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

from deploy.load import fhir, world
from deploy.load.report import Row, alone, cpu, middle, resident

OBSERVATIONS: Final = 5_000  # of one patient
TIMES: Final = 9
SECONDS: Final = 2
MEGABYTES: Final = 100


def measure(observations: int = OBSERVATIONS, times: int = TIMES) -> list[Row]:
    """Fill a new deployment on SQLite with one patient's record and ask for all of it over HTTP."""
    from tests.running import server

    with tempfile.TemporaryDirectory(prefix="telecare-load-") as name:
        folder = Path(name)
        world.at(folder)
        _rows, token, _doctor = fhir.filled(folder, observations, observations)
        with server(folder / "data") as running:
            pid = running.process.pid
            _asked(running.port, token, "/fhir/Patient/p0")  # all modules are loaded
            before, used = resident(pid), cpu(pid)
            _forget_the_highest(pid)
            taken = [_told(running.port, token, observations) for _ in range(times)]
            grown, used = (_highest(pid) - before) / 1_000_000, (cpu(pid) - used) / times
    median, p95 = middle([seconds * 1000 for seconds, _size in taken])
    name = f"$everything, {observations:,} Observations"
    return [
        Row(name, median / 1000, "s", f"< {SECONDS} s", median < SECONDS * 1000, 1, median, p95),
        Row(f"{name}, CPU of the server", used, "s", "", None, 1),
        Row(f"{name}, size", taken[0][1] / 1_000_000, "MB", "", None, 1),
        Row(f"{name}, memory beyond the server's own", grown, "MB", f"< {MEGABYTES} MB", grown < MEGABYTES, 1),
    ]


def _told(port: int, token: str, observations: int) -> tuple[float, int]:
    """How many seconds it takes, and how many bytes there are; all must have come."""
    began = time.perf_counter()
    text = _asked(port, token, "/fhir/Patient/p0/$everything")
    seconds = time.perf_counter() - began
    told = sum(entry["resource"]["resourceType"] == "Observation" for entry in json.loads(text)["entry"])
    if told != observations:
        raise AssertionError(f"{told} Observations came, not {observations}.")
    return seconds, len(text)


def _asked(port: int, token: str, address: str) -> bytes:
    connection = HTTPConnection("127.0.0.1", port)
    connection.request("GET", address, headers={"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    if answer.status != 200:
        raise AssertionError(f"GET {address}: {answer.status} {text[:300]!r}")
    return text


def _forget_the_highest(pid: int) -> None:
    """Let the kernel measure the highest memory from now on. https://docs.kernel.org/filesystems/proc.html"""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def _highest(pid: int) -> int:
    """The most bytes that the process has held."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    alone(measure)
