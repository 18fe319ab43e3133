"""metadata: what this server can do. https://hl7.org/fhir/R4/http.html#capabilities"""

from __future__ import annotations

from django.http import HttpResponse

from patients.fhir import capability, responses
from patients.fhir.asking import Asked
from patients.fhir.registry import METADATA, Interaction


def answer(asked: Asked) -> HttpResponse:
    return responses.answer(capability.statement(), 200, asked)


INTERACTION = Interaction("capabilities", "GET", METADATA, answer, public=True)
