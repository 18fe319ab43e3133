"""What a client may ask for over the socket. Features register commands from `apps.py`."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from messaging.realtime.protocol import ORDINARY_LIMIT, SIGNAL_LIMIT, Frame

if TYPE_CHECKING:
    from messaging.realtime.connection import Socket

Answer = Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Later:
    """What a command gives that another thread carries out: its future, and the answer that its result makes."""

    future: Future[Any]
    answer: Callable[[Any], Answer]


Handler = (
    Callable[["Socket", Frame], Answer]
    | Callable[["Socket", Frame], Awaitable[Answer]]
    | Callable[["Socket", Frame], Later]
)


@dataclass(frozen=True, slots=True)
class Command:
    """A command and how it runs.

    A sync handler runs in the database pool, one after the other per socket. An async one runs on the loop and must
    not block it. `signal` puts it into the lane of call signalling, which never waits behind other commands.
    `together` lets several of one socket run at once: the handler is called on the loop, must not block it, and gives
    a `Later`; the next begins when it has returned.
    """

    handler: Handler
    signal: bool = False
    together: bool = False

    @property
    def is_async(self) -> bool:
        return inspect.iscoroutinefunction(self.handler)

    @property
    def limit(self) -> int:
        """The longest frame, in characters."""
        return SIGNAL_LIMIT if self.signal else ORDINARY_LIMIT


_commands: dict[str, Command] = {}


def register(name: str, handler: Handler, *, signal: bool = False, together: bool = False) -> None:
    """Let clients send `{"do": name, …}`. The handler gets the socket (`socket.actor`) and the frame.

    What it returns is the answer. It refuses with the errors of `patients.errors`.
    """
    _commands[name] = Command(handler, signal, together)


def find(name: str) -> Command | None:
    """The command of that name."""
    return _commands.get(name)
