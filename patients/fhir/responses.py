"""Answers: one resource, or a Bundle of resources joined as bytes. Nothing that was stored is parsed to be served.

https://hl7.org/fhir/R4/http.html#versioning · https://hl7.org/fhir/R4/bundle.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, Protocol

import msgspec
from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import http_date

from patients.errors import Finding
from patients.fhir import asking, conditions, contents, outcome, subset
from patients.fhir.asking import FHIR_JSON, READING, Asked
from patients.fhir.contents import Content
from patients.fhir.subset import Subset
from patients.records import wire

FIXED: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept, Authorization, Cookie",
}


class Served(Protocol):
    """One version of a resource: a Document, or what a provider makes of a row of its own."""

    @property
    def type(self) -> str: ...
    @property
    def logical_id(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def updated_at(self) -> datetime: ...
    @property
    def deleted(self) -> bool: ...
    @property
    def text(self) -> bytes: ...


class Answered(HttpResponse):
    """An answer that knows which version it tells of, if of one: a batch needs more of it than its headers say."""

    served: Served | None = None


def base() -> str:
    """The address of this FHIR server, without a slash at its end."""
    return f"{settings.PUBLIC_URL.rstrip('/')}/fhir"


def resource(asked: Asked, served: Served, *, status: int = 200) -> HttpResponse:
    """One resource, with the headers that say which version of it; 304 for a client who has it already."""
    headers = {**version_headers(served), "Last-Modified": _changed(served)}
    part = subset.of_one(asked.pairs, served.type)
    content = _wanted(asked, served, part)
    if asked.method in READING and conditions.not_modified(asked, served.version, served.updated_at):
        return _about(served, answer(b"", 304, asked, headers))
    if content is not None:
        return _about(served, _as_itself(content, headers))
    return _about(served, answer(part.of(served.text), status, asked, headers))


def _wanted(asked: Asked, served: Served, part: Subset) -> Content | None:
    """What a Binary holds, where that alone shall be the answer. Raises Refused (406) where JSON will not do either."""
    content = contents.of(served.text) if asked.as_itself and part.whole else None
    if content is not None and asking.prefers(asked.request, asked.pairs, content.type):
        return content
    if not asked.media:
        raise asking.not_acceptable()
    return None


def _as_itself(content: Content, headers: Mapping[str, str]) -> Answered:
    """An answer that no browser will show as a page of ours."""
    context = {contents.CONTEXT: content.context} if content.context else {}
    told = {"Content-Disposition": "attachment", "Content-Length": str(len(content.data)), **context}
    return Answered(content.data, content_type=content.media, headers={**FIXED, **headers, **told})


def written(asked: Asked, served: Served, *, created: bool) -> HttpResponse:
    """The answer to a write, as the client prefers it."""
    return _about(served, _written(asked, served, created))


def _written(asked: Asked, served: Served, created: bool) -> Answered:
    status, headers = (201 if created else 200), {**version_headers(served), "Last-Modified": _changed(served)}
    headers["Location"] = f"{base()}/{served.type}/{served.logical_id}/_history/{served.version}"
    match asked.prefers():
        case "minimal":
            return answer(b"", status, asked, headers)
        case "OperationOutcome":
            done = "created" if created else "updated"
            text = f"{served.type}/{served.logical_id} was {done} as version {served.version}."
            return answer(outcome.success(text), status, asked, headers)
        case _:
            return answer(served.text, status, asked, headers)


def deleted(asked: Asked, gone: Served | None) -> HttpResponse:
    """The answer to a deletion; None where nothing was there to delete."""
    headers = version_headers(gone) if gone else {}
    if asked.prefers() != "OperationOutcome":
        return answer(b"", 204, asked, headers)
    text = f"{gone.type}/{gone.logical_id} was deleted." if gone else "Nothing matches: nothing was deleted."
    return answer(outcome.success(text), 200, asked, headers)


def answer(body: bytes, status: int, asked: Asked | None, headers: Mapping[str, str] | None = None) -> Answered:
    """Any JSON of ours, in the media type and with the spaces that were asked for."""
    if asked is not None and asked.pretty and body:
        body = msgspec.json.format(body, indent=2)
    response = Answered(body, status=status, content_type=content_type(asked))
    for name, value in {**FIXED, **(headers or {})}.items():
        response.headers[name] = value
    if body:
        response.headers["Content-Length"] = str(len(body))
    else:
        del response.headers["Content-Type"]
    return response


def empty(response: HttpResponseBase) -> None:
    """Keep status and headers only: the answer to HEAD."""
    if isinstance(response, StreamingHttpResponse):
        response.streaming_content = iter(())
    elif isinstance(response, HttpResponse):
        response.content = b""


def refusal(told: outcome.Answer, asked: Asked | None = None) -> HttpResponse:
    """A refusal as a response."""
    return answer(told.body, told.status, asked, told.headers)


def bundle(
    kind: str, entries: Iterable[bytes], *, total: int | None = None, links: Sequence[tuple[str, str]] = ()
) -> bytes:
    """A Bundle around entries that are JSON texts already. Links are (relation, address)."""
    parts = [b'{"resourceType":"Bundle","type":"%s"' % kind.encode()]
    parts.append(b',"meta":{"lastUpdated":"%s"}' % wire.instant(datetime.now(UTC)).encode())
    if total is not None:
        parts.append(b',"total":%d' % total)
    if links:
        told = [{"relation": relation, "url": address} for relation, address in links]
        parts.append(b',"link":' + json.dumps(told, separators=(",", ":")).encode())
    joined = b",".join(entries)
    if joined:
        parts += [b',"entry":[', joined, b"]"]
    parts.append(b"}")
    return b"".join(parts)


def entry(served: Served, mode: str, told: Subset) -> bytes:
    """An entry of a searchset: a match or what is included beside it."""
    text = told.of(served.text)
    return b'{"fullUrl":"%s","resource":%s,"search":{"mode":"%s"}}' % (full_url(served), text, mode.encode())


def told_entry(findings: Iterable[Finding]) -> bytes:
    """An entry of a searchset that says what the results are not."""
    return b'{"resource":%s,"search":{"mode":"outcome"}}' % outcome.warning(findings)


def past(served: Served, part: Subset) -> bytes:
    """An entry of a history: what was done, and what it led to. https://hl7.org/fhir/R4/http.html#history"""
    ident = f"{served.type}/{served.logical_id}"
    if served.deleted:
        content, request, status = b"", {"method": "DELETE", "url": ident}, "204"
    elif served.version == 1:
        content, request, status = _content(served, part), {"method": "POST", "url": served.type}, "201"
    else:
        content, request, status = _content(served, part), {"method": "PUT", "url": ident}, "200"
    response = {"status": status, "etag": _etag(served), "lastModified": wire.instant(served.updated_at)}
    told = json.dumps({"request": request, "response": response}, separators=(",", ":")).encode()
    return b'{"fullUrl":"%s",%s%s' % (full_url(served), content, told[1:])


def _content(served: Served, part: Subset) -> bytes:
    return b'"resource":%s,' % part.of(served.text)


def full_url(served: Served) -> bytes:
    return f"{base()}/{served.type}/{served.logical_id}".encode()


def version_headers(served: Served) -> dict[str, str]:
    """The weak ETag: the version."""
    return {"ETag": _etag(served)}


def _about(served: Served, response: Answered) -> Answered:
    response.served = served
    return response


def _etag(served: Served) -> str:
    return f'W/"{served.version}"'


def _changed(served: Served) -> str:
    return http_date(served.updated_at.timestamp())


def content_type(asked: Asked | None) -> str:
    """The media type that was asked for."""
    return f"{(asked.media if asked else '') or FHIR_JSON}; charset=utf-8"
