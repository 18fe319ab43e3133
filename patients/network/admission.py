"""Taking on a person, with a check whether the network knows them already: for our pages and for FHIR clients alike."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from patients import audit
from patients.access import Action, Deed, decide, repository
from patients.access.ceilings import may
from patients.access.permit import PERMIT
from patients.access.refusals import refused
from patients.accounts.actor import Actor, Role
from patients.audit.queries import acts_of
from patients.database import in_turn, transaction_number, write
from patients.errors import Conflict, Denied, Invalid, Problem
from patients.network import bases, identifiers, resources
from patients.network.matching import alike, by_family
from patients.network.resources import Basis, Resource
from patients.records import store
from patients.records.models import Document

_KNOWN: Final = "admission of a known person"
_MOST_AN_HOUR: Final = 10


def admit(
    actor: Actor,
    person: Resource | store.Prepared,
    *,
    basis: Basis | None = None,
    logical_id: str | None = None,
    source: str = "",
) -> Document:
    """Store a new Patient in the care of the actor's organisation, and the care link. Returns the Patient.

    Without a `basis` (the patient was informed: when, by whom) the organisation sees only what it records itself.
    Raises Conflict if the network knows the person: with the same insurance number and birth date, or the same name,
    birth date and address. Those who may not see the record learn no more than that.
    """
    if actor.role is not Role.SYSTEM and not (may(actor.role, Deed.ADMIT) and actor.active):
        raise Denied(_("Your role may not take on patients. Ask somebody whose task it is."))
    if actor.organisation is None:
        raise Denied(_("You are not acting for an organisation. Choose one first."))
    prepared = person if isinstance(person, store.Prepared) else store.prepare(person)
    resource = prepared.content
    if resource.get("link"):
        raise Denied(_("Records of one person are joined and parted by the network's own service."))
    if str(resource.get("birthDate", "")) > timezone.localdate().isoformat():
        raise Invalid(_("The birth date lies in the future."))
    identifiers.check(resource, None)
    if basis is not None:
        bases.check(actor, basis.kind, basis.on)
    _check_unknown(actor, resource)
    with write():
        in_turn([f"admission {resource.get('birthDate', '')}"])
        _check_unknown(actor, resource)  # again, where nobody comes between: others may have taken the person on
        records = repository(actor, source=source)
        patient = records.create(prepared, logical_id=logical_id, custodian=actor.organisation, permit=PERMIT)
        link = resources.care_link(
            patient.logical_id,
            actor.organisation,
            manager=actor.organisation,
            bases=[basis] if basis else (),
            since=timezone.localtime(),
        )
        records.create(link, custodian=actor.organisation, permit=PERMIT)
    return patient


def _check_unknown(actor: Actor, resource: Resource) -> None:
    """Raise Conflict for a person who is known. Who has asked for too many of them is told of nobody any more."""
    known = same_person(actor, resource)
    if any(decide(actor, Action.READ, document) for document in known):
        raise Conflict(_("This person is among your patients already."))
    tried = acts_of(actor.account, _KNOWN, within=timedelta(hours=1)).all if actor.role is not Role.SYSTEM else 0
    if not known and tried < _MOST_AN_HOUR:
        return
    problem: Problem = Conflict(_("This person is known in the network. Please ask the person's team for a care link."))
    if tried >= _MOST_AN_HOUR:
        problem = Denied(_("Too many such requests. Please wait an hour, or call the person's practice."))
    for one in known[:1]:
        entry = audit.Entry(_KNOWN, "denied", one.logical_id, "Patient")
        if transaction_number() is None:
            audit.record_many(actor, [entry])
        else:
            refused(problem, entry)  # a row would be undone with the transaction: the edge logs it afterwards
    raise problem


def check_exact(resource: Resource) -> None:
    """Raise Invalid unless the Patient says enough to be one person only: what `same_person` needs."""
    name, address = resources.name_of(resource), resources.address_of(resource)
    named = name.family and name.given and address is not None and address.line and address.postal_code
    if not resource.get("birthDate") or not (resources.kvnr_of(resource) or named):
        raise Invalid(
            _("Please give the birth date, and either the insurance number or name and address: it must be exact.")
        )


def same_person(actor: Actor, resource: Resource, *, why: str = "admission") -> list[Document]:
    """Patients who are this person beyond doubt, whoever sees them, by names and addresses of earlier too. Near misses
    are none."""
    records = repository(actor.as_system(why))
    born = resource.get("birthDate")
    found: dict[int, Document] = {}
    if not born:
        return []
    with records.look(f"{why} check") as look:
        if kvnr := resources.kvnr_of(resource):
            query = [("identifier", f"{resources.KVNR}|{kvnr}"), ("birthdate", born)]
            found |= {one.pk: one for one in look.search("Patient", query).rows}
        families = {one["family"] for one in resource.get("name", ()) if one.get("family")}
        for family in sorted(families) if resource.get("address") else ():
            query = [by_family(family), ("birthdate", born)]
            for one in look.search("Patient", query).rows:
                if alike(resource, one.content):
                    found[one.pk] = one
    return list(found.values())
