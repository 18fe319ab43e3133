"""Writes the district: organisations, people, care links and consents through the services that everybody uses."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from config.demo.cast import COLLEAGUES, PLACES, Colleague
from config.demo.measurements import demo_id
from config.demo.people import INHABITANTS, POSTCODE, RELATIONS, Inhabitant, Relation, kvnr
from patients.access.categories import ADMINISTRATIVE, CHAT, CLINICAL, MEDICATION, NURSING
from patients.accounts import queries as accounts
from patients.accounts import services as sign_ins
from patients.accounts.actor import Actor, system
from patients.accounts.models import User
from patients.network import services as network
from patients.network.resources import Address, Basis, Name, treatment

LAST = "demo.finished"  # see `finish`
PASSWORD = "demo"  # noqa: S105  public by design; demo mode refuses real databases
INFORMED = timedelta(days=75)  # how long ago the patients were informed
OF_RELATIVES = (ADMINISTRATIVE, CLINICAL, MEDICATION, NURSING, CHAT)
SHARED_WITH_PHARMACY = (ADMINISTRATIVE, MEDICATION, CHAT)


@dataclass
class District:
    """Who acts while the district is written: actors by slug, ids by slug."""

    now: datetime = field(default_factory=timezone.localtime)
    actors: dict[str, Actor] = field(default_factory=dict)

    def place(self, slug: str) -> str:
        """The id of an organisation."""
        return demo_id("organisation", slug)

    def patient(self, slug: str) -> str:
        """The id of a patient."""
        return demo_id("patient", slug)

    def practitioner(self, slug: str) -> str:
        """The reference of a colleague."""
        return f"Practitioner/{demo_id('practitioner', slug)}"

    def doctor_of(self, person: Inhabitant) -> Actor:
        """The doctor who treats a patient."""
        return self.actors[{"markt": "clara", "renner": "david", "osterfehn": "insa"}[person.practice]]

    def nurse_of(self, person: Inhabitant) -> Actor | None:
        """The nurse who visits a patient, if any."""
        return self.actors[{"moorland": "anna", "wiesenkamp": "bernd"}[person.service]] if person.service else None


def write_places(district: District) -> None:
    """The organisations of the district."""
    operator = system("demo")
    for place in PLACES:
        network.create_organisation(
            operator,
            name=place.name,
            kind=place.kind,
            phone=place.phone,
            address=Address(place.street, POSTCODE, place.town),
            logical_id=district.place(place.slug),
        )


def write_colleagues(district: District) -> None:
    """Those who work there, with their functions and sign-ins."""
    operator = system("demo")
    for colleague in COLLEAGUES:
        network.add_practitioner(
            operator,
            name=Name(colleague.family, colleague.given, colleague.prefix),
            organisation=district.place(colleague.place),
            role=colleague.role,
            logical_id=demo_id("practitioner", colleague.slug),
        )
        district.actors[colleague.slug] = _colleague(district, operator, colleague)


def write_people(district: District) -> None:
    """The patients with their care links, bases and relatives."""
    for number, person in enumerate(INHABITANTS, start=1):
        doctor = district.doctor_of(person)
        informed = district.now - INFORMED
        by = doctor.person or ""
        network.admit_patient(
            doctor,
            name=Name(person.family, person.given),
            birth_date=person.born,
            gender=person.gender,
            kvnr=kvnr(number),
            address=Address(person.street, POSTCODE, person.village),
            phone=person.phone,
            basis=treatment(informed, by),
            rehearsal=person.rehearsal,
            logical_id=district.patient(person.slug),
        )
        for slug in (person.service, *person.links):
            if slug:
                _link(district, doctor, person, slug, treatment(informed, by))
    for relation in RELATIONS:
        _relate(district, relation)
    _heinrich(district)


def _colleague(district: District, operator: Actor, colleague: Colleague) -> Actor:
    if colleague.username:
        user = sign_ins.create_account(
            operator,
            kind=User.Kind.STAFF,
            username=colleague.username,
            person=district.practitioner(colleague.slug),
            name=colleague.name,
            password=PASSWORD,
        )
        return accounts.actor_of(user)
    return Actor(
        role=colleague.role, person=district.practitioner(colleague.slug), organisation=district.place(colleague.place)
    )


def _link(district: District, doctor: Actor, person: Inhabitant, slug: str, basis: Basis) -> None:
    contact = {"moorland": "anna", "wiesenkamp": "bernd", "linden": "sabine", "klinikum": "petra"}[slug]
    network.start_link(
        doctor,
        district.patient(person.slug),
        organisation=district.place(slug),
        bases=[basis],
        scope=SHARED_WITH_PHARMACY if slug == "linden" else None,
        contact=district.practitioner(contact),
        since=district.now - INFORMED,
    )


def _relate(district: District, relation: Relation) -> None:
    person = next(one for one in INHABITANTS if one.slug == relation.patient)
    nurse = district.nurse_of(person)
    assert nurse is not None, "relatives are entered by the nursing service that has the paper"
    related = network.add_relative(
        nurse,
        district.patient(person.slug),
        name=Name(relation.family, relation.given),
        relationship=relation.kind,
        phone=relation.phone,
        categories=() if relation.guardian else OF_RELATIVES,
        logical_id=demo_id("relative", relation.slug),
    )
    if relation.guardian:
        network.make_representative(
            nurse,
            related.logical_id,
            scope=(*OF_RELATIVES,),
            evidence="Betreuerausweis des Amtsgerichts Ahrenbeck, Gesundheitssorge",
        )
    if relation.username:
        user = sign_ins.create_account(
            system("demo"),
            kind=User.Kind.RELATIVE,
            username=relation.username,
            person=related.reference,
            password=PASSWORD,
        )
        district.actors[relation.slug] = accounts.actor_of(user)


def _heinrich(district: District) -> None:
    user = sign_ins.create_account(
        system("demo"),
        kind=User.Kind.PATIENT,
        username="heinrich",
        person=f"Patient/{district.patient('heinrich')}",
        password=PASSWORD,
    )
    district.actors["heinrich"] = accounts.actor_of(user)


def finish(district: District) -> None:
    """Say that all was written: an account without a password that nobody can use."""
    sign_ins.create_account(system("demo"), kind=User.Kind.CLIENT, username=LAST)
