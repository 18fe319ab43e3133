"""The entries of a batch or transaction, each understood as the request that it stands for."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import Final
from urllib.parse import unquote

from django.http import HttpRequest
from django.utils.http import http_date

from patients.accounts.actor import Actor
from patients.errors import Problem
from patients.fhir import asking, edge, outcome, registry, responses
from patients.fhir.asking import FHIR_JSON, Asked
from patients.fhir.bundles.shape import refusal
from patients.fhir.examining.questions import Verdict
from patients.fhir.jsonpatch import JSON_PATCH
from patients.fhir.mergepatch import MERGE_PATCH
from patients.records import wire
from patients.records.wire import Json

ORDER: Final = ("DELETE", "POST", "PUT", "PATCH", "GET", "HEAD")  # in which they are carried out
_SINCE: Final = "HTTP_IF_MODIFIED_SINCE"
_SENDING: Final = {
    ("POST", registry.TYPE),
    *((method, shape) for method in ("PUT", "PATCH") for shape in (registry.TYPE, registry.INSTANCE)),
}
_HEADERS: Final = {
    "ifMatch": "HTTP_IF_MATCH",
    "ifNoneMatch": "HTTP_IF_NONE_MATCH",
    "ifModifiedSince": _SINCE,
    "ifNoneExist": "HTTP_IF_NONE_EXIST",
}


@dataclass(slots=True)
class Entry:
    """One entry. `problem` says why it cannot be understood; then there is nothing to carry out."""

    number: int
    method: str
    full_url: str = ""
    resource: Json | None = None
    asked: Asked | None = None
    problem: Problem | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def shape(self) -> str:
        """That of its address, see `registry`; empty where it cannot be understood."""
        return self.asked.shape if self.asked else ""

    @property
    def place(self) -> str:
        """Where it stands, as FHIRPath."""
        return f"Bundle.entry[{self.number}]"

    def told(self, problem: Problem) -> outcome.Answer:
        """The answer to a problem of this entry, with its place."""
        if self.asked is None:
            return outcome.of(problem, place=self.place)
        return edge.told(problem, self.asked, place=self.place)


def read(asked: Asked) -> tuple[Json, Verdict]:
    """The batch or transaction in the body, and what was found about the resources in it.

    Raises Refused and Invalid, also for Bundles of other types.
    """
    asking.refuse_unless_sent_as(asked.request, FHIR_JSON, asking.JSON)
    return asked.judged("bundle")


def understood(bundle: Json, actor: Actor, prefer: str) -> list[Entry]:
    """The entries in their order, asked by this actor. Raises Invalid for the same fullUrl twice (bdl-7)."""
    found = [_entry(number, given, actor, prefer) for number, given in enumerate(bundle.get("entry", ()))]
    seen: dict[str, int] = {}
    for one in found:
        if one.full_url and (first := seen.setdefault(one.full_url, one.number)) != one.number:
            raise refusal(f"Bundle.entry[{first}] has the same fullUrl.", f"{one.place}.fullUrl", "duplicate")
    return found


def _entry(number: int, given: Json, actor: Actor, prefer: str) -> Entry:
    request = given["request"]
    entry = Entry(number, request["method"], given.get("fullUrl", ""), given.get("resource"))
    entry.headers = {header: _as_sent(request[name]) for name, header in _HEADERS.items() if name in request}
    try:
        if _SINCE in entry.headers:
            entry.headers[_SINCE] = _as_header(entry.headers[_SINCE])
        entry.asked = edge.understood(_request(entry, request["url"], prefer), actor)
        if entry.resource is None and (entry.method, entry.shape) in _SENDING:
            raise refusal(
                "What is to be written is missing: send it as the resource of this entry.", "resource", "required"
            )
        if entry.shape == registry.SYSTEM and entry.method == "POST":
            raise refusal("A Bundle in a Bundle is not carried out.", "request.url")
    except Problem as problem:
        entry.problem = problem
    return entry


def _as_sent(text: str) -> str:
    """A text as a header is: a letter for each byte."""
    return text.encode().decode("latin-1")


def _as_header(moment: str) -> str:
    """An instant, as Bundles hold it, in the form of the header. Raises Invalid."""
    try:
        return http_date(datetime.fromisoformat(moment).timestamp())
    except ValueError:
        raise refusal("There is no such moment.", "request.ifModifiedSince", "value") from None


def _request(entry: Entry, url: str, prefer: str) -> HttpRequest:
    """The entry as if it had come alone."""
    address, _, query = url.removeprefix(f"{responses.base()}/").partition("?")
    if "://" in address or address.startswith("//"):
        raise refusal("The address is relative to this server, such as Observation/7f.", "request.url")
    body, media = _body(entry)
    request = HttpRequest()
    request.method = entry.method
    request.path_info = request.path = f"{edge.ROOT}/{unquote(address).strip('/')}"
    request.content_type, request.content_params = media, {}
    request.META = {"QUERY_STRING": query, "CONTENT_LENGTH": str(len(body)), "HTTP_PREFER": prefer, **entry.headers}
    request._stream = BytesIO(body)  # what `read` reads
    return request


def _body(entry: Entry) -> tuple[bytes, str]:
    """A patch comes as a Binary that says of which kind. https://hl7.org/fhir/R4/http.html#patch"""
    if entry.resource is None:
        return b"", FHIR_JSON
    if entry.method == "PATCH" and entry.resource.get("resourceType") == "Binary":
        media = str(entry.resource.get("contentType"))
        if media not in (JSON_PATCH, MERGE_PATCH):
            raise refusal(f"A patch is a Binary of contentType {JSON_PATCH}.", "Binary.contentType")
        try:
            return base64.b64decode(str(entry.resource.get("data", "")), validate=True), media
        except (binascii.Error, ValueError):
            raise refusal("This is not Base64.", "Binary.data") from None
    return wire.text(entry.resource), FHIR_JSON
