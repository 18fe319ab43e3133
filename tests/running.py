"""The real server in a process of its own, on a free port of loopback, as operators start it."""

from __future__ import annotations

import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 900  # seconds until a server must answer; the demo district is written meanwhile, and others are at work
PORTS = range(20_000, 32_768)  # below those that the system gives to connections, which come and go by the thousand


@dataclass
class Running:
    """A running server: where it answers, where its data and its log are."""

    port: int
    data: Path
    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] = field(repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `telecare …` beside it, with its settings."""
        return telecare(*words, environment=self.environment)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Stop it (SIGKILL: as if the power failed) and wait for its end."""
        self.process.send_signal(how)
        return self.process.wait(timeout=PATIENCE)


def free_port() -> int:
    """A port that nobody uses now, nor comes by until a server of ours listens on it."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as one, suppress(OSError):
            one.bind(("127.0.0.1", port))
            return port


def telecare(*words: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "config.cli", *words],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@contextmanager
def server(data: Path, *options: str, port: int | None = None, **environment: str) -> Iterator[Running]:
    """Serve from `data` while the block runs. Keys lie beside it, never inside. `options` go to `telecare serve`."""
    port = port or free_port()
    data.mkdir(parents=True, exist_ok=True)
    own = {
        "DATA": str(data),
        "PORT": str(port),
        "TELECARE_KEY_FILE": str(data.parent / f"{data.name}.key"),
        "TELECARE_STATIC": str(data.parent / f"{data.name}.static"),
        **environment,
    }
    log = data.parent / f"{data.name}.log"
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "config.cli", "serve", *options],
            cwd=ROOT,
            env={**os.environ, **own},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    running = Running(port, data, own, log, process)
    try:
        _wait(running)
        yield running
    finally:
        if process.poll() is None:
            running.stop()


def _wait(running: Running) -> None:
    if not until_ready(running.port, running.process, PATIENCE):
        log = running.log.read_text("utf-8", "replace")
        raise AssertionError(f"The server did not answer. Its log:\n{log[-4000:]}")


def until_ready(port: int, process: subprocess.Popen[Any], patience: float) -> bool:
    """Wait until a server says that it is ready; False when it ends or `patience` (seconds) does.

    It is asked without httpx, which reads all certificates of the world for every call.
    """
    until = time.monotonic() + patience
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError, http.client.HTTPException):
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=2)) as line:
                line.request("GET", "/readyz")
                if line.getresponse().status == 200:
                    return True
        time.sleep(0.05)  # it needs the processor more than we do
    return False
