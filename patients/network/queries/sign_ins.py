"""Who of a patient's side can sign in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from patients.access import allowed, repository
from patients.access.ceilings import Deed
from patients.access.reading import Reader
from patients.accounts.actor import Actor
from patients.accounts.models import User
from patients.accounts.queries import holders_of_factors
from patients.errors import Missing
from patients.network.queries.people import Person, head_of


@dataclass(frozen=True, slots=True)
class SignIn:
    """The patient or a relative."""

    person: str  # reference
    name: str
    patient: bool
    account: bool
    factor: bool


@dataclass(frozen=True, slots=True)
class SignInsPage:
    """The patient, and who of their side can sign in."""

    head: Person
    people: tuple[SignIn, ...]


def sign_ins_page(actor: Actor, patient: str) -> SignInsPage:
    """For who may give out sign-ins to this patient's side. Raises Missing for everybody else."""
    with repository(actor).look("sign-ins") as records:
        head = head_of(records.of_patient(patient, ("Patient", "RelatedPerson")))
    if not allowed(actor, Deed.ADMIT, patient=patient):
        raise Missing("")
    named = _named(head)
    accounts = {user.person: user for user in User.objects.filter(person__in=named).exclude(kind=User.Kind.STAFF)}
    factors = holders_of_factors(user.pk for user in accounts.values())
    return SignInsPage(
        head,
        tuple(
            SignIn(
                person,
                name,
                patient=person.startswith("Patient/"),
                account=person in accounts,
                factor=person in accounts and accounts[person].pk in factors,
            )
            for person, name in named.items()
        ),
    )


def people_of(records: Reader, patient: str) -> Mapping[str, str]:
    """The patient and the relatives whom the reader sees: names by reference. Raises Missing."""
    return _named(head_of(records.of_patient(patient, ("Patient", "RelatedPerson"))))


def _named(head: Person) -> dict[str, str]:
    return {f"Patient/{head.id}": head.name} | {one.reference: one.name for one in head.relatives}
