"""What becomes of a patient's name, address and numbers. What held once stays, with its time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from patients.access import repository
from patients.accounts.actor import Actor
from patients.database import write
from patients.network import documents, identifiers, resources
from patients.network.resources import KVNR, Address, Name, Resource
from patients.records.models import Document


def rename_person(actor: Actor, patient: str, *, name: Name, since: date) -> Document:
    """From this day on the patient has this name. Searches find the former one, and what was written then keeps it."""
    return _changed(
        actor,
        patient,
        lambda person: {**person, "name": resources.followed(person.get("name", ()), name.resource(), since)},
    )


def move_person(actor: Actor, patient: str, *, address: Address, since: date) -> Document:
    """From this day on, which may be to come, the patient lives there."""
    home = {"use": "home", **address.resource()}
    return _changed(
        actor, patient, lambda person: {**person, "address": resources.followed(person.get("address", ()), home, since)}
    )


def change_contact(actor: Actor, patient: str, *, phone: str, kvnr: str | None = None) -> Document:
    """The telephone number now; and the insurance number, if one is given here at all ("" takes it out)."""

    def changed(person: Resource) -> Resource:
        with_phone = resources.reachable(person, phone, use="home")
        return with_phone if kvnr is None else identifiers.with_numbers(with_phone, {KVNR: kvnr})

    return _changed(actor, patient, changed)


def _changed(actor: Actor, patient: str, change: Callable[[Resource], Resource]) -> Document:
    with write():
        before = repository(actor).read("Patient", patient)
        return documents.write(actor, change(before.content), if_match=before.version)
