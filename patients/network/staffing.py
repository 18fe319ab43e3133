"""Who may change an organisation, and who may say who works there, as what and when: rules for pages and FHIR alike."""

from __future__ import annotations

from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from patients.access import documents
from patients.accounts.actor import Actor, Role
from patients.accounts.models import Membership
from patients.errors import Denied, Invalid
from patients.network.resources import working

Resource = dict[str, Any]

_STAFF_OFFICE: Final = (Role.ADMINISTRATOR, Role.NURSING_LEAD)
_BY_OPERATORS_ONLY: Final = frozenset({Role.OPERATOR, Role.COORDINATOR, Role.HELPER})
_BY_LEADS: Final = frozenset({Role.NURSE, Role.NURSING_ASSISTANT})
_OWN_BUSINESS: Final = frozenset({"meta", "notAvailable", "availableTime", "availabilityExceptions"})


def check_organisation(actor: Actor, before: Resource | None, after: Resource) -> None:
    """Created by the operator of the network, changed by its own administrator."""
    if actor.role is Role.OPERATOR:
        return
    if actor.role is Role.ADMINISTRATOR and before is not None and after.get("id") == actor.organisation:
        return
    raise Denied(_("Organisations are created by the operator of the network and changed by their own administrator."))


def check_function(actor: Actor, before: Resource | None, after: Resource) -> None:
    """A PractitionerRole is given by the office of its organisation; when one is away, one may say oneself."""
    own = _reference(after.get("practitioner", {})) == actor.person
    if own and not (before is not None and actor.active and _only_times_differ(before, after)):
        raise Denied(_("Nobody gives themselves a function. Please ask another administrator."))
    if not own:
        for one in (before, after):
            if one is not None:
                check_staff(actor, _organisation(one))
        check_given(actor, before, after)
    _check_absences(before, after)


def check_staff(actor: Actor, organisation: str) -> None:
    """Who enters the people who work for an organisation: the operator, its administrator, its head of nursing."""
    if not is_office(actor, organisation):
        raise Denied(_("Functions are given by the administrator of the organisation."))


def is_office(actor: Actor, organisation: str) -> bool:
    """Whether the actor looks after the staff of this organisation."""
    office = actor.role in _STAFF_OFFICE and actor.organisation == organisation
    return actor.active and (office or actor.role in (Role.OPERATOR, Role.SYSTEM))


def givable(actor: Actor) -> frozenset[Role]:
    """The functions that the actor may give and end."""
    if actor.role in (Role.OPERATOR, Role.SYSTEM):
        return documents.GIVEN
    if actor.role is Role.ADMINISTRATOR:
        return documents.GIVEN - _BY_OPERATORS_ONLY
    return _BY_LEADS if actor.role is Role.NURSING_LEAD else frozenset()


def check_given(actor: Actor, before: Resource | None, after: Resource) -> None:
    """Raises Denied for a function that comes, changes or goes and is not this actor's to give."""
    if before is not None and _only_times_differ(before, after):
        return
    roles = {one.role for content in (before, after) if content for one in documents.functions(content)}
    if roles - givable(actor):
        if roles & _BY_OPERATORS_ONLY:
            raise Denied(_("This function is given by the operator of the network."))
        raise Denied(_("This function is given by the administrator of the organisation."))


def _only_times_differ(before: Resource, after: Resource) -> bool:
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    return changed <= _OWN_BUSINESS


def _check_absences(before: Resource | None, after: Resource) -> None:
    """Who newly stands in works there now and is somebody else; an absence does not end before it begins."""
    known = [] if before is None else list(before.get("notAvailable", ()))
    new = [one for one in after.get("notAvailable", ()) if one not in known]
    for one in new:
        if (substitute := working.substitute_of(one)) and not _works_there(substitute, after):
            text = _("The substitute must be a colleague who works for the same organisation now.")
            raise Invalid(text, code="value", where="substitute")
    for absence in working.absences({"notAvailable": new}):
        if absence.until < absence.since:
            raise Invalid(_("The last day lies before the first."), code="value", where="until")


def _works_there(person: str, role: Resource) -> bool:
    now = timezone.now()
    found = Membership.objects.filter(person=person, organisation=_organisation(role))
    here = found.exclude(since__gt=now).exclude(until__lte=now).exists()
    return here and person != _reference(role.get("practitioner", {}))


def _organisation(role: Resource) -> str:
    return _reference(role.get("organization", {})).removeprefix("Organization/")


def _reference(value: Resource) -> str:
    return str(value.get("reference", ""))
