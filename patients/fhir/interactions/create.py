"""create: a new resource under an id of ours; with If-None-Exist, or `POST Type?criteria`, only if nothing matches yet.

https://hl7.org/fhir/R4/http.html#create · https://hl7.org/fhir/R4/http.html#ccreate
"""

from __future__ import annotations

from django.http import HttpResponse

from patients.database import write
from patients.errors import Invalid
from patients.fhir import criteria, responses, writers
from patients.fhir.asking import Asked
from patients.fhir.criteria import Criteria
from patients.fhir.registry import TYPE, Interaction
from patients.records import store
from patients.records.models import Document
from patients.records.store import Prepared

CONDITION = "If-None-Exist"


def answer(asked: Asked) -> HttpResponse:
    """An id in the body is not used. What matches the condition already is answered (200) and stays as it is."""
    wanted = condition(asked, f"http.{CONDITION.lower()}", "url")
    resource = asked.resource()
    resource.pop("id", None)
    prepared = store.prepare(resource, valid=True)
    if wanted is None:
        return responses.written(asked, writers.create(asked.records, prepared), created=True)
    document, created = criteria.settled(lambda: _unless_it_exists(asked, wanted, prepared))
    return responses.written(asked, document, created=created)


def condition(asked: Asked, header: str, address: str) -> Criteria | None:
    """What must not be there yet. `header`, `address`: how these two places are named in a finding. Raises Invalid.

    Criteria in the address mean the same as in the header: clients send them (fhirpy), and a parameter that is passed
    over would make a second one of what is there.
    """
    named, meant = asked.request.headers.get(CONDITION), criteria.about_resources(asked.pairs)
    if named is not None and meant:
        raise Invalid(f"Criteria stand either in {CONDITION} or in the address, not in both.", where=address)
    if named is not None:
        return criteria.in_text(asked.type, _letters(named), where=header)
    return criteria.of(asked.type, meant, where=address) if meant else None


def _letters(header: str) -> str:
    """What the bytes of a header say, of which a server of the web takes each for a letter: UTF-8, where it can be."""
    try:
        return header.encode("latin-1").decode()
    except UnicodeError:
        return header


def _unless_it_exists(asked: Asked, wanted: Criteria, prepared: Prepared) -> tuple[Document, bool]:
    found = criteria.match(asked.records, wanted)
    if found.document is not None:
        return found.document, False
    with write():
        criteria.hold(asked.records, [found])
        return writers.create(asked.records, prepared), True


INTERACTION = Interaction("create", "POST", TYPE, answer, conditions=(CONDITION,), parameters=None)
