"""`publish`: tell those who listen. It never waits and never fails: the row is the truth, this is a hint."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction

from messaging.realtime import bus, hub


class Publish:
    """Call it after commit, from any thread; inside `write()` use `on_commit`."""

    def __call__(
        self,
        topic: str,
        on: str,
        *,
        seq: int | None = None,
        data: Any = None,
        content: Any = None,
        urgent: bool = False,
        **ids: str | int | None,
    ) -> None:
        """Tell the listeners of `topic` that `on` happened.

        `data` (or `ids`) carries ids, never health data: it passes the broker. On a topic with rows `seq` names the
        row, and each process reads it; `content` is that row's data as this process has it, and does not leave it.
        `urgent` is for call signalling.
        """
        send(bus.News(topic, on, seq, {**(data or {}), **ids} if ids else data, urgent), content)

    def on_commit(
        self, topic: str, on: str, *, seq: int | None = None, data: Any = None, **ids: str | int | None
    ) -> None:
        """The same, when the surrounding transaction has been committed."""
        carried = {**(data or {}), **ids} if ids else data
        transaction.on_commit(partial(self, topic, on, seq=seq, data=carried), robust=True)


publish = Publish()


def send(message: bus.Message, content: Any = None) -> None:
    """Spread a message: through this process's hub, or from a process without one (worker, command) over the broker."""
    here = hub.running()
    if here is not None:
        here.hand_in(message, content)
    elif settings.REDIS_URL:
        from messaging.realtime import redis_bus

        redis_bus.send_once(message)
