"""update: the next version of a resource, or its first under an id of the client's.

https://hl7.org/fhir/R4/http.html#update
"""

from __future__ import annotations

from django.http import HttpResponse

from patients.fhir import conditions, registry, responses, writers
from patients.fhir.asking import Asked
from patients.fhir.outcome import Refused
from patients.fhir.registry import INSTANCE, Interaction


def answer(asked: Asked) -> HttpResponse:
    """`If-Match: W/"3"` replaces only version 3, `If-None-Match: *` nothing at all. Creating here takes a UUID."""
    conditions.refuse(asked, "If-Modified-Since", "If-Unmodified-Since")
    seen, only_new = conditions.if_match(asked), conditions.only_new(asked)
    if registry.provider_of(asked.type, asked.ident):
        raise Refused(405, "This is read only.", Allow="GET")
    document = writers.update(asked.records, asked.resource(), if_match=seen, only_new=only_new)
    return responses.written(asked, document, created=document.version == 1)


INTERACTION = Interaction("update", "PUT", INSTANCE, answer)
