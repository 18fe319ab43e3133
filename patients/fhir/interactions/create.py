"""create: a new resource under an id of ours. https://hl7.org/fhir/R4/http.html#create"""

from __future__ import annotations

from django.http import HttpResponse

from patients.fhir import conditions, responses, writers
from patients.fhir.asking import Asked
from patients.fhir.registry import TYPE, Interaction


def answer(asked: Asked) -> HttpResponse:
    """An id in the body is not used. Conditional creates are refused, not carried out as plain ones."""
    conditions.refuse(asked, "If-None-Exist")
    resource = asked.resource()
    resource.pop("id", None)
    return responses.written(asked, writers.create(asked.records, resource), created=True)


INTERACTION = Interaction("create", "POST", TYPE, answer)
