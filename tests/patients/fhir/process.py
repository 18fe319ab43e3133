"""A real server with the cast: `python -m tests.patients.fhir.process PORT` prints tokens, then serves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.process import serve
from tests.running import ROOT, free_port, until_ready

ASKING = ("clara", "anna", "david")
PATIENCE = 900  # seconds until it must answer, and end


@dataclass(frozen=True)
class Edge:
    """A running server: the address of its FHIR edge, the tokens of those who ask, its data and its log."""

    url: str
    tokens: dict[str, str]
    data: Path
    log: Path

    @property
    def token(self) -> str:
        """Clara's."""
        return self.tokens["clara"]


@contextmanager
def running(folder: Path) -> Iterator[Edge]:
    """Serve the cast from `folder`, on SQLite, while the block runs. No failure may stand in its log."""
    port = free_port()
    environment = {
        "DATA": str(folder / "data"), "TELECARE_KEY_FILE": str(folder / "key"), "TELECARE_DEMO": "0",
        "TELECARE_STATIC": str(folder / "static"), "DATABASE_URL": "", "REDIS_URL": "", "PORT": str(port),
    }  # fmt: skip
    Path(environment["DATA"]).mkdir()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.patients.fhir.process", str(port)],
            cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=log, text=True,
        )  # fmt: skip
    try:
        assert process.stdout is not None
        tokens = process.stdout.readline().strip()
        assert tokens, (folder / "log").read_text()
        assert until_ready(port, process, PATIENCE), (folder / "log").read_text()
        yield Edge(f"http://127.0.0.1:{port}/fhir", json.loads(tokens), folder / "data", folder / "log")
        assert "Traceback" not in (folder / "log").read_text()
    finally:
        process.terminate()
        process.wait(PATIENCE)
        process.stdout.close()


def prepared() -> str:
    """Write the cast; gives the tokens of some of them, as JSON."""
    from patients.accounts import services
    from patients.accounts.models import User
    from tests import cast

    cast.build()
    return json.dumps({name: services.issue_token(User.objects.get(username=name)) for name in ASKING})


if __name__ == "__main__":
    serve(int(sys.argv[1]), "127.0.0.1", prepared)
