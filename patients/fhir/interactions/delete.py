"""delete: the resource is no longer current; its versions remain. https://hl7.org/fhir/R4/http.html#delete"""

from __future__ import annotations

from django.http import HttpResponse

from patients.fhir import conditions, registry, responses, writers
from patients.fhir.asking import Asked
from patients.fhir.outcome import Refused
from patients.fhir.registry import INSTANCE, Interaction


def answer(asked: Asked) -> HttpResponse:
    """Deleting twice is no error."""
    conditions.refuse(asked, "If-None-Match", "If-Modified-Since", "If-Unmodified-Since")
    if registry.provider_of(asked.type, asked.ident):
        raise Refused(405, "This is read only.", Allow="GET")
    gone = writers.delete(asked.records, asked.type, asked.ident, if_match=conditions.if_match(asked))
    return responses.deleted(asked, gone)


INTERACTION = Interaction("delete", "DELETE", INSTANCE, answer)
