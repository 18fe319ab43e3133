"""The page of a patient's names, addresses and numbers; and what the admission of a new one needs to know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils import timezone

from patients.access import Action, Deed, allowed, decide, repository
from patients.access.ceilings import may
from patients.access.joining import together
from patients.access.writing import missing
from patients.accounts.actor import Actor, Role
from patients.network import resources
from patients.network.queries.names import names
from patients.network.queries.people import Person, card
from patients.network.queries.staff import working_at
from patients.network.resources import Resource
from patients.records.models import Document

_PERSONS_OWN: Final = (Role.PATIENT, Role.REPRESENTATIVE)


@dataclass(frozen=True, slots=True)
class Dated:
    """A name or an address in words, with its time; `now` if it is the one of today."""

    words: str
    since: date | None
    until: date | None
    now: bool


@dataclass(frozen=True, slots=True)
class PersonPage:
    """network/person.html"""

    person: Person
    names: tuple[Dated, ...]
    addresses: tuple[Dated, ...]
    kvnr: str
    may_change: bool
    may_number: bool
    may_join: bool


@dataclass(frozen=True, slots=True)
class AdmissionPage:
    """network/admit.html. `colleagues`: who may have informed the person, as choices; the reader first."""

    place: str
    colleagues: tuple[tuple[str, str], ...]


def person_page(actor: Actor, patient: str) -> PersonPage:
    """Names, addresses and numbers of a patient. Raises Missing."""
    document = repository(actor).read("Patient", patient)
    content = document.content
    changes = decide(actor, Action.UPDATE, document)
    return PersonPage(
        person=card(document),
        names=tuple(_names(content.get("name", ()))),
        addresses=tuple(_addresses(content.get("address", ()))),
        kvnr=resources.kvnr_of(content),
        may_change=changes,
        may_number=changes and actor.role not in _PERSONS_OWN,
        may_join=changes and allowed(actor, Deed.ADMIT, patient=patient),
    )


def other_records(actor: Actor, patient: str) -> tuple[tuple[str, str], ...]:
    """The person's further records beside this one, for themselves: ids, and by whom each is kept."""
    others = [one for one in together(actor, patient) if one != patient]
    kept = [(one.logical_id, f"Organization/{one.custodian}") for one in _kept(actor, others)]
    called = names([place for _ident, place in kept]) if kept else {}
    return tuple((ident, called.get(place, "")) for ident, place in kept)


def _kept(actor: Actor, patients: Sequence[str]) -> list[Document]:
    return list(repository(actor).read_many("Patient", patients).values()) if patients else []


def admission_page(actor: Actor) -> AdmissionPage:
    """For those whose role may take on patients. Raises Missing for everybody else."""
    if actor.organisation is None or not may(actor.role, Deed.ADMIT):
        raise missing()
    with repository(actor).look("admission page") as records:
        place = str(resources.name_of(records.read("Organization", actor.organisation).content))
        colleagues = working_at(records, actor.organisation)
    own = [(reference, name) for reference, name in colleagues if reference == actor.person]
    return AdmissionPage(place, (*own, *(one for one in colleagues if one not in own)))


def _names(entries: Iterable[Resource]) -> Iterable[Dated]:
    known = list(entries)
    current = resources.in_force(known)
    for one in known:
        yield _dated(str(resources.name_of({"name": [one]})), one, current)


def _addresses(entries: Iterable[Resource]) -> Iterable[Dated]:
    known = list(entries)
    current = resources.in_force(known)
    for one in known:
        yield _dated(str(resources.address_of({"address": [one]})), one, current)


def _dated(words: str, entry: Resource, current: Resource) -> Dated:
    since, until = resources.days(entry)
    return Dated(words, since, until, now=entry is current and (since is None or since <= timezone.localdate()))
