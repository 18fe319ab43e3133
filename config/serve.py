"""The server: uvicorn with uvloop, told every limit that matters."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import random
import signal
import socket
import sys
import threading
from collections.abc import Iterator

import uvicorn
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from config import collector
from config.protocol import Protocol
from messaging.realtime import hub, protocol
from messaging.realtime.protocol import Close

LEAVING = 2.0  # seconds over which sockets are asked to come back, so that they do not all come at once
BACKLOG = 2048
TURN = 0.000_5  # seconds that a thread may compute while others wait to; with Python's 5 ms a read waits ten times 5
UNHEARD = 60_000  # milliseconds that sent bytes may stay unacknowledged before a connection counts as dead


class Server(uvicorn.Server):
    """Leaves politely: sockets first get 1012 one after the other, then requests end, then the parts stop."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and let the collector of garbage leave out what was loaded."""
        await super().startup(sockets)
        collector.leave_out_what_is_loaded()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        await say_goodbye()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Listen to SIGINT and SIGTERM, and do not raise them again: what surrounds us ends in order."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


async def say_goodbye() -> None:
    """Close every socket with 1012, spread over a moment that grows with their number."""
    here = hub.running()
    if here is None or not here.sockets:
        return
    sockets = list(here.sockets)
    random.shuffle(sockets)
    pause = min(LEAVING, len(sockets) / 500) / len(sockets)
    for one in sockets:
        one.close(Close.RESTART, "the server restarts, come back in a moment", flush=True)
        await asyncio.sleep(pause)


@contextlib.contextmanager
def only_one_process() -> Iterator[None]:
    """Hold the data folder while the block runs. SQLite and the in-process hub serve one process only."""
    settings.DATA.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (settings.DATA / "serve.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise ImproperlyConfigured(
                f"Another Telecare process (number {lock.read().strip() or 'unknown'}) already serves the data in "
                f"{settings.DATA}. Stop it first, or give this one another folder with DATA=…"
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def listen(host: str, port: int, *, share: bool = False) -> socket.socket:
    """A bound socket. With `share` several processes may listen on the same port (SO_REUSEPORT)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    one = socket.socket(family, socket.SOCK_STREAM)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if share:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    with contextlib.suppress(AttributeError, OSError):  # Linux only: a peer that takes nothing is let go
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNHEARD)
    try:
        one.bind((host, port))
    except OSError as problem:
        one.close()
        raise ImproperlyConfigured(
            f"Port {port} on {host} cannot be used ({problem.strerror}). Choose another with PORT=… or --port."
        ) from problem
    one.set_inheritable(True)
    return one


def configured() -> uvicorn.Config:
    """uvicorn's settings. Nothing is left to its defaults that a client could lean on."""
    return uvicorn.Config(
        "config.asgi:application",
        loop="uvloop",
        http=Protocol,
        ws="websockets-sansio",
        ws_max_size=4 * protocol.SIGNAL_LIMIT,  # bytes: what fits is then measured in characters, and answered
        ws_ping_interval=20,
        ws_ping_timeout=20,
        ws_per_message_deflate=False,  # 50 KiB per socket, and compressed secrets can be guessed
        lifespan="on",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.PROXIES),
        forwarded_allow_ips=settings.PROXIES,
        backlog=BACKLOG,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=10,
    )


def serve(host: str, port: int, *, share: bool = False) -> None:
    """Serve until SIGTERM or SIGINT. Embedded, call it inside `only_one_process()`."""
    sys.setswitchinterval(TURN)
    listening = listen(host, port, share=share)
    try:
        Server(configured()).run(sockets=[listening])
    finally:
        listening.close()
