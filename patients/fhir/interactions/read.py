"""read: the current version of a resource. https://hl7.org/fhir/R4/http.html#read"""

from __future__ import annotations

from django.http import HttpResponse

from patients.fhir import conditions, registry, responses, subset
from patients.fhir.asking import Asked
from patients.fhir.registry import INSTANCE, Interaction


def answer(asked: Asked) -> HttpResponse:
    """Deleted ones answer 410 to whom they were visible."""
    if provider := registry.provider_of(asked.type, asked.ident):
        return responses.resource(asked, provider.read(asked.records, asked.ident))
    return responses.resource(asked, asked.records.read(asked.type, asked.ident))


INTERACTION = Interaction("read", "GET", INSTANCE, answer, conditions=conditions.OF_READS, parameters=subset.PARAMETERS)
