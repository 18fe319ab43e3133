"""Handlers by event name. They run inside the emitting transaction, or after its commit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Literal

from django.db import transaction

When = Literal["inside", "committed"]
Handler = Callable[..., None]

_handlers: dict[tuple[str, When], list[Handler]] = defaultdict(list)


def on(name: str, handler: Handler, *, when: When = "committed") -> None:
    """Call `handler(**ids)` whenever `name` is emitted; registering the same handler twice is one registration."""
    handlers = _handlers[name, when]
    if handler not in handlers:
        handlers.append(handler)


def forget(name: str, handler: Handler) -> None:
    """Take a handler back."""
    for when in ("inside", "committed"):
        handlers = _handlers[name, when]
        if handler in handlers:
            handlers.remove(handler)


def emit(name: str, **ids: str | int | None) -> None:
    """Tell that `name` happened. Only ids, never health data. An exception of an inside handler undoes the write."""
    for handler in tuple(_handlers[name, "inside"]):
        handler(**ids)
    for handler in tuple(_handlers[name, "committed"]):
        transaction.on_commit(lambda handler=handler: handler(**ids), robust=True)  # type: ignore[misc]
