"""Whom a resource may name, and as what: one table for pages, sockets, FHIR and Bundles (README: who speaks).

OWN carries authority here: who signs, orders, sends, sets a limit. It names the actor, by reference. NEAR describes:
who measured, who wrote it down. It names somebody who has to do with this record. CARES is whose work it becomes: an
organisation with a live care link. What stands there unchanged may stay; import and system client keep what came.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from patients.access.ceilings import Action
from patients.access.models import Right
from patients.access.rules import decide_each
from patients.accounts.actor import Actor, Role
from patients.accounts.models import Membership
from patients.errors import Denied
from patients.records.models import Document

Content = dict[str, Any]


class Rule(StrEnum):
    """Whom an element may name."""

    OWN = "own"  # the actor, or the organisation that the actor acts for
    ORGANISATION = "organisation"  # that organisation
    GRANTOR = "grantor"  # the actor, or the patient whose paper staff keep
    NEAR = "near"  # the same, colleagues, the patient, relatives, and who works where the patient is cared for
    CARES = "cares"  # an organisation that cares for the patient, or who works there


@dataclass(frozen=True, slots=True)
class Element:
    """A row of the table. `said`: what is said in that name, so that a change of it needs the name anew."""

    path: str
    rule: Rule
    said: tuple[str, ...] = ()


def _rows(rule: Rule, paths: str, said: tuple[str, ...] = ()) -> tuple[Element, ...]:
    return tuple(Element(path, rule, said) for path in paths.split())


# All that a document says, but for what others may add or end: a status with its reason, a note in their own name.
_WHOLE: Final = ("*",)
_FREE: Final = frozenset({"id", "meta", "status", "statusReason", "note"})

_OF_ALL: Final = _rows(Rule.NEAR, "note.authorReference")
_LIMIT: Final = _rows(Rule.OWN, "expressedBy", ("target",))
TABLE: Final[dict[str, tuple[Element, ...]]] = {
    "Composition": _rows(Rule.OWN, "author attester.party", _WHOLE) + _rows(Rule.ORGANISATION, "custodian"),
    "Provenance": _rows(Rule.OWN, "agent.who agent.onBehalfOf signature.who signature.onBehalfOf", _WHOLE),
    "Bundle": _rows(Rule.OWN, "signature.who signature.onBehalfOf", _WHOLE),  # its entries: a document as received
    "Communication": _rows(Rule.OWN, "sender", _WHOLE),
    "CommunicationRequest": _rows(Rule.OWN, "requester", _WHOLE) + _rows(Rule.NEAR, "sender"),
    "Consent": (
        *_rows(Rule.GRANTOR, "performer"),
        *_rows(Rule.ORGANISATION, "organization"),
        *_rows(Rule.NEAR, "extension.extension.valueReference"),  # who informed; before whom it was taken back
    ),
    "Task": (
        *_rows(Rule.OWN, "requester", ("code", "description")),
        *_rows(Rule.OWN, "output.valueReference note.authorReference"),  # taken by; read back by
        *_rows(Rule.CARES, "owner"),
    ),
    "Encounter": _rows(Rule.CARES, "serviceProvider") + _rows(Rule.NEAR, "participant.individual"),
    "MedicationRequest": _rows(Rule.OWN, "requester", _WHOLE) + _rows(Rule.NEAR, "recorder"),
    "ServiceRequest": _rows(Rule.OWN, "requester", _WHOLE),
    "DocumentReference": (
        *_rows(Rule.OWN, "authenticator", _WHOLE),
        *_rows(Rule.ORGANISATION, "custodian"),
        *_rows(Rule.NEAR, "author"),
    ),
    "Goal": _rows(Rule.NEAR, "expressedBy"),  # without a bound; with one see _LIMIT
    "Observation": _rows(Rule.NEAR, "performer"),
    "DiagnosticReport": _rows(Rule.NEAR, "performer resultsInterpreter"),
    "Condition": _rows(Rule.NEAR, "recorder asserter"),
    "AllergyIntolerance": _rows(Rule.NEAR, "recorder asserter"),
    "Procedure": _rows(Rule.NEAR, "recorder asserter performer.actor performer.onBehalfOf"),
    "Immunization": _rows(Rule.NEAR, "performer.actor"),
    "MedicationStatement": _rows(Rule.NEAR, "informationSource"),
    "Flag": _rows(Rule.NEAR, "author"),
    "CarePlan": _rows(Rule.NEAR, "author contributor"),
    "List": _rows(Rule.NEAR, "source"),
    "QuestionnaireResponse": _rows(Rule.NEAR, "author source"),
    "Media": _rows(Rule.NEAR, "operator"),
    "DetectedIssue": _rows(Rule.NEAR, "author mitigation.author"),
    "Basic": _rows(Rule.NEAR, "author"),
    "AppointmentResponse": _rows(Rule.NEAR, "actor"),
}
_PEOPLE: Final = ("Practitioner", "PractitionerRole", "Patient", "RelatedPerson", "Organization")
_FAMILY: Final = (Role.PATIENT, Role.REPRESENTATIVE, Role.RELATIVE)


def check(actor: Actor, resource: Content, before: Content | None, patients: tuple[str, ...]) -> None:
    """Raises Denied, with the place, where a resource newly names somebody who may not stand there.

    Asked last: its answers speak of the patient's care team, so that the actor must have been let in before.
    """
    kind = resource["resourceType"]
    around = _Around(actor, patients)
    for element in elements(resource):
        kept = [] if before is None or _says_more(element, before, resource) else list(_named(before, element.path))
        for named in _named(resource, element.path):
            if named not in kept and not around.may_stand(named, element.rule):
                raise Denied(_words(element.rule), code="forbidden", where=f"{kind}.{element.path}")


def elements(resource: Content) -> tuple[Element, ...]:
    """The rows for this resource: those of its type, then those for all types that its own do not replace."""
    kind = resource["resourceType"]
    own = _LIMIT if kind == "Goal" and resource.get("target") else TABLE.get(kind, ())
    replaced = {element.path for element in own}
    return (*own, *(element for element in _OF_ALL if element.path not in replaced))


def _says_more(element: Element, before: Content, after: Content) -> bool:
    """Whether what is said in that name was changed. A narrative that was taken away says nothing."""
    said = set(element.said)
    if element.said == _WHOLE:
        said = (before.keys() | after.keys()) - _FREE - ({"text"} - after.keys())
    return any(before.get(name) != after.get(name) for name in said)


def _named(value: object, path: str) -> Iterator[Content]:
    """The References at a path, through lists."""
    if isinstance(value, list):
        for one in value:
            yield from _named(one, path)
    elif isinstance(value, dict):
        if path:
            first, _dot, rest = path.partition(".")
            yield from _named(value.get(first), rest)
        else:
            yield value


@dataclass(frozen=True, slots=True)
class _Around:
    """An actor before a record: who stands near it."""

    actor: Actor
    patients: tuple[str, ...]

    def may_stand(self, named: Content, rule: Rule) -> bool:
        """Whether this Reference may stand where the rule holds."""
        reference = plain(str(named.get("reference", "")))
        kind, _slash, ident = reference.partition("/")
        if self._is_own(kind, ident, rule):
            return True
        if rule in (Rule.OWN, Rule.ORGANISATION):
            return False
        if rule is Rule.GRANTOR:
            return self.actor.role not in _FAMILY and kind == "Patient" and ident in self.patients
        if kind not in _PEOPLE:
            return True  # a device, a team, or somebody whom nobody here is: it speaks in no name
        if kind in ("Patient", "RelatedPerson"):
            return self._is_family(kind, ident)
        if rule is Rule.CARES:
            return self._works_at(kind, ident, caring(self.actor, self.patients))
        return self.actor.role not in _FAMILY and self._works_at(kind, ident, _around(self.actor, self.patients))

    def _is_own(self, kind: str, ident: str, rule: Rule) -> bool:
        if kind == "Organization":
            return ident == self.actor.organisation
        if rule is Rule.ORGANISATION:
            return False
        if kind == "PractitionerRole":
            function = _function(ident)
            return function == (self.actor.person, self.actor.organisation) and None not in function
        return f"{kind}/{ident}" == self.actor.person

    def _is_family(self, kind: str, ident: str) -> bool:
        """The patient or a relative of theirs. That the actor sees them was asked before."""
        if kind == "Patient":
            return ident in self.patients
        return Document.objects.filter(type=kind, logical_id=ident, patient__in=self.patients).exists()

    def _works_at(self, kind: str, ident: str, places: set[str]) -> bool:
        """Whether this is one of these organisations (or the actor's own), or somebody who has worked there."""
        places = places | {self.actor.organisation or ""} - {""}
        if kind == "Organization":
            return ident in places
        if kind == "PractitionerRole":
            return _function(ident)[1] in places
        return Membership.objects.filter(person=f"{kind}/{ident}", organisation__in=places).exists()


def caring(actor: Actor, patients: Iterable[str]) -> set[str]:
    """The organisations with a live care link to one of these patients, as far as the actor may know of the link."""
    return _linked(actor, _live(patients).filter(person=""))


def _around(actor: Actor, patients: Iterable[str]) -> set[str]:
    """The same, and those of whom one person has a link of their own."""
    return _linked(actor, _live(patients))


def _linked(actor: Actor, links: Any) -> set[str]:
    """Who is in the team may itself be withheld: an answer must not tell it either."""
    found = set(links.values_list("organisation", "document"))
    idents = {document.removeprefix("CareTeam/") for _, document in found}
    teams = list(Document.objects.filter(type="CareTeam", logical_id__in=idents))
    visible = {team.reference for team, may in zip(teams, decide_each(actor, Action.READ, teams), strict=True) if may}
    return {organisation for organisation, document in found if document in visible}


def _live(patients: Iterable[str]) -> Any:
    now = timezone.now()
    live = Right.objects.filter(patient__in=tuple(patients), since__lte=now, until__gt=now, basis=Right.Basis.OWN)
    return live.order_by().distinct()


def _function(ident: str) -> tuple[str | None, str | None]:
    """Whose function this PractitionerRole is, and where: a reference and the id of an organisation."""
    found = Document.objects.filter(type="PractitionerRole", logical_id=ident, deleted=False).first()
    if found is None:
        return None, None
    person, place = (found.content.get(name, {}).get("reference", "") for name in ("practitioner", "organization"))
    return person or None, place.removeprefix("Organization/") or None


def plain(reference: str) -> str:
    """A reference as type and id: without server and version, since somebody is named either way."""
    parts = reference.partition("/_history/")[0].split("/")
    return "/".join(parts[-2:]) if len(parts) > 1 else ""


def _words(rule: Rule) -> str:
    return {
        Rule.OWN: _("Here you can only name yourself, by reference: nobody signs, orders or speaks for another."),
        Rule.ORGANISATION: _("Here only the organisation that you act for can be named, by reference."),
        Rule.GRANTOR: _("Who consents is named here: the person, or yourself."),
        Rule.NEAR: _("Here only people can be named who work with you, or who care for this person, or are family."),
        Rule.CARES: _("This organisation does not care for this person. Add it to the care team first."),
    }[rule]
