"""Wakes the runner of this process when a job was added. Runners of other processes look by themselves."""

from __future__ import annotations

import threading

_rung = threading.Event()


def ring() -> None:
    """There is something to do."""
    _rung.set()


def wait(seconds: float) -> None:
    """Wait until it rings, at most so long."""
    if _rung.wait(seconds):
        _rung.clear()
