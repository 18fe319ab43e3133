"""Answers that are written while they are read: their size is the size of a part, whatever there is to tell.

`config.pages` takes the parts one after the other as the client takes them: no thread waits for a slow client, and a
part is made in the pool like any other call. What goes wrong in the middle breaks the connection off, so that nobody
takes half an answer for a whole one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Final

import msgspec
from django.http import StreamingHttpResponse

from patients.errors import Missing
from patients.fhir import responses
from patients.fhir.asking import Asked
from patients.records import wire

ASKED_EVERY: Final = 1.0  # seconds
ASKED_AFTER: Final = 1024 * 1024  # bytes

# What stands before the entries, between them, behind them, and behind a head without any.
_DENSE: Final = (b',"entry":[', b",", b"]}", b"}")
_SPACED: Final = (b',\n  "entry": [\n    ', b",\n    ", b"\n  ]\n}", b"\n}")


class Streamed(StreamingHttpResponse):
    """A response in parts; each is a piece of work for the database."""


def while_entitled(
    parts: Iterator[bytes], entitled: Callable[[], bool], *, after: int = ASKED_AFTER
) -> Iterator[bytes]:
    """These parts as long as `entitled` says so: it is asked every second, and `after` so many bytes (0: each part).

    Raises Missing when the right has ended, which breaks the answer off.
    """
    asked_at, since = monotonic(), 0
    for part in parts:
        if since >= after or monotonic() - asked_at >= ASKED_EVERY:
            if not entitled():
                raise Missing("The right to this has ended.")
            asked_at, since = monotonic(), 0
        since += len(part)
        yield part


def streamed(asked: Asked, parts: Iterator[bytes]) -> Streamed:
    """Answer with these parts, under the headers that every answer has."""
    headers = {**responses.FIXED, "Content-Type": responses.content_type(asked)}
    return Streamed(parts, headers=headers)


def bundle(
    kind: str, entries: Iterator[list[bytes]], *, links: Sequence[tuple[str, str]] = (), pretty: bool = False
) -> Iterator[bytes]:
    """A Bundle around entries that are JSON texts already, part by part. An empty one has no `entry`."""
    told: dict[str, Any] = {
        "resourceType": "Bundle",
        "type": kind,
        "meta": {"lastUpdated": wire.instant(datetime.now(UTC))},
    }
    if links:
        told["link"] = [{"relation": relation, "url": address} for relation, address in links]
    before, between, end, empty = _SPACED if pretty else _DENSE
    head = json.dumps(told, separators=(",", ":")).encode()
    yield (msgspec.json.format(head, indent=2) if pretty else head).removesuffix(empty)
    ended = empty
    for part in entries:
        if part:
            yield before + between.join(map(_indented, part) if pretty else part)
            before, ended = between, end
    yield ended


def _indented(entry: bytes) -> bytes:
    """With spaces and lines, as it stands in the list of entries: no text of JSON holds a line break."""
    return msgspec.json.format(entry, indent=2).replace(b"\n", b"\n    ")
