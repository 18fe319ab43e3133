"""update: the next version of a resource, or its first under an id of the client's.

https://hl7.org/fhir/R4/http.html#update · https://hl7.org/fhir/R4/http.html#cond-update
"""

from __future__ import annotations

from django.http import HttpResponse

from patients.access.versions import Expected
from patients.database import write
from patients.errors import Conflict
from patients.fhir import conditions, criteria, responses, writers
from patients.fhir.asking import Asked
from patients.fhir.criteria import Criteria
from patients.fhir.outcome import Refused
from patients.fhir.registry import INSTANCE, TYPE, Interaction, refuse_what_is_read_only
from patients.records import store
from patients.records.models import Document
from patients.records.wire import Json


def answer(asked: Asked) -> HttpResponse:
    """`If-Match: W/"3"` replaces only version 3, `If-None-Match: *` nothing at all. Creating here takes a UUID."""
    seen, only_new = conditions.if_match(asked), conditions.only_new(asked)
    refuse_what_is_read_only(asked.type, asked.ident)
    prepared = store.prepare(asked.resource(), valid=True)
    document = writers.update(asked.records, prepared, if_match=seen, only_new=only_new)
    return responses.written(asked, document, created=document.begins)


def by_criteria(asked: Asked) -> HttpResponse:
    """`PUT Type?criteria`: the one that matches is updated; where none does, it is created."""
    wanted, seen = criteria.of(asked.type, asked.pairs, where="url"), conditions.if_match(asked)
    resource = asked.resource()
    document = criteria.settled(lambda: _updated(asked, wanted, resource, seen))
    return responses.written(asked, document, created=document.begins)


def _updated(asked: Asked, wanted: Criteria, resource: Json, seen: Expected | None) -> Document:
    found = criteria.match(asked.records, wanted)
    prepared = store.prepare(meant_for(found.document, resource), valid=True)
    if found.document is None and seen is not None:
        raise Conflict("Nothing matches, so there is no version of it. Send it without If-Match to create it.")
    with write():
        criteria.hold(asked.records, [found])
        if "id" in resource or found.document is not None:
            only_new = found.document is None
            return writers.update(asked.records, prepared, if_match=seen, only_new=only_new)
        return writers.create(asked.records, prepared)


def meant_for(document: Document | None, resource: Json) -> Json:
    """The resource with the id of what matches. Raises Refused (400) if it names another one, as the standard says."""
    if document is None:
        return resource
    if resource.get("id", document.logical_id) != document.logical_id:
        text = "The id in the body is not that of the resource that matches."
        raise Refused(400, text, "value", where=f"{document.type}.id")
    return {**resource, "id": document.logical_id}


INTERACTIONS = (
    Interaction("update", "PUT", INSTANCE, answer, conditions=conditions.OF_WRITES),
    Interaction("update", "PUT", TYPE, by_criteria, conditions=("If-Match",), parameters=None),
)
