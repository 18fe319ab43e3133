"""update: the next version of a resource, or its first under an id of the client's.

https://hl7.org/fhir/R4/http.html#update
"""

from __future__ import annotations

from django.http import HttpResponse

from patients.fhir import registry, responses, writers
from patients.fhir.asking import Asked
from patients.fhir.outcome import Refused
from patients.fhir.registry import INSTANCE, Interaction


def answer(asked: Asked) -> HttpResponse:
    """With `If-Match: W/"3"` only version 3 is replaced. Creating here takes an id that is a UUID."""
    asked.refuse_conditions("If-None-Match", "If-Modified-Since", "If-Unmodified-Since")
    seen = asked.if_match()
    if registry.provider_of(asked.type, asked.ident):
        raise Refused(405, "This is read only.", Allow="GET")
    document = writers.update(asked.records, asked.resource(), if_match=seen)
    return responses.written(asked, document, created=document.version == 1)


INTERACTION = Interaction("update", "PUT", INSTANCE, answer)
