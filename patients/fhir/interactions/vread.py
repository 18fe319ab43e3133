"""vread: one version of a resource. https://hl7.org/fhir/R4/http.html#vread"""

from __future__ import annotations

import re
from typing import Final

from django.http import HttpResponse

from patients.errors import Missing
from patients.fhir import conditions, registry, responses, subset
from patients.fhir.asking import Asked
from patients.fhir.registry import VERSION, Interaction

_NUMBER: Final = re.compile(r"[1-9][0-9]{0,8}")


def answer(asked: Asked) -> HttpResponse:
    """The rights are those of now: a version of a record that may no longer be seen is not found."""
    number = asked.version
    if _NUMBER.fullmatch(number) is None:  # 01 is no other name of 1
        raise Missing("There is no such version.")
    if provider := registry.provider_of(asked.type, asked.ident):
        served = provider.read(asked.records, asked.ident)
        if served.version != int(number):
            raise Missing("There is no such version.")
        return responses.resource(asked, served)
    return responses.resource(asked, asked.records.version(asked.type, asked.ident, int(number)))


INTERACTION = Interaction("vread", "GET", VERSION, answer, conditions=conditions.OF_READS, parameters=subset.PARAMETERS)
