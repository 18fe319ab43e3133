"""Organisations and those who work there."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from patients.access import repository
from patients.access.permit import PERMIT
from patients.accounts.actor import Actor, Role
from patients.database import write
from patients.errors import Denied, Invalid
from patients.network import documents, identifiers, resources, staffing
from patients.network.resources import Address, Name
from patients.records.models import Document


def create_organisation(
    actor: Actor,
    *,
    name: str,
    kind: str,
    phone: str = "",
    address: Address | None = None,
    ik: str = "",
    bsnr: str = "",
    logical_id: str | None = None,
) -> Document:
    """A new organisation of the network, which answers for its own entry. `kind`: one of resources.KINDS."""
    if kind not in resources.KINDS:
        raise Invalid(_("This kind of organisation is not known."))
    resource = resources.organisation(name, kind, phone=phone, address=address, ik=ik, bsnr=bsnr)
    return documents.write(actor, resource, logical_id=logical_id)


def change_organisation(
    actor: Actor, organisation: str, *, name: str, phone: str = "", ik: str = "", bsnr: str = ""
) -> Document:
    """Name, telephone and numbers of an organisation as they are now; empty ones are taken out."""
    with write():
        before = repository(actor).read("Organization", organisation)
        changed = resources.reachable({**before.content, "name": name}, phone)
        changed = identifiers.with_numbers(changed, {identifiers.IK: ik, identifiers.BSNR: bsnr})
        return documents.write(actor, changed, if_match=before.version)


def move_organisation(actor: Actor, organisation: str, *, address: Address, since: date) -> Document:
    """From this day on the organisation is there; where it was before stays known with its time."""
    with write():
        before = repository(actor).read("Organization", organisation)
        addresses = resources.followed(before.content.get("address", ()), address.resource(), since)
        return documents.write(actor, {**before.content, "address": addresses}, if_match=before.version)


def add_practitioner(
    actor: Actor,
    *,
    name: Name,
    organisation: str,
    role: Role,
    title: str = "",
    lanr: str = "",
    logical_id: str | None = None,
) -> Document:
    """A person who works for an organisation, with a first function there. Returns the Practitioner."""
    with write():
        staffing.check_staff(actor, organisation)
        resource = resources.practitioner(name, lanr=lanr)
        identifiers.check(resource, None)
        person = repository(actor).create(resource, logical_id=logical_id, custodian=organisation, permit=PERMIT)
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


def end_function(actor: Actor, function: str, *, last_day: date | None = None) -> Document:
    """A person works in this function until this day, or no longer from now on: then open sockets are cut at once."""
    with write():
        before = repository(actor).read("PractitionerRole", function)
        ended = {**before.content, "active": False}
        if last_day is not None and last_day >= timezone.localdate():
            ended = dict(before.content)
        end = last_day or timezone.localdate() - timedelta(days=1)
        period = before.content.get("period", {})
        ended["period"] = {**period, "end": max(end.isoformat(), str(period.get("start", ""))[:10])}
        return documents.write(actor, ended, if_match=before.version)
