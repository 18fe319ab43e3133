"""How long the event loop is held: somebody pings the server over a socket all the time, in a process of their own.

How late the latest answer is says how long nobody was heard. Who measures it in a process that does other work as well
waits for that.
"""

from __future__ import annotations

import time
from multiprocessing import get_context
from typing import Any, Final

PAUSE: Final = 0.02  # seconds between two pings
HELD: Final = 50  # ms: so long may the loop be held
PATIENCE: Final = 60.0  # seconds until the first is answered


class Pings:
    """`latest` is the longest wait in milliseconds since it was set."""

    def __init__(self, port: int, token: str) -> None:
        here = get_context("spawn")
        self._latest, self._begun, self._done = here.Value("d", 0.0), here.Event(), here.Event()
        shared = (port, token, self._latest, self._begun, self._done)
        self._process = here.Process(target=_ping, args=shared, daemon=True)

    def __enter__(self) -> Pings:
        self._process.start()
        if not self._begun.wait(PATIENCE):
            raise AssertionError("Nobody pings.")
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._process.join(10)

    @property
    def latest(self) -> float:
        if not self._process.is_alive():
            raise AssertionError("Nobody pings any more.")
        return float(self._latest.value)

    @latest.setter
    def latest(self, wait: float) -> None:
        self._latest.value = wait


def _ping(port: int, token: str, latest: Any, begun: Any, done: Any) -> None:
    from tests.messaging.talk import Talk

    with Talk(f"ws://127.0.0.1:{port}/ws/", {"Authorization": f"Bearer {token}"}) as socket:
        while not done.wait(PAUSE):
            began = time.perf_counter()
            socket.ask("ping")
            latest.value = max(latest.value, 1000 * (time.perf_counter() - began))
            begun.set()
