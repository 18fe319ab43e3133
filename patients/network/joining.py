"""Joining two records of one person, and parting them again: the rules, for our pages and for FHIR clients alike."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext as _

from patients.access import Action, Deed, Repository, allowed, decide, repository, writing
from patients.access.importing import among
from patients.access.joining import MOST, SEE_ALSO, joined, named
from patients.access.permit import PERMIT
from patients.access.versions import Expected
from patients.accounts.actor import Actor
from patients.errors import Denied, Invalid
from patients.records import store
from patients.records.models import Document

Resource = dict[str, Any]

_OF_JOINING: Final = frozenset({"meta", "link"})


def changes(before: Document, after: Resource) -> bool:
    """Whether a new version of a Patient would join or part records."""
    return not before.deleted and before.content.get("link") != after.get("link")


def change(
    actor: Actor, records: Repository, before: Document, prepared: store.Prepared, *, if_match: Expected | None
) -> Document:
    """Join and part as the new version says; the other records say the same from then on. Returns the Patient.

    Raises Missing for a record that the actor may not see, Denied and Invalid with words.
    """
    after, own = prepared.content, before.logical_id
    _check_only_joining(before.content, after)
    was, wanted = set(named(before.content)), set(named(after))
    partners = {other: _seen(actor, other) for other in sorted(was ^ wanted)}
    for other, partner in partners.items():
        if other in wanted:
            _check_pair(actor, before, partner)
        elif not any(allowed(actor, Deed.ADMIT, patient=one) for one in (own, other)):
            raise Denied(_may_not())
    stored = records.update(prepared, if_match=if_match, permit=PERMIT)
    system = repository(actor.as_system("joining"))  # parted, the actor may see one of them no longer
    for other, partner in partners.items():
        said = with_link(partner.content, own) if other in wanted else without_link(partner.content, own)
        system.update(said, if_match=partner.version, permit=PERMIT)
    return stored


def with_link(person: Resource, other: str) -> Resource:
    """The Patient, saying that the other is the same person."""
    if other in named(person):
        return person
    return {**person, "link": [*_links(person), _link(other)]}


def without_link(person: Resource, other: str) -> Resource:
    """The Patient, saying that no longer."""
    kept = [one for one in _links(person) if other not in named({"link": [one]})]
    rest = {name: value for name, value in person.items() if name != "link"}
    return {**rest, "link": kept} if kept else rest


def _check_only_joining(before: Resource, after: Resource) -> None:
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    if not changed <= _OF_JOINING or _others(before) != _others(after):
        text = _("To join or part records, change nothing but Patient.link, with links of the type seealso.")
        raise Invalid(text, code="business-rule", where="Patient.link")


def _check_pair(actor: Actor, one: Document, other: Document) -> None:
    if one.logical_id == other.logical_id:
        raise Invalid(_("A record cannot be joined with itself."))
    if not all(allowed(actor, Deed.ADMIT, patient=each.logical_id) for each in (one, other)):
        raise Denied(_may_not())
    born = {str(each.content.get("birthDate", "")) for each in (one, other)}
    if len(born) > 1:
        raise Invalid(_("The birth dates differ. Please correct them first: two people must never become one."))
    if len(among([one, other])) > 1:
        raise Invalid(_("Both records were imported. One of them must have been taken on here."))
    if len(joined(one.logical_id)) + len(joined(other.logical_id)) + 2 > MOST:
        raise Invalid(_("These are too many records of one person. Please ask the operator."))


def _may_not() -> str:
    return _("Records are joined and parted by an organisation that cares for this person in both, with a basis.")


def _seen(actor: Actor, patient: str) -> Document:
    found = store.get_many("Patient", [patient]).get(patient)
    if found is None or found.deleted or not decide(actor, Action.READ, found):
        raise writing.missing()
    return found


def _links(person: Resource) -> list[Resource]:
    return list(person.get("link", ()))


def _others(person: Resource) -> list[Resource]:
    return [one for one in _links(person) if one.get("type") != SEE_ALSO]


def _link(patient: str) -> Resource:
    return {"other": {"reference": f"Patient/{patient}"}, "type": SEE_ALSO}
