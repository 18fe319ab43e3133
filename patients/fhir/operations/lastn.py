"""$lastn: of each kind of observation the newest ones, by code.

https://hl7.org/fhir/R4/observation-operation-lastn.html

All search parameters of Observation may narrow it. One patient must be named.
"""

from __future__ import annotations

from functools import cache
from typing import Final
from urllib.parse import urlencode

from django.http import HttpResponse

from patients.errors import Invalid
from patients.fhir import parameters, registry, responses
from patients.fhir.asking import Asked
from patients.fhir.parameters import Parameter
from patients.fhir.subset import Subset
from patients.records import definitions, search

DEFINITION: Final = "http://hl7.org/fhir/OperationDefinition/Observation-lastn"
MOST: Final = 100  # of each code


def answer(asked: Asked) -> HttpResponse:
    """The codes with the newest observation first, and within a code the newest first."""
    given = parameters.read(asked, *_expected())
    pairs = given.pairs("max")
    most = given.number("max") or 1
    if most > MOST:
        raise Invalid(f"The parameter “max” is at most {MOST}.", code="too-costly", where="max")
    if search.only_patient(search.parse(asked.type, pairs)) is None:
        raise Invalid("Name one patient: patient=…", code="required", where="patient")
    found = asked.records.last(asked.type, pairs, most)
    links = [("self", f"{responses.base()}/{asked.type}/$lastn?{urlencode(given.pairs())}")]
    entries = [responses.entry(one, "match", Subset()) for one in found]
    return responses.answer(responses.bundle("searchset", entries, total=len(found), links=links), 200, asked)


def register() -> None:
    """Offer it for the type."""
    registry.operation(
        "lastn",
        answer,
        level=registry.TYPE,
        types=frozenset({"Observation"}),
        definition=DEFINITION,
        methods=("GET", "POST"),
        expected=_expected(),
    )


@cache
def _expected() -> tuple[Parameter, ...]:
    names = sorted(definitions.search_parameters("Observation"))
    return (
        Parameter("max", "positiveInt"),
        *(Parameter(name, "string", many=True, searching=True) for name in names),
    )
