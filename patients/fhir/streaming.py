"""Answers that are written while they are read: their size is the size of a part, whatever there is to tell.

`config.pages` takes the parts one after the other as the client takes them: no thread waits for a slow client, and a
part is made in the pool like any other call. What goes wrong in the middle breaks the connection off, so that nobody
takes half an answer for a whole one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from django.http import StreamingHttpResponse

from patients.fhir import responses
from patients.fhir.asking import Asked


class Streamed(StreamingHttpResponse):
    """A response in parts; each is a piece of work for the database."""


def streamed(asked: Asked, parts: Iterator[bytes]) -> Streamed:
    """Answer with these parts, under the headers that every answer has."""
    headers = {**responses.FIXED, "Content-Type": responses.content_type(asked)}
    return Streamed(parts, headers=headers)


def bundle(kind: str, entries: Iterator[list[bytes]], *, links: Sequence[tuple[str, str]] = ()) -> Iterator[bytes]:
    """A Bundle around entries that are JSON texts already, part by part. An empty one has no `entry`."""
    told = [{"relation": relation, "url": address} for relation, address in links]
    head = b'{"resourceType":"Bundle","type":%s,"meta":{"lastUpdated":"%s"}' % (
        json.dumps(kind).encode(),
        responses.instant(datetime.now(UTC)).encode(),
    )
    yield head + (b',"link":' + json.dumps(told, separators=(",", ":")).encode() if told else b"")
    before, end = b',"entry":[', b"}"
    for part in entries:
        if part:
            yield before + b",".join(part)
            before, end = b",", b"]}"
    yield end
