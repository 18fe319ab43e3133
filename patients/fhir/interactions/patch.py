"""patch: some elements of a resource are changed, by JSON Patch. What results is judged like an update.

https://hl7.org/fhir/R4/http.html#patch · https://www.rfc-editor.org/rfc/rfc6902
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponse

from patients.database import write
from patients.errors import Conflict, Finding, Invalid
from patients.fhir import asking, conditions, criteria, jsonpatch, responses, writers
from patients.fhir.asking import Asked
from patients.fhir.criteria import Criteria, Match, Moved
from patients.fhir.jsonpatch import JSON_PATCH, Step
from patients.fhir.outcome import Refused
from patients.fhir.registry import INSTANCE, TYPE, Interaction, refuse_what_is_read_only
from patients.records import store, wire
from patients.records.models import Document
from patients.records.wire import Json

_NOT_UNDERSTOOD = ("If-None-Match", "If-Modified-Since", "If-Unmodified-Since")


def answer(asked: Asked) -> HttpResponse:
    """With `If-Match: W/"3"` only version 3 is changed. It takes the right to read it, and the read is logged."""
    conditions.refuse(asked, *_NOT_UNDERSTOOD)
    seen = conditions.if_match(asked)
    refuse_what_is_read_only(asked.type, asked.ident)
    steps = read(asked)

    def attempt() -> Document:
        return _patched(asked, asked.records.read(asked.type, asked.ident), None, steps, seen)

    return responses.written(asked, criteria.settled(attempt), created=False)


def by_criteria(asked: Asked) -> HttpResponse:
    """`PATCH Type?criteria`: the one that matches."""
    conditions.refuse(asked, *_NOT_UNDERSTOOD)
    wanted, seen = criteria.of(asked.type, asked.pairs, where="url"), conditions.if_match(asked)
    steps = read(asked)

    def attempt() -> Document:
        found = match(asked, wanted)
        assert found.document is not None
        return _patched(asked, found.document, found, steps, seen)

    return responses.written(asked, criteria.settled(attempt), created=False)


def read(asked: Asked) -> list[Step]:
    """The steps in the body. Raises Refused and Invalid."""
    if (asked.request.content_type or "").lower() in (asking.FHIR_JSON, asking.JSON):
        text = f"FHIRPath Patch is not supported here: send a JSON Patch as {JSON_PATCH}."
        raise Refused(415, text, Accept_Patch=JSON_PATCH)
    asking.refuse_unless_sent_as(asked.request, JSON_PATCH)
    steps = jsonpatch.parse(asking.body(asked.request))
    asked.parsed = True
    return steps


def match(asked: Asked, wanted: Criteria) -> Match:
    """What is to be patched. Raises Refused (404) where nothing matches."""
    found = criteria.match(asked.records, wanted)
    if found.document is None:
        raise Refused(404, "Nothing matches: there is nothing to patch.", "not-found")
    return found


def prepared(
    document: Document, steps: list[Step], finish: Callable[[Json], Json] = lambda after: after
) -> store.Prepared:
    """The resource after all steps, validated. `finish`: what is done to it before. Raises Invalid."""
    after = jsonpatch.applied(wire.opened(document.text), steps)
    if not isinstance(after, dict) or (after.get("resourceType"), after.get("id")) != (
        document.type,
        document.logical_id,
    ):
        text = "A patch changes neither the type nor the id of a resource."
        raise Invalid(text, Finding(text, "business-rule", document.type))
    return store.prepare(finish(after))


def _patched(asked: Asked, document: Document, found: Match | None, steps: list[Step], seen: int | None) -> Document:
    """Written as an update of the version that was read; where others came first, Moved says to read again."""
    if seen is not None and seen != document.version:
        raise Conflict("This was changed meanwhile. Read it again, then decide.")
    after = prepared(document, steps)
    with write():
        if found is not None:
            criteria.hold(asked.records, [found])
        if not store.is_current(document):
            raise Moved
        return writers.update(asked.records, after, if_match=document.version)


INTERACTIONS = (
    Interaction("patch", "PATCH", INSTANCE, answer, conditions=("If-Match",)),
    Interaction("patch", "PATCH", TYPE, by_criteria, conditions=("If-Match",)),
)
