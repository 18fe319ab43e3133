"""`python -m tests`: everything on SQLite, then storage and realtime again on PostgreSQL and a Redis-compatible server.

Options are handed to pytest: `python -m tests -k waiting`. The first half is shared out, file by file, to as many
processes as there are processors; `TELECARE_TEST_PROCESSES=0` runs it in one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from patients.vault.master import SIZE, Master
from tests.servers import broker, postgresql

ROOT = Path(__file__).resolve().parent.parent
NO_TESTS = 5  # pytest's exit code when a selection is empty
MOST_PROCESSES = 4  # each starts browsers and servers of its own


def pytest(*options: str, **environment: str) -> int:
    """Run pytest in a process of its own; give its exit code."""
    command = [sys.executable, "-m", "pytest", "-q", *options]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=False).returncode


def shared_out() -> list[str]:
    """pytest-xdist's options for the first half."""
    processes = int(os.environ.get("TELECARE_TEST_PROCESSES", min(os.cpu_count() or 1, MOST_PROCESSES)))
    return ["-n", str(processes), "--dist", "loadfile"] if processes > 1 else []


def main(options: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="telecare-tests-") as folder:
        place = Path(folder)
        key = place / "master.key"
        key.touch(mode=0o600)
        key.write_text(Master(os.urandom(SIZE)).text)
        own = {"DATA": str(place / "data"), "TELECARE_KEY_FILE": str(key)}
        print("— on SQLite, in one process", flush=True)
        first = pytest(*shared_out(), *options, **own)
        if first not in {0, NO_TESTS}:
            return first
        print("— on PostgreSQL and a Redis-compatible server", flush=True)
        with postgresql() as database, broker() as redis:
            second = pytest("-m", "storage or realtime", *options, **own, DATABASE_URL=database, REDIS_URL=redis)
        return 0 if second == NO_TESTS and first == 0 else second


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
