"""The OpenAPI document of this edge, for everybody."""

from __future__ import annotations

from django.http import HttpResponse

from patients.fhir import openapi, responses
from patients.fhir.asking import Asked
from patients.fhir.registry import OPENAPI, Interaction


def answer(asked: Asked) -> HttpResponse:
    """The same for everybody: it says what there is, not whose."""
    return responses.answer(openapi.document(), 200, asked, {"Content-Type": "application/json"})


INTERACTION = Interaction("openapi", "GET", OPENAPI, answer, public=True)
