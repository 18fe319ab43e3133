"""A client of `telecare.v1`, as small as the protocol."""

from __future__ import annotations

import itertools
import json
import time
from collections import deque
from types import TracebackType
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

PATIENCE = 60.0  # seconds: others use the processors too


class Refused(Exception):
    """The server answered with an error frame."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(f"{kind}: {text}")
        self.kind = kind
        self.text = text


class Talk:
    """`with live.connect(anna) as socket: socket.ask("open", topic=…)`."""

    def __init__(self, url: str, headers: dict[str, str], **options: Any) -> None:
        self._connecting = connect(
            url,
            additional_headers=headers,
            subprotocols=["telecare.v1"],  # type: ignore[list-item]
            compression=None,
            open_timeout=PATIENCE,
            **options,
        )
        self._numbers = itertools.count(1)
        self._answers: dict[Any, dict[str, Any]] = {}
        self._events: deque[dict[str, Any]] = deque()

    def __enter__(self) -> Talk:
        self.raw: ClientConnection = self._connecting.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connecting.__exit__(kind, error, trace)

    def _read(self, until: float) -> None:
        frame = json.loads(self.raw.recv(timeout=max(until - time.monotonic(), 0.001)))
        if "on" in frame:
            self._events.append(frame)
        else:
            self._answers[frame["re"]] = frame

    def begin(self, do: str, **fields: Any) -> int:
        """Send a command without waiting; `end` gives its answer."""
        number = next(self._numbers)
        self.raw.send(json.dumps({"id": number, "do": do, **fields}))
        return number

    def end(self, number: Any) -> dict[str, Any]:
        """The answer to a command. Raises Refused."""
        until = time.monotonic() + PATIENCE
        while number not in self._answers:
            self._read(until)
        frame = self._answers.pop(number)
        if "error" in frame:
            raise Refused(frame["error"]["kind"], frame["error"]["text"])
        ok: dict[str, Any] = frame["ok"]
        return ok

    def ask(self, do: str, **fields: Any) -> dict[str, Any]:
        """Send a command and give what it answered. Raises Refused."""
        return self.end(self.begin(do, **fields))

    def hear(self, on: str | None = None) -> dict[str, Any]:
        """The next event, or the next one called `on`."""
        until = time.monotonic() + PATIENCE
        while True:
            while not self._events:
                self._read(until)
            event = self._events.popleft()
            if on is None or event["on"] == on:
                return event

    def forget(self) -> None:
        """Drop the events that were read so far."""
        self._events.clear()

    def closed(self) -> tuple[int, str]:
        """Wait until the server closes; code and reason."""
        until = time.monotonic() + PATIENCE
        try:
            while True:
                self._read(until)
        except ConnectionClosed as end:
            return (end.rcvd.code, end.rcvd.reason) if end.rcvd else (1006, "")
