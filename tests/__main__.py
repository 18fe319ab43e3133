"""`python -m tests`: everything on SQLite, then storage and realtime again on PostgreSQL and a Redis-compatible server.

Options are handed to pytest: `python -m tests -k waiting`. Both halves are shared out to two processes more than there
are processors, each with servers of its own (see `tests/sharing.py`): a third of the time of one goes by in waiting for
browsers, sockets and the like. `TELECARE_TEST_PROCESSES=0` runs them in one. The second half runs even if the first
fails.

Where memory can be written to like a disk, all that the tests write goes there (`TELECARE_TEST_FOLDER` names another
place): each commit of SQLite waits until the disk has it, and no test takes the power away. It is gone at the end.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from patients.vault.master import SIZE, Master
from tests.servers import broker, postgresql

ROOT = Path(__file__).resolve().parent.parent
NO_TESTS = 5  # pytest's exit code when a selection is empty
SECOND = "storage or realtime"  # the marks of the second half
MOST_PROCESSES = 4  # each starts browsers and servers of its own
MEMORY = Path("/dev/shm")
ROOM = 4 << 30  # bytes that it must have; a whole run takes a third of it
COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}  # a hundred processes start: they need not compile all modules anew


def pytest(*options: str, **environment: str) -> int:
    """Run pytest in a process of its own; give its exit code."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.sharing", *options]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **COMPILED, **environment}, check=False).returncode


def shares() -> int:
    """How many processes share a half."""
    return max(1, int(os.environ.get("TELECARE_TEST_PROCESSES", min((os.cpu_count() or 1) + 2, MOST_PROCESSES))))


def shared_out() -> list[str]:
    """pytest-xdist's options."""
    return ["-n", str(shares()), "--dist", "loadscope"] if shares() > 1 else []


def ground() -> str | None:
    """Where the tests write: memory that has room, or None for the system's own folder."""
    if given := os.environ.get("TELECARE_TEST_FOLDER"):
        return given
    return str(MEMORY) if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM else None


def main(options: list[str]) -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stopped, it gives the memory back as well
    name = "telecare-"  # short, as paths of sockets must be
    with tempfile.TemporaryDirectory(prefix=name, dir=ground(), ignore_cleanup_errors=True) as folder:
        place = Path(folder)
        key = place / "master.key"
        key.touch(mode=0o600)
        key.write_text(Master(os.urandom(SIZE)).text)
        own = {"DATA": str(place / "data"), "TELECARE_KEY_FILE": str(key), "TMPDIR": folder}
        options = [*shared_out(), f"--basetemp={place / 'p'}", *options]
        print("— on SQLite", flush=True)
        codes = [pytest(*options, **own)]
        print("— on PostgreSQL and a Redis-compatible server", flush=True)
        with ExitStack() as stack:
            databases = [stack.enter_context(postgresql(within=folder)) for _ in range(shares())]
            brokers = [stack.enter_context(broker()) for _ in range(shares())]
            urls = {"SHARED_DATABASE_URLS": " ".join(databases), "SHARED_REDIS_URLS": " ".join(brokers)}
            codes.append(pytest("-m", SECOND, *options, **own, **urls))
        return max((code for code in codes if code != NO_TESTS), default=NO_TESTS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
