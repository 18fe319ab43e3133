"""How a command reaches a live embedded server: SQLite has one process, so the command runs inside it.

A Unix socket in a folder of the same user (0700). One request per connection: a JSON line `{"argv": […], "cwd": "…"}`;
the answer is JSON lines `{"out": "…"}` and at last `{"exit": 0}`.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import logging
import os
import socket
import socketserver
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

logger = logging.getLogger(__name__)

Run = Callable[[Sequence[str], TextIO], int]  # carries out a command: its words, where its lines go, its exit code


def address() -> Path:
    """Where the server of this data folder listens. Socket paths are short by nature, so the folder is hashed."""
    folder = Path(tempfile.gettempdir()) / f"telecare-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid() or folder.stat().st_mode & 0o077:
        raise PermissionError(f"{folder} must belong to you alone (mode 0700).")
    return folder / (hashlib.sha256(str(settings.DATA).encode()).hexdigest()[:24] + ".sock")


def is_live() -> bool:
    """Whether an embedded server of this data folder answers."""
    if not settings.EMBEDDED or not address().exists():
        return False
    with socket.socket(socket.AF_UNIX) as one:
        try:
            one.connect(str(address()))
        except OSError:
            return False
    return True


def ask(argv: Sequence[str], out: TextIO) -> int:
    """Run a command inside the live server; write its lines to `out` and give its exit code."""
    with socket.socket(socket.AF_UNIX) as one:
        one.connect(str(address()))
        one.sendall(json.dumps({"argv": list(argv), "cwd": str(Path.cwd())}).encode() + b"\n")
        for line in one.makefile("r", encoding="utf-8"):
            answer = json.loads(line)
            if "exit" in answer:
                return int(answer["exit"])
            out.write(answer["out"])
            out.flush()
    out.write("telecare: the server ended before the command did. Start it again and repeat the command.\n")
    return 1


class _Lines(io.TextIOBase, TextIO):
    """A text stream that sends what is written as JSON lines. A listener who left does not stop the command."""

    def __init__(self, raw: socketserver.StreamRequestHandler) -> None:
        self.raw = raw

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            self.raw.wfile.write(json.dumps({"out": text}).encode() + b"\n")
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self.raw.wfile.flush()


class _Handler(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        line = self.rfile.readline(1_000_000)
        if not line:
            return  # somebody asked whether we live
        request = json.loads(line)
        argv = _absolute(request["argv"], request["cwd"])
        out = _Lines(self)
        try:
            code = self.server.run(argv, out)
        except SystemExit as end:  # argparse
            code = int(end.code or 0)
        except Exception:
            logger.exception("The command %s failed", argv[:1])
            out.write("telecare: the command failed inside the server; its log says where.\n")
            code = 1
        finally:
            connections.close_all()
        with contextlib.suppress(OSError):
            self.wfile.write(json.dumps({"exit": code}).encode() + b"\n")


def _absolute(argv: Sequence[str], folder: str) -> list[str]:
    """Paths given relative to the caller's folder, as seen from the server: those that exist, and what is made."""
    found = list(argv)
    for number, word in enumerate(argv):
        made = number > 0 and argv[number - 1] in ("--to", "--keys-to", "backup")
        if not word.startswith("-") and (made or Path(folder, word).exists()):
            found[number] = str(Path(folder, word))
    return found


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def __init__(self, place: Path, run: Run) -> None:
        self.run = run
        super().__init__(str(place), _Handler)


@contextlib.contextmanager
def listening(run: Run) -> Iterator[None]:
    """Listen while the block runs. The caller holds the lock of the data folder, so an old socket is a dead one.

    Raises ImproperlyConfigured where no socket can be made.
    """
    place = address()
    place.unlink(missing_ok=True)
    try:
        server = _Server(place, run)
    except OSError as problem:  # longer than 107 bytes, or a folder on a disk that takes no sockets
        raise ImproperlyConfigured(
            f"Commands reach this server through the socket {place}, which cannot be made "
            f"({problem.strerror or problem}). Set TMPDIR to a folder with a short path, such as /tmp, for both."
        ) from problem
    place.chmod(0o600)
    threading.Thread(target=server.serve_forever, name="control", daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        place.unlink(missing_ok=True)
