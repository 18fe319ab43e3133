"""One figure of a benchmark, and how figures are shown."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """A figure. `base` is what it is compared with, measured in the same run; `ratio` is the one over the other.

    `budget` is the words of DESIGN §11; `holds` whether it is kept, None where there is none for this figure.
    """

    name: str
    figure: float
    unit: str
    budget: str = ""
    holds: bool | None = None
    clients: int | None = None
    median: float | None = None  # ms
    p95: float | None = None  # ms
    base: float | None = None
    ratio: float | None = None


def compared(name: str, figure: float, base: float, unit: str, *, at_most: float, clients: int) -> Row:
    """Our figure beside the bare one, with their ratio held against a budget."""
    ratio = figure / base
    return Row(
        name, figure, unit, f"≤ {at_most:g}× raw", ratio <= at_most, clients=clients, base=base, ratio=round(ratio, 2)
    )


def middle(taken: Sequence[float]) -> tuple[float, float]:
    """Median and 95th percentile."""
    return statistics.median(taken), statistics.quantiles(taken, n=20)[18]


def cpu(pid: int) -> float:
    """Seconds of CPU that a process has used."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def parent(pid: int) -> int:
    """The process that began this one."""
    return int(_stat(pid)[1])


def cpu_of_children(pid: int) -> float:
    """Seconds of CPU that a process and those that it began have used, as far as they still run."""
    number = str(pid)
    used = cpu(pid)
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # ended meanwhile
            if _stat(int(folder.name))[1] == number:
                used += cpu(int(folder.name))
    return used


def _stat(pid: int) -> list[str]:
    """The fields of `/proc/<pid>/stat` behind the name, from the state on."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def resident(pid: int) -> int:
    """Bytes of memory that a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def table(rows: Sequence[Row]) -> str:
    """The figures for a person."""
    lines = [f"{'':52}{'figure':>10} {'unit':12}{'clients':>7}{'median':>8}{'p95':>8}{'base':>9}{'ratio':>7}  budget"]
    for row in rows:
        numbers = f"{_short(row.median):>8}{_short(row.p95):>8}{_short(row.base):>9}{_short(row.ratio):>7}"
        held = {True: "holds", False: "MISSED", None: ""}[row.holds]
        clients = "" if row.clients is None else str(row.clients)
        told = f"{row.budget}: {held}" if held else row.budget
        lines.append(f"{row.name:52}{_short(row.figure):>10} {row.unit:12}{clients:>7}{numbers}  {told}")
    return "\n".join(lines)


def _short(number: float | None) -> str:
    if number is None:
        return ""
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.2f}".rstrip("0").rstrip(".")


def write(rows: Sequence[Row], path: Path) -> None:
    """The figures for a program."""
    path.parent.mkdir(parents=True, exist_ok=True)
    machine = {"processors": os.cpu_count(), "python": platform.python_version(), "load": os.getloadavg()[0]}
    told: dict[str, Any] = {"machine": machine, "rows": [asdict(row) for row in rows]}
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def alone(measure: Callable[[], list[Row]]) -> None:
    """`python -m deploy.load.<module> [--json FILE]`: measure, and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    options = parser.parse_args()
    rows = measure()
    print(table(rows), flush=True)
    if options.json:
        write(rows, options.json)
