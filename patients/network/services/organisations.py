"""Organisations and those who work there."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from patients.access import repository
from patients.access.permit import PERMIT
from patients.accounts.actor import Actor, Role
from patients.database import write
from patients.errors import Denied, Invalid
from patients.network import documents, resources
from patients.network.resources import Address, Name
from patients.records.models import Document


def create_organisation(
    actor: Actor,
    *,
    name: str,
    kind: str,
    phone: str = "",
    address: Address | None = None,
    logical_id: str | None = None,
) -> Document:
    """A new organisation of the network, which answers for its own entry. `kind`: one of resources.KINDS."""
    if kind not in resources.KINDS:
        raise Invalid(_("This kind of organisation is not known."))
    return documents.write(
        actor, resources.organisation(name, kind, phone=phone, address=address), logical_id=logical_id
    )


def add_practitioner(
    actor: Actor, *, name: Name, organisation: str, role: Role, title: str = "", logical_id: str | None = None
) -> Document:
    """A person who works for an organisation, with a first function there. Returns the Practitioner."""
    with write():
        documents.check_staff(actor, organisation)
        person = repository(actor).create(
            resources.practitioner(name), logical_id=logical_id, custodian=organisation, permit=PERMIT
        )
        add_function(actor, person=person.reference, organisation=organisation, role=role, title=title)
    return person


def add_function(
    actor: Actor,
    *,
    person: str,
    organisation: str,
    role: Role,
    title: str = "",
    since: date | None = None,
    logical_id: str | None = None,
) -> Document:
    """Let a person ("Practitioner/…") work in a role for an organisation. Returns the PractitionerRole."""
    if person == actor.person:
        raise Denied(_("Nobody gives themselves a function. Please ask another administrator."))
    resource = resources.function(person, organisation, role, title=title, since=since)
    return documents.write(actor, resource, logical_id=logical_id, custodian=organisation)
