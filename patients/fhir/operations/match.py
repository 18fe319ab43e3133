"""$match: who among the patients whom one may see is this person? By fixed rules, see `patients.network.matching`.

https://hl7.org/fhir/R4/patient-operation-match.html

Whom the actor may not see is not among the answers, nor counted, nor does their presence change anything. Whether
somebody is known elsewhere in the network is told by admission only.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from django.http import HttpResponse

from patients.errors import Finding
from patients.fhir import parameters, registry, responses
from patients.fhir.asking import Asked
from patients.fhir.parameters import Parameter
from patients.network.matching import Grade, matches
from patients.records import validation, wire
from patients.records.models import Document

DEFINITION: Final = "http://hl7.org/fhir/OperationDefinition/Patient-match"
GRADE: Final = "http://hl7.org/fhir/StructureDefinition/match-grade"
SCORES: Final = {Grade.CERTAIN: Decimal("1.0"), Grade.PROBABLE: Decimal("0.8"), Grade.POSSIBLE: Decimal("0.5")}

_EXPECTED: Final = (
    Parameter("resource", "Patient", needed=True),
    Parameter("onlyCertainMatches", "boolean"),
    Parameter("count", "positiveInt"),
)


def answer(asked: Asked) -> HttpResponse:
    """The surest first. Asked for certain ones only, two of them are none: then a person has to look."""
    given = parameters.read(asked, *_EXPECTED)
    person = given.resource("resource") or {}
    validation.check(person)
    told: list[bytes] = []
    with asked.records.look("match", type_="Patient") as records:
        found = matches(records, person)
        if given.flag("onlyCertainMatches"):
            found = [each for each in found if each[1] is Grade.CERTAIN]
            if len(found) > 1:
                words = "Several match with certainty. Ask without onlyCertainMatches, and let a person decide."
                found, told = [], [responses.told_entry([Finding(words, "multiple-matches")])]
        if (most := given.number("count")) is not None:
            found = found[:most]
        records.saw("match", [document for document, _ in found])
    entries = [*(_entry(*each) for each in found), *told]
    return responses.answer(responses.bundle("searchset", entries, total=len(found)), 200, asked)


def register() -> None:
    """Offer it for the type."""
    patient = frozenset({"Patient"})
    registry.operation("match", answer, level=registry.TYPE, types=patient, definition=DEFINITION, expected=_EXPECTED)


def _entry(document: Document, grade: Grade) -> bytes:
    search = {
        "extension": [{"url": GRADE, "valueCode": grade.value}],
        "mode": "match",
        "score": SCORES[grade],
    }
    url = responses.full_url(document)
    return b'{"fullUrl":"%s","resource":%s,"search":%s}' % (url, document.text, wire.text(search))
