"""What sealing costs: a document of 2 kB, and a file of 25 MB through the same pieces that a download takes.

Time of CPU of this process. Memory is what it came to hold on top while the file went through.
"""

from __future__ import annotations

import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from deploy.load import report, world
from deploy.load.report import Row

DOCUMENT: Final = 2_000
FILE: Final = 25 * 1024 * 1024
TIMES: Final = 2_000
ROUNDS: Final = 7


def measure() -> list[Row]:
    """In one process on SQLite; the file lies on the disk of the temporary folder."""
    with tempfile.TemporaryDirectory(prefix="telecare-load-") as name:
        folder = Path(name)
        world.at(folder)
        world.set_up()
        from django.db import connections

        try:
            return [*_documents(), *_files(folder)]
        finally:
            connections.close_all()


def _documents() -> list[Row]:
    from patients import vault

    key, text = vault.key_for(patient="heinrich", custodian="moorland"), os.urandom(DOCUMENT)
    sealed = vault.seal(key, "Observation", "pulse", 1, text)
    rows = []
    for name, work in (
        ("seal", lambda: vault.seal(key, "Observation", "pulse", 1, text)),
        ("open", lambda: vault.unseal(key, "Observation", "pulse", 1, sealed)),
    ):
        median, p95 = report.middle(_microseconds(work))
        kept = median <= 20
        rows.append(Row(f"vault: {name} 2 kB", median, "µs", "≤ 20 µs", kept, 1, median / 1000, p95 / 1000))
    return rows


def _files(folder: Path) -> list[Row]:
    from patients import vault

    key = vault.key_for(patient="heinrich", custodian="moorland")
    plain, sealed, opened = folder / "plain", folder / "sealed", folder / "opened"
    with plain.open("wb") as file:
        for _ in range(FILE // 65536):
            file.write(os.urandom(65536))
    rows = []
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for name, source, target, turn in (
        ("seal", plain, sealed, lambda file: vault.seal_stream(key, "Attachment", "photo", _pieces(file))),
        ("open", sealed, opened, lambda file: vault.open_stream(key, "Attachment", "photo", file)),
    ):
        speed = FILE / 1e6 / statistics.median(_seconds(source, target, turn) for _ in range(ROUNDS))
        rows.append(Row(f"vault: {name} a file of 25 MB", speed, "MB/s of CPU", "≥ 50 MB/s", speed >= 50, 1))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    rows.append(Row("vault: memory while 25 MB went through", grown, "MiB more", "≤ 5 MiB", grown <= 5))
    if opened.read_bytes() != plain.read_bytes():
        raise AssertionError("What was opened is not what was sealed.")
    return rows


def _seconds(source: Path, target: Path, turn: Callable[[BinaryIO], Iterator[bytes]]) -> float:
    began = time.process_time()
    with source.open("rb") as file, target.open("wb") as out:
        for piece in turn(file):
            out.write(piece)
    return time.process_time() - began


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(64 * 1024):
        yield piece


def _microseconds(work: Callable[[], object]) -> list[float]:
    taken = []
    for number in range(-100, TIMES):
        began = time.perf_counter_ns()
        work()
        if number >= 0:
            taken.append((time.perf_counter_ns() - began) / 1000)
    return taken


if __name__ == "__main__":
    report.alone(measure)
