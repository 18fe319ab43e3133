"""The other records of a person: which are joined, and which may be the same person."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from patients.access import Deed, allowed, repository
from patients.access.joining import named
from patients.access.writing import missing
from patients.accounts.actor import Actor
from patients.network import matching, resources
from patients.network.matching import Grade
from patients.network.queries.people import Person, card
from patients.network.resources import Resource
from patients.records.models import Document


@dataclass(frozen=True, slots=True)
class Candidate:
    """Another record: who it is, its number, and in words how alike they are."""

    person: Person
    kvnr: str
    alike: str


@dataclass(frozen=True, slots=True)
class RecordsPage:
    """network/records.html"""

    person: Person
    kvnr: str
    joined: tuple[Candidate, ...]
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class PairPage:
    """network/records_join.html, network/records_part.html"""

    person: Person
    kvnr: str
    other: Candidate
    joined: bool


def records_page(actor: Actor, patient: str) -> RecordsPage:
    """What is joined with a record, and what could be, for who may join. Raises Missing."""
    with repository(actor).look("joined records") as records:
        own = records.read("Patient", patient)
        if not allowed(actor, Deed.ADMIT, patient=patient):
            raise missing()
        ours = set(named(own.content))
        joined = records.read_many("Patient", ours)
        found = matching.matches(records, own.content)
        others = [(one, how) for one, how in found if one.logical_id not in {patient, *ours}]
        records.saw("search", [one for one, _how in others])
    return RecordsPage(
        person=card(own),
        kvnr=resources.kvnr_of(own.content),
        joined=tuple(_candidate(one, None) for one in joined.values()),
        candidates=tuple(_candidate(one, how) for one, how in others),
    )


def similar_people(actor: Actor, person: Resource) -> tuple[Candidate, ...]:
    """Those of the reader's patients who may be this new one: with the same birth date, and name or a number."""
    with repository(actor).look("admission page") as records:
        found = [(one, how) for one, how in matching.matches(records, person) if how is not Grade.POSSIBLE]
        records.saw("search", [one for one, _how in found])
    return tuple(_candidate(one, how) for one, how in found)


def pair_page(actor: Actor, patient: str, other: str) -> PairPage:
    """Two records side by side, for who may join or part them. Raises Missing."""
    with repository(actor).look("joined records") as records:
        found = records.read_many("Patient", [patient, other])
        if len({*found}) < 2 or not allowed(actor, Deed.ADMIT, patient=patient):
            raise missing()
    one, two = found[patient], found[other]
    grade = matching.grade(one.content, two.content)
    return PairPage(card(one), resources.kvnr_of(one.content), _candidate(two, grade), other in named(one.content))


def _candidate(document: Document, grade: Grade | None) -> Candidate:
    words = {
        Grade.CERTAIN: _("insurance number and birth date, or name, birth date and address, are the same"),
        Grade.PROBABLE: _("name and birth date, or a number, are the same"),
        Grade.POSSIBLE: _("some of it is the same"),
    }
    return Candidate(card(document), resources.kvnr_of(document.content), words[grade] if grade else "")
