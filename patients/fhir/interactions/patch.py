"""patch: elements are changed, by JSON Patch or JSON Merge Patch; what results is judged like an update.

https://hl7.org/fhir/R4/http.html#patch · https://www.rfc-editor.org/rfc/rfc6902 · https://www.rfc-editor.org/rfc/rfc7396
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from django.http import HttpResponse

from patients.access import turns
from patients.access.versions import Expected
from patients.database import write
from patients.errors import Invalid
from patients.fhir import asking, conditions, criteria, jsonpatch, mergepatch, responses, writers
from patients.fhir.asking import Asked
from patients.fhir.criteria import Criteria, Match, Moved
from patients.fhir.examining.questions import Kind
from patients.fhir.jsonpatch import JSON_PATCH
from patients.fhir.mergepatch import MERGE_PATCH
from patients.fhir.outcome import Refused
from patients.fhir.registry import INSTANCE, TYPE, Interaction, refuse_what_is_read_only
from patients.records import store, wire
from patients.records.models import Document
from patients.records.wire import Json

Change = Callable[[Any], Any]  # from the resource as it is to what it shall be

ACCEPTED: Final = f"{JSON_PATCH}, {MERGE_PATCH}"
_GENERATED: Final = ("generated", "extensions")  # narratives that say nothing but what the data say
_KINDS: Final[dict[str, Kind]] = {JSON_PATCH: "steps", MERGE_PATCH: "merge"}


def answer(asked: Asked) -> HttpResponse:
    """With `If-Match: W/"3"` only version 3 is changed. It takes the right to read it, and the read is logged."""
    seen = conditions.if_match(asked)
    refuse_what_is_read_only(asked.type, asked.ident)
    change = read(asked)

    def attempt() -> Document:
        return _patched(asked, asked.records.read(asked.type, asked.ident), None, change, seen)

    return responses.written(asked, criteria.settled(attempt), created=False)


def by_criteria(asked: Asked) -> HttpResponse:
    """`PATCH Type?criteria`: the one that matches."""
    wanted, seen = criteria.of(asked.type, asked.pairs, where="url"), conditions.if_match(asked)
    change = read(asked)

    def attempt() -> Document:
        found = match(asked, wanted)
        assert found.document is not None
        return _patched(asked, found.document, found, change, seen)

    return responses.written(asked, criteria.settled(attempt), created=False)


def read(asked: Asked) -> Change:
    """What the body asks for. As `application/json`, a list is a JSON Patch and an object a merge patch.

    Raises Refused and Invalid.
    """
    media = (asked.request.content_type or "").lower()
    if media == asking.FHIR_JSON:
        raise _not_fhirpath()
    if media not in (JSON_PATCH, MERGE_PATCH, asking.JSON):
        raise Refused(415, f"Send a patch as {JSON_PATCH}.", Accept_Patch=ACCEPTED)
    asking.refuse_unless_sent_as(asked.request, media)
    given = asked.examined(_KINDS.get(media, "change"), jsonpatch.MOST_BYTES)
    if isinstance(given, dict) and given.get("resourceType") == "Parameters":
        raise _not_fhirpath()
    asked.parsed = True
    if isinstance(given, dict):
        return partial(mergepatch.applied, patch=given)
    return partial(jsonpatch.applied, patch=jsonpatch.steps(given))


def _not_fhirpath() -> Refused:
    text = f"FHIRPath Patch is not supported here: send a JSON Patch as {JSON_PATCH}."
    return Refused(415, text, Accept_Patch=ACCEPTED)


def match(asked: Asked, wanted: Criteria) -> Match:
    """What is to be patched. Raises Refused (404) where nothing matches."""
    found = criteria.match(asked.records, wanted)
    if found.document is None:
        raise Refused(404, "Nothing matches: there is nothing to patch.", "not-found")
    return found


def prepared(
    document: Document, change: Change, finish: Callable[[Json], Json] = lambda after: after
) -> store.Prepared:
    """The resource after the change, validated. `finish`: what is done to it before. Raises Invalid."""
    after = change(wire.opened(document.text))
    if not isinstance(after, dict) or (after.get("resourceType"), after.get("id")) != (
        document.type,
        document.logical_id,
    ):
        raise Invalid(
            "A patch changes neither the type nor the id of a resource.", code="business-rule", where=document.type
        )
    return store.prepare(finish(_without_stale_narrative(document, after)))


def _without_stale_narrative(document: Document, after: Json) -> Json:
    """A narrative that the patch leaves alone would say what is no longer so. https://hl7.org/fhir/R4/http.html#patch

    What was generated goes. Raises Invalid for what a person wrote beside it.
    """
    text = after.get("text")
    if not isinstance(text, dict) or text.get("status") == "empty":
        return after
    before = wire.opened(document.text)
    if text != before.get("text") or _known(before) == _known(after):
        return after
    if text.get("status") in _GENERATED:
        return {name: value for name, value in after.items() if name not in ("text", "_text")}
    words = "The narrative says more than the rest and would no longer fit it: patch text as well, or remove it."
    raise Invalid(words, code="business-rule", where=f"{document.type}.text")


def _known(resource: Json) -> Json:
    return {name: value for name, value in resource.items() if name not in ("text", "meta")}


def _patched(asked: Asked, document: Document, found: Match | None, change: Change, seen: Expected | None) -> Document:
    """Written as an update of the version that was read; where others came first, Moved says to read again."""
    conditions.hold_to(seen, document)
    after = prepared(document, change)
    with write():
        if found is not None:
            criteria.hold(asked.records, [found])
        turns.to_write([after])
        if not store.is_current(document):
            raise Moved
        return writers.update(asked.records, after, if_match=document.version)


INTERACTIONS = (
    Interaction("patch", "PATCH", INSTANCE, answer, conditions=("If-Match",)),
    Interaction("patch", "PATCH", TYPE, by_criteria, conditions=("If-Match",), parameters=None),
)
