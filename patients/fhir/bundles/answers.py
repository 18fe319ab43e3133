"""What became of each entry: a batch-response or transaction-response."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase

from patients.fhir import responses
from patients.fhir.outcome import Answer, Refused
from patients.records import wire


def of(response: HttpResponseBase, *, alone: bool = False) -> bytes:
    """The entry that tells what a request alone would have been answered. `alone`: the headers without the body.

    Raises Refused for what is answered part by part: it could be of any size, and a Bundle is joined in memory.
    """
    if not isinstance(response, HttpResponse):
        raise Refused(
            400, "The answer is as long as a whole record: ask for it alone, not inside a Bundle.", "too-costly"
        )
    served = response.served if isinstance(response, responses.Answered) else None
    moment = wire.instant(served.updated_at) if served else ""
    return _entry(response.status_code, b"" if alone else response.content, response.headers, moment)


def refusal(told: Answer) -> bytes:
    """The entry that tells why it was not carried out."""
    return _entry(told.status, told.body, told.headers, "")


def bundle(kind: str, entries: Iterable[bytes]) -> bytes:
    """The Bundle around them, in the order of the request."""
    return responses.bundle(f"{kind}-response", entries)


def _entry(status: int, body: bytes, headers: Mapping[str, Any], moment: str) -> bytes:
    told = {"status": f"{status} {HTTPStatus(status).phrase}"}
    for name, header in (("location", "Location"), ("etag", "ETag")):
        if header in headers:
            told[name] = str(headers[header])
    if moment:
        told["lastModified"] = moment
    response = json.dumps(told, separators=(",", ":")).encode()
    if not body:
        return b'{"response":%s}' % response
    if b'"resourceType":"OperationOutcome"' in body[:64]:
        return b'{"response":%s,"outcome":%s}}' % (response[:-1], body)
    return b'{"resource":%s,"response":%s}' % (body, response)
