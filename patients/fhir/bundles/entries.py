"""The entries of a batch or transaction, each understood as the request that it stands for."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final
from urllib.parse import unquote

from django.conf import settings
from django.http import HttpRequest

from patients.accounts.actor import Actor
from patients.errors import Finding, Invalid, Problem
from patients.fhir import asking, edge, outcome, registry, responses
from patients.fhir.asking import FHIR_JSON, Asked
from patients.fhir.jsonpatch import JSON_PATCH
from patients.fhir.mergepatch import MERGE_PATCH
from patients.records import wire
from patients.records.validation import inside, schema
from patients.records.wire import Json

KINDS: Final = ("batch", "transaction")
MOST_ENTRIES: Final = 2_000
ORDER: Final = ("DELETE", "POST", "PUT", "PATCH", "GET", "HEAD")  # in which they are carried out
READING: Final = ("GET", "HEAD")
_HEADERS: Final = {
    "ifMatch": "HTTP_IF_MATCH",
    "ifNoneMatch": "HTTP_IF_NONE_MATCH",
    "ifModifiedSince": "HTTP_IF_MODIFIED_SINCE",
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
    shape: str = ""
    problem: Problem | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """Where it stands, as FHIRPath."""
        return f"Bundle.entry[{self.number}]"

    def told(self, problem: Problem) -> outcome.Answer:
        """The answer to a problem of this entry, with its place."""
        address, parsed = (self.asked.address, self.asked.parsed) if self.asked else ("", False)
        conditional = any(name in self.headers for name in ("HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH"))
        return outcome.of(problem, address=address, unprocessable=parsed, preconditioned=conditional, place=self.place)


def read(asked: Asked) -> Json:
    """The batch or transaction in the body. Raises Refused and Invalid, also for Bundles of other types."""
    asking.refuse_unless_sent_as(asked.request, FHIR_JSON, asking.JSON)
    bundle = wire.parse(asking.body(asked.request), most=settings.FHIR_BODY_LIMIT)
    if bundle.get("resourceType") != "Bundle":
        raise _invalid("What is sent to this address is a Bundle of type batch or transaction.", "Bundle.resourceType")
    asked.parsed = True
    kind, entries = bundle.get("type"), bundle.get("entry", [])
    if kind not in KINDS:
        words = f"A Bundle of type {str(kind)[:32]} is not carried out: send a batch or a transaction. "
        raise _invalid(f"{words}To keep it as a document, send it to {responses.base()}/Bundle.", "Bundle.type")
    if isinstance(entries, list) and len(entries) > MOST_ENTRIES:
        words = f"A Bundle may have {MOST_ENTRIES:,} entries, this one has {len(entries):,}. Send it in parts."
        raise _invalid(words, "Bundle.entry", "too-costly")
    _check_shape(bundle, entries)
    return bundle


def understood(bundle: Json, actor: Actor, prefer: str) -> list[Entry]:
    """The entries in their order, asked by this actor. Raises Invalid for the same fullUrl twice (bdl-7)."""
    found = [_entry(number, given, actor, prefer) for number, given in enumerate(bundle.get("entry", ()))]
    seen: dict[str, int] = {}
    for one in found:
        if one.full_url and (first := seen.setdefault(one.full_url, one.number)) != one.number:
            raise _invalid(f"Bundle.entry[{first}] has the same fullUrl.", f"{one.place}.fullUrl", "duplicate")
    return found


def _check_shape(bundle: Json, entries: Any) -> None:
    """Elements and their types, but for the resources inside: each is judged on its own."""
    right = isinstance(entries, list) and all(isinstance(one, dict) for one in entries)
    if right:
        for number, one in enumerate(entries):
            if not isinstance(one.get("resource", {}), dict):
                raise _invalid("A resource is a JSON object.", f"Bundle.entry[{number}].resource", "structure")
            if "request" not in one:
                raise _invalid("Say what is to be done: request.", f"Bundle.entry[{number}].request", "required")
            if not isinstance(one.get("response", {}), dict):
                raise _invalid("A response is a JSON object.", f"Bundle.entry[{number}].response", "structure")
    alone = inside.without(bundle) if right else {name: one for name, one in bundle.items() if name != "resource"}
    if found := schema.findings("Bundle", alone):
        raise Invalid(found[0].text, *found)


def _entry(number: int, given: Json, actor: Actor, prefer: str) -> Entry:
    request = given["request"]
    entry = Entry(number, request["method"], given.get("fullUrl", ""), given.get("resource"))
    entry.headers = {header: request[name] for name, header in _HEADERS.items() if name in request}
    try:
        asked, shape = edge.understood(_request(entry, request["url"], prefer), actor)
        entry.asked, entry.shape = asked, shape
        if shape == registry.SYSTEM and entry.method == "POST":
            raise _invalid("A Bundle in a Bundle is not carried out.", "request.url")
    except Problem as problem:
        entry.problem = problem
    return entry


def _request(entry: Entry, url: str, prefer: str) -> HttpRequest:
    """The entry as if it had come alone."""
    address, _, query = url.removeprefix(f"{responses.base()}/").partition("?")
    if "://" in address or address.startswith("//"):
        raise _invalid("The address is relative to this server, such as Observation/7f.", "request.url")
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
            raise _invalid(f"A patch is a Binary of contentType {JSON_PATCH}.", "Binary.contentType")
        try:
            return base64.b64decode(str(entry.resource.get("data", "")), validate=True), media
        except (binascii.Error, ValueError):
            raise _invalid("This is not Base64.", "Binary.data") from None
    return wire.text(entry.resource), FHIR_JSON


def _invalid(text: str, where: str, code: str = "invalid") -> Invalid:
    return Invalid(text, Finding(text, code, where))
