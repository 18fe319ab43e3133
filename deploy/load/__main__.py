"""`make bench`: all benchmarks of this folder, one after the other, each in processes of its own on loopback.

Prints one table, writes `$DATA/bench.json`, and ends with 1 when a benchmark failed. A missed budget is told.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from deploy.load.report import Row, table, write

MODULES: Final = (
    "sockets",
    "chat",
    "fhir",
    "everything",
    "bundle",
    "policy",
    "audit",
    "vault",
    "hostile",
    "pages",
    "call",
)
PATIENCE: Final = 180  # seconds for one module


def main() -> int:
    began = time.monotonic()
    rows: list[Row] = []
    failed = []
    with tempfile.TemporaryDirectory(prefix="telecare-bench-") as folder:
        for name in MODULES:
            print(f"— {name}", flush=True)
            found = Path(folder) / f"{name}.json"
            command = [sys.executable, "-m", f"deploy.load.{name}", "--json", str(found)]
            if words := _run(command):
                failed.append(f"{name}: {words}")
                continue
            rows += [Row(**row) for row in json.loads(found.read_text("utf-8"))["rows"]]
    place = Path(os.environ.get("DATA", "var")) / "bench.json"
    write(rows, place)
    print(f"\n{table(rows)}\n")
    missed = sum(row.holds is False for row in rows)
    print(f"{len(rows)} figures, {missed} beyond their budget, in {time.monotonic() - began:.0f} s: {place}")
    print(f"{os.cpu_count()} processors; load while this ended: {os.getloadavg()[0]:.1f}")
    for words in failed:
        print(f"failed: {words}")
    return 1 if failed else 0


def _run(command: list[str]) -> str:
    """Run one module; why it failed, if it did. What takes too long is interrupted, so that it stops its servers."""
    with subprocess.Popen(command) as child:
        try:
            code = child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGINT)
            return f"not done after {PATIENCE} s"
    return f"exit code {code}" if code else ""


if __name__ == "__main__":
    sys.exit(main())
