"""$summary: an International Patient Summary, made from what the actor may see now. It is not stored.

https://hl7.org/fhir/uv/ips/STU1.1/OperationDefinition-summary.html

What may not be seen is missing from it, and it says of itself that this may be so. A summary claims no profile: the
resources in it are those that were recorded, as they were recorded.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from django.http import HttpResponse

from patients.access import Action, Repository, allowed
from patients.access.writing import missing
from patients.accounts.actor import Actor
from patients.errors import Invalid
from patients.fhir import parameters, registry, responses
from patients.fhir.asking import Asked
from patients.fhir.operations import referring, sections
from patients.fhir.operations.document import bundle
from patients.fhir.operations.sections import SECTIONS, Section
from patients.fhir.parameters import Parameter
from patients.records import search, wire
from patients.records.models import Document
from patients.records.search import LARGEST_PAGE
from patients.records.wire import Json

DEFINITION: Final = "http://hl7.org/fhir/uv/ips/OperationDefinition/summary"
PROFILE: Final = "http://hl7.org/fhir/uv/ips/StructureDefinition/Bundle-uv-ips"
KIND: Final = ("60591-5", "Patient summary Document")

_PROFILE: Final = Parameter("profile", "canonical")
_IDENTIFIER: Final = Parameter("identifier", "string", needed=True)


def of_one(asked: Asked) -> HttpResponse:
    """`Patient/{id}/$summary`."""
    _check_profile(parameters.read(asked, _PROFILE).text("profile"))
    with asked.records.look("summary") as records:
        return _answer(asked, records, records.read("Patient", asked.ident))


def by_identifier(asked: Asked) -> HttpResponse:
    """`Patient/$summary?identifier=system|value`: of the one visible patient who has it."""
    given = parameters.read(asked, _IDENTIFIER, _PROFILE)
    _check_profile(given.text("profile"))
    with asked.records.look("summary") as records:
        patient = records.only_match("Patient", [("identifier", given.text("identifier") or "")])
        if patient is None:
            raise missing()
        return _answer(asked, records, patient)


def register() -> None:
    """Offer it for one patient, by id or by identifier."""
    own: tuple[tuple[str, registry.OperationAnswer, tuple[Parameter, ...]], ...] = (
        (registry.INSTANCE, of_one, (_PROFILE,)),
        (registry.TYPE, by_identifier, (_IDENTIFIER, _PROFILE)),
    )
    for level, answer, expected in own:
        registry.operation(
            "summary",
            answer,
            level=level,
            types=frozenset({"Patient"}),
            definition=DEFINITION,
            methods=("GET", "POST"),
            expected=expected,
        )


def _check_profile(profile: str | None) -> None:
    if profile is not None and profile.partition("|")[0] != PROFILE:
        raise Invalid(f"Only {PROFILE} is made here.", code="not-supported", where="profile")


def _answer(asked: Asked, records: Repository, patient: Document) -> HttpResponse:
    assert asked.actor is not None
    found = {section.title: _found(records, section, patient.logical_id) for section in SECTIONS}
    shown = list({one.pk: one for documents, _more in found.values() for one in documents}.values())
    beside = referring.read(records, referring.references(shown))
    names = {one.reference: sections.label(one.content.get("code", {})) for one in beside if one.type == "Medication"}
    composed = _composition(asked.actor, patient, found, names)
    author = referring.read(records, _own_organisation(asked.actor))
    told = list({one.pk: one for one in (patient, *author, *shown, *beside)}.values())
    ident = uuid.UUID(composed["id"])
    entries = [(ident.urn.encode(), wire.text(composed)), *((responses.full_url(one), one.text) for one in told)]
    return responses.answer(bundle(entries, uuid.uuid4()), 200, asked)


def _found(records: Repository, section: Section, patient: str) -> tuple[list[Document], bool]:
    """What counts in a section, the newest first, and whether there was more than is looked at."""
    found: list[Document] = []
    more = False
    for type_ in section.types:
        page = records.peek([search.parse(type_, [("patient", patient), ("_count", str(LARGEST_PAGE))])])
        found += [one for one in page.rows if section.counts(one.content)]
        more = more or page.next is not None
    records.saw("summary", found)
    if section.newest:
        pairs = [("patient", patient), ("category", section.newest), ("status:not", "entered-in-error")]
        found += records.last("Observation", pairs, 1)
    return found, more


def _composition(
    actor: Actor, patient: Document, found: dict[str, tuple[list[Document], bool]], names: sections.Names
) -> Json:
    told = []
    for section in SECTIONS:
        documents, more = found[section.title]
        if documents or section.needed:
            may_see = allowed(actor, Action.READ, patient=patient.logical_id, category=section.category)
            listed = [(_address(one), one.content) for one in documents]
            told.append(sections.build(section, listed, names, more=more, may_see=may_see))
    return {
        "resourceType": "Composition",
        "id": str(uuid.uuid4()),
        "language": "en",
        "text": sections.narrative(["Patient summary, made from what the reader may see. It may not be complete."]),
        "status": "final",
        "type": {"coding": [{"system": sections.LOINC, "code": KIND[0], "display": KIND[1]}]},
        "subject": {"reference": _address(patient)},
        "date": wire.instant(datetime.now(UTC)),
        "author": [{"reference": _author(actor, patient)}],
        "title": "Patient summary",
        "section": told,
    }


def _own_organisation(actor: Actor) -> Sequence[referring.Reference]:
    return [("Organization", actor.organisation)] if actor.organisation else []


def _author(actor: Actor, patient: Document) -> str:
    """The organisation that has it made; the patient, for a summary of one's own."""
    if actor.organisation:
        return f"{responses.base()}/Organization/{actor.organisation}"
    return _address(patient)


def _address(document: Document) -> str:
    """Absolute: the Composition has no address from which a relative one could start."""
    return responses.full_url(document).decode()
