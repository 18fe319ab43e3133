"""`make bench`: all benchmarks of this folder, one after the other, each in processes of its own on loopback.

    python -m deploy.load [--million]      or: make bench BENCH=--million

Prints one table, writes `$DATA/bench.json`, and ends with 1 when a benchmark failed. A missed budget is told.
With `--million` FHIR is asked over 1,000,000 Observations as well, on PostgreSQL: a quarter of an hour more.
"""

from __future__ import annotations

import argparse
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
    "cuts",
    "chat",
    "fhir",
    "scale",
    "everything",
    "bundle",
    "held",
    "policy",
    "audit",
    "vault",
    "hostile",
    "pages",
    "call",
)
MILLION: Final = "scale --million"
PATIENCE: Final = {"scale": 900, "held": 400, MILLION: 3_600}  # seconds for one module
USUAL_PATIENCE: Final = 180


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--million", action="store_true", help="1,000,000 Observations as well")
    options = parser.parse_args()
    began = time.monotonic()
    rows: list[Row] = []
    failed = []
    with tempfile.TemporaryDirectory(prefix="telecare-bench-") as folder:
        for name in (*MODULES, MILLION) if options.million else MODULES:
            print(f"— {name}", flush=True)
            found = Path(folder) / f"{name}.json"
            command = [sys.executable, "-m", *f"deploy.load.{name}".split(), "--json", str(found)]
            if words := _run(command, PATIENCE.get(name, USUAL_PATIENCE)):
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


def _run(command: list[str], patience: int) -> str:
    """Run one module; why it failed, if it did. What takes too long is interrupted, so that it stops its servers."""
    with subprocess.Popen(command) as child:
        try:
            code = child.wait(patience)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGINT)
            return f"not done after {patience} s"
    return f"exit code {code}" if code else ""


if __name__ == "__main__":
    sys.exit(main())
