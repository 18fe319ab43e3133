"""$document: a Composition with all that it refers to, as one document.

https://hl7.org/fhir/R4/composition-operation-document.html · https://hl7.org/fhir/R4/documents.html

The parts of a note (one Composition for each profession, of which one appends the other) come together: first the one
that was asked for, then the others, each as its author signed it. Then what they refer to, in the order in which they
do, and the signatures. What the actor may not see is left out.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from django.http import HttpResponse

from patients.access import Repository
from patients.errors import Invalid
from patients.fhir import parameters, registry, responses
from patients.fhir.asking import Asked
from patients.fhir.operations import referring
from patients.fhir.parameters import Parameter
from patients.records import wire
from patients.records.definitions import SERVED
from patients.records.models import Document

DEFINITION: Final = "http://hl7.org/fhir/OperationDefinition/Composition-document"
MOST: Final = 1_000  # resources of a document
_MOST_SIGNATURES: Final = 100
_MOST_PARTS: Final = 20
_TYPES: Final = tuple(sorted(SERVED - {"Composition", "Bundle"}))
_DOCUMENTS: Final = uuid.uuid5(uuid.NAMESPACE_URL, "https://telecare.example/fhir/document")

_PERSIST: Final = Parameter("persist", "boolean")
_ID: Final = Parameter("id", "uri", needed=True)


def of_one(asked: Asked) -> HttpResponse:
    """`Composition/{id}/$document`."""
    return _answer(asked, asked.ident, parameters.read(asked, _PERSIST).flag("persist"))


def by_id(asked: Asked) -> HttpResponse:
    """`Composition/$document?id=…`: the same, for one of this server."""
    given = parameters.read(asked, _ID, _PERSIST)
    *kind, ident = (given.text("id") or "").removeprefix(f"{responses.base()}/").split("/")
    if kind not in ([], ["Composition"]) or not ident:
        raise Invalid("“id” names a Composition of this server.", code="value", where="id")
    return _answer(asked, ident, given.flag("persist"))


def register() -> None:
    """Offer it for one Composition, and for the type with an id."""
    for level, answer, expected in ((registry.INSTANCE, of_one, (_PERSIST,)), (registry.TYPE, by_id, (_ID, _PERSIST))):
        registry.operation(
            "document",
            answer,
            level=level,
            types=frozenset({"Composition"}),
            definition=DEFINITION,
            methods=("GET", "POST"),
            expected=expected,
        )


def bundle(entries: Sequence[tuple[bytes, bytes]], identifier: uuid.UUID) -> bytes:
    """A document: full addresses and texts, the Composition first."""
    told = b",".join(b'{"fullUrl":"%s","resource":%s}' % each for each in entries)
    return (
        b'{"resourceType":"Bundle","identifier":{"system":"urn:ietf:rfc:3986","value":"urn:uuid:%s"},'
        b'"type":"document","timestamp":"%s","entry":[%s]}'
        % (str(identifier).encode(), wire.instant(datetime.now(UTC)).encode(), told)
    )


def _answer(asked: Asked, ident: str, persist: bool) -> HttpResponse:
    if persist and asked.method != "POST":
        raise Invalid("What is to be stored is asked for by POST.", where="persist")
    with asked.records.look("document") as records:
        told = _gathered(records, records.read("Composition", ident))
    text = bundle([(responses.full_url(one), one.text) for one in told], _identifier(told))
    if not persist:
        return responses.answer(text, 200, asked)
    asked.parsed = True
    return responses.written(asked, asked.records.create(wire.opened(text)), created=True)


def _gathered(records: Repository, composition: Document) -> list[Document]:
    parts = [composition, *_other_parts(records, composition)]
    wanted = referring.references(parts, _TYPES)
    if len(wanted) > MOST:
        raise Invalid(f"This refers to more than {MOST:,} resources.", code="too-costly")
    told = [*parts, *referring.read(records, wanted)]
    signing = [("target", ",".join(part.reference for part in parts)), ("_sort", "recorded")]
    known = {one.pk for one in told}
    signatures = records.search("Provenance", signing, count=_MOST_SIGNATURES).rows
    return [*told, *(one for one in signatures if one.pk not in known)]


def _other_parts(records: Repository, composition: Document) -> list[Document]:
    """The Compositions about the same patient that this one appends, or that append it, the first written first."""
    appended = [("Composition", ident) for ident in _appended(composition)]
    pointing = records.search("Composition", [("related-ref", composition.reference)], count=_MOST_PARTS).rows
    appending = [one for one in pointing if composition.logical_id in _appended(one)]
    found = {one.pk: one for one in (*referring.read(records, appended), *appending)}
    return [found[pk] for pk in sorted(found) if pk != composition.pk and found[pk].patient == composition.patient]


def _appended(composition: Document) -> list[str]:
    """The ids of the Compositions that this one appends."""
    related = composition.content.get("relatesTo", ())
    parts = [one.get("targetReference", {}).get("reference", "").split("/") for one in related if _appends(one)]
    return [ident for type_, ident, *_version in (part for part in parts if len(part) > 1) if type_ == "Composition"]


def _appends(relation: wire.Json) -> bool:
    return relation.get("code") == "appends"


def _identifier(told: Sequence[Document]) -> uuid.UUID:
    """The same for the same versions of the same resources: who asks twice is told that it is one document."""
    return uuid.uuid5(_DOCUMENTS, " ".join(f"{one.reference}/_history/{one.version}" for one in told))
