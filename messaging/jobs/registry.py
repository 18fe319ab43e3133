"""Which function carries out which job."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

Work = Callable[..., None]

_work: dict[str, Work] = {}
_timers: dict[str, timedelta] = {}


def register(name: str, work: Work) -> None:
    """Carry out jobs called `name` with `work(**ids)`.

    It runs outside a transaction, at least once: a job whose process dies is run again. It must end within the lease
    (`runner.LEASE`); an exception means "again later".
    """
    _work[name] = work


def every(name: str, interval: timedelta, work: Work) -> None:
    """Carry out `work()` again and again: `interval` after it ended. In one process of all at a time."""
    register(name, work)
    _timers[name] = interval


def find(name: str) -> Work | None:
    """The function of a job; None when this version knows none."""
    return _work.get(name)


def interval(name: str) -> timedelta | None:
    """How long a timer waits between two runs; None for an ordinary job."""
    return _timers.get(name)


def timers() -> tuple[str, ...]:
    """The names of all timers."""
    return tuple(_timers)
