"""delete: the resource is no longer current; its versions remain.

https://hl7.org/fhir/R4/http.html#delete · https://hl7.org/fhir/R4/http.html#3.1.0.7.1
"""

from __future__ import annotations

from django.http import HttpResponse

from patients.access.versions import Expected
from patients.database import write
from patients.fhir import conditions, criteria, responses, writers
from patients.fhir.asking import Asked
from patients.fhir.criteria import Criteria
from patients.fhir.registry import INSTANCE, TYPE, Interaction, refuse_what_is_read_only
from patients.records.models import Document


def answer(asked: Asked) -> HttpResponse:
    """Deleting twice is no error."""
    refuse_what_is_read_only(asked.type, asked.ident)
    gone = writers.delete(asked.records, asked.type, asked.ident, if_match=conditions.if_match(asked))
    return responses.deleted(asked, gone)


def by_criteria(asked: Asked) -> HttpResponse:
    """`DELETE Type?criteria`: the one that matches. Several are refused; that none does is no error."""
    wanted, seen = criteria.of(asked.type, asked.pairs, where="url"), conditions.if_match(asked)
    return responses.deleted(asked, criteria.settled(lambda: _deleted(asked, wanted, seen)))


def _deleted(asked: Asked, wanted: Criteria, seen: Expected | None) -> Document | None:
    found = criteria.match(asked.records, wanted)
    if found.document is None:
        return None
    with write():
        criteria.hold(asked.records, [found])
        return writers.delete(asked.records, wanted.type, found.document.logical_id, if_match=seen)


INTERACTIONS = (
    Interaction("delete", "DELETE", INSTANCE, answer, conditions=("If-Match",)),
    Interaction("delete", "DELETE", TYPE, by_criteria, conditions=("If-Match",), parameters=None),
)
