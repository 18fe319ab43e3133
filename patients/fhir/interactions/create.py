"""create: a new resource under an id of ours; with If-None-Exist only if nothing matches yet.

https://hl7.org/fhir/R4/http.html#create · https://hl7.org/fhir/R4/http.html#ccreate
"""

from __future__ import annotations

from django.http import HttpResponse

from patients.database import write
from patients.fhir import criteria, responses, writers
from patients.fhir.asking import Asked
from patients.fhir.criteria import Criteria
from patients.fhir.registry import TYPE, Interaction
from patients.records import store
from patients.records.models import Document
from patients.records.wire import Json

CONDITION = "If-None-Exist"


def answer(asked: Asked) -> HttpResponse:
    """An id in the body is not used. What matches the condition already is answered (200) and stays as it is."""
    condition = asked.request.headers.get(CONDITION)
    wanted = None if condition is None else criteria.in_text(asked.type, condition, where=f"http.{CONDITION.lower()}")
    resource = asked.resource()
    resource.pop("id", None)
    if wanted is None:
        return responses.written(asked, writers.create(asked.records, resource), created=True)
    document, created = criteria.settled(lambda: _unless_it_exists(asked, wanted, resource))
    return responses.written(asked, document, created=created)


def _unless_it_exists(asked: Asked, wanted: Criteria, resource: Json) -> tuple[Document, bool]:
    found = criteria.match(asked.records, wanted)
    if found.document is not None:
        return found.document, False
    prepared = store.prepare(resource)
    with write():
        criteria.hold(asked.records, [found])
        return writers.create(asked.records, prepared), True


INTERACTION = Interaction("create", "POST", TYPE, answer, conditions=(CONDITION,))
