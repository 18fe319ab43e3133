"""metadata: what this server can do. https://hl7.org/fhir/R4/http.html#capabilities"""

from __future__ import annotations

import hashlib

from django.http import HttpResponse

from patients.errors import Invalid
from patients.fhir import capability, conditions, responses, subset
from patients.fhir.asking import Asked
from patients.fhir.capability import MODE, MODES
from patients.fhir.registry import METADATA, Interaction


def answer(asked: Asked) -> HttpResponse:
    """The statement or a part of it, under an ETag that changes with it; 304 for a client who has it already."""
    _check_mode(asked)
    text = capability.statement()
    part = subset.of_one(asked.pairs, "CapabilityStatement")
    tag = hashlib.sha256(text).hexdigest()[:16]
    headers = {"ETag": f'W/"{tag}"'}
    if conditions.names(asked, tag):
        return responses.answer(b"", 304, asked, headers)
    return responses.answer(part.of(text), 200, asked, headers)


def _check_mode(asked: Asked) -> None:
    """Raise Invalid for a mode that would be another resource; who asks leniently gets the statement."""
    for name, value in asked.pairs:
        if name == MODE and value not in MODES and not asked.lenient:
            text = f"The mode “{value[:40]}” is not told here; told are {', '.join(MODES)}."
            raise Invalid(text, code="not-supported", where=MODE)


INTERACTION = Interaction(
    "capabilities",
    "GET",
    METADATA,
    answer,
    public=True,
    conditions=("If-None-Match",),
    parameters=(MODE, *subset.PARAMETERS),
)
