"""What must be true of a resource before this actor may write it. Each check raises, or says nothing."""

from __future__ import annotations

import re
from typing import Any, Final

from django.utils.translation import gettext as _

from patients.access import ceilings, displays, naming
from patients.access.categories import ADMINISTRATIVE, is_about_access
from patients.access.ceilings import Action
from patients.access.importing import IMPORT
from patients.access.rules import Sketch, decide, decide_each
from patients.accounts.actor import Actor, Role
from patients.errors import Denied, Finding, Invalid, Missing
from patients.records import definitions
from patients.records.models import Document

Content = dict[str, Any]

UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # under which ordinary actors create
ACCESS_TYPES: Final = frozenset({"CareTeam", "PractitionerRole", "Consent", "RelatedPerson", "Group", "Organization"})
_IDENTITY: Final = ("identifier", "birthDate", "active", "deceasedBoolean", "deceasedDateTime", "generalPractitioner",
                    "managingOrganization")  # fmt: skip


def is_access_document(resource: Content) -> bool:
    """Whether rights follow from this resource, so that only network services may write it."""
    return resource.get("resourceType") in ACCESS_TYPES or is_about_access(resource)


def custodian_of(actor: Actor, patients: tuple[str, ...], named: str | None) -> str:
    """Who answers for a new document: the acting organisation; for a patient's own entry the patient."""
    if actor.role is Role.SYSTEM:
        own = named or actor.organisation or (f"Patient/{patients[0]}" if patients else None)
        if own is None:
            raise ValueError("the system names a custodian for what it creates")
        return own
    if actor.role is Role.SYSTEM_CLIENT:
        return actor.organisation or IMPORT
    if actor.patient:
        return f"Patient/{patients[0] if patients else actor.patient}"  # of several joined records, the one written in
    if actor.role is Role.REPRESENTATIVE and patients:
        return f"Patient/{patients[0]}"
    if actor.organisation is None:
        raise Denied(_("You are not acting for an organisation. Choose one first."))
    if named not in (None, actor.organisation):
        raise Denied(_("You can only record for the organisation that you act for."))
    return actor.organisation


def check_new(actor: Actor, resource: Content, category: str, patients: tuple[str, ...], custodian: str) -> None:
    """Raises Denied where the role or a right is lacking, and Missing where the patient is not visible."""
    kind = resource["resourceType"]
    if actor.role is Role.SYSTEM:
        return
    if is_access_document(resource):
        raise Denied(_through_the_network())
    if kind == "Patient" and actor.role is not Role.SYSTEM_CLIENT:
        raise Denied(_("A person is taken on by admission, with a check whether they are known already."))
    _check_log(actor, resource)
    if actor.role is Role.SYSTEM_CLIENT:
        check_grant(actor, patients)
        return
    _check_named(actor, resource, None, patients)
    if not ceilings.fits(actor.role, Action.CREATE, category, resource):
        raise Denied(_("Your role may not record this. Ask somebody whose task it is."))
    for patient in patients or (None,):
        if not decide(actor, Action.CREATE, Sketch(kind, category, patient, custodian)):
            if patient is None or knows(actor, patient):
                raise Denied(_("Your organisation may not record this for this person now."))
            raise missing()
    naming.check(actor, resource, None, patients)
    displays.check(actor, resource, None)


def becoming(document: Document, category: str, patients: tuple[str, ...]) -> list[Sketch]:
    """What a changed document would be, once for each patient: a right is needed on all of it."""
    return [Sketch(document.type, category, one, document.custodian, document.pk) for one in patients or (None,)]


def check_change(
    actor: Actor,
    document: Document,
    resource: Content,
    category: str,
    patients: tuple[str, ...],
    *,
    may: bool | None = None,
) -> None:
    """Raises Denied where the role or a right is lacking. That the document is visible was found before.

    `may`: whether the actor may change it as it is and as it would be, where that was asked for many at once.
    """
    if actor.role is Role.SYSTEM:
        return
    if is_access_document(resource) or document.category == "consent":
        raise Denied(_through_the_network())
    _check_log(actor, resource)
    if actor.role is not Role.SYSTEM_CLIENT and not ceilings.fits(actor.role, Action.UPDATE, category, resource):
        raise Denied(_("Your role may not change this. Ask somebody whose task it is."))
    if may is None:
        may = all(decide_each(actor, Action.UPDATE, [document, *becoming(document, category, patients)]))
    if not may:
        raise Denied(_("Only those who answer for this record may change it."))
    if document.type == "Patient" and not document.deleted:
        _check_person(actor, document.content, resource)
    if actor.role is not Role.SYSTEM_CLIENT:
        _check_named(actor, resource, document, patients)
        before = None if document.deleted else document.content
        naming.check(actor, resource, before, patients)
        displays.check(actor, resource, before)


def check_deletion(actor: Actor, document: Document) -> None:
    """Raises Denied where the role or a right is lacking."""
    if actor.role is Role.SYSTEM:
        return
    if document.type in ACCESS_TYPES or document.category == "consent":
        raise Denied(_through_the_network())
    if not decide(actor, Action.DELETE, document):
        raise Denied(_("Only those who answer for this record may delete it."))
    if document.type == "AuditEvent":  # who may see it learns that nobody may
        raise Denied(_("The log is written by the system itself."))


def check_grant(actor: Actor, patients: tuple[str, ...]) -> None:
    """A system client adds to what was imported, never to the record of somebody whom it was not granted."""
    for known in Document.objects.filter(type="Patient", logical_id__in=patients):
        if not decide(actor, Action.UPDATE, known):
            raise missing()


def knows(actor: Actor, patient: str) -> bool:
    """Whether the actor may at least know that this patient is here."""
    own = custodian_of(actor, (patient,), None) if actor.organisation or actor.role is Role.PATIENT else "*"
    return decide(actor, Action.READ, Sketch("Patient", ADMINISTRATIVE, patient, own))


def check_free(actor: Actor, logical_id: str) -> None:
    """Whether the actor may create under this id: ordinary ones under UUIDs, so that no answer tells what is taken."""
    if actor.role not in (Role.SYSTEM, Role.SYSTEM_CLIENT) and not UUID.fullmatch(logical_id):
        raise missing()


def missing() -> Missing:
    """The one answer for what is not there and for what this actor may not see."""
    return Missing(_("This was not found. Either it does not exist, or you may not see it."))


def _check_named(actor: Actor, after: Content, before: Document | None, judged: tuple[str, ...]) -> None:
    """Nobody newly names a patient or relative whom they may not see: pages show a name where a reference stands."""
    named = _people_in(after) - {f"Patient/{one}" for one in judged}
    if named and before is not None and not before.deleted:
        named -= _people_in(before.content)
    for reference in named:
        kind, _, ident = reference.partition("/")
        if kind == "Patient":
            if not knows(actor, ident):
                raise missing()
        else:
            relative = Document.objects.filter(type=kind, logical_id=ident).first()
            if relative is None or not decide(actor, Action.READ, relative):
                raise missing()


def _people_in(value: object) -> set[str]:
    """The references to patients and relatives of ours anywhere in a resource, relative or with our own address."""
    if isinstance(value, list):
        return set().union(*map(_people_in, value)) if value else set()
    if not isinstance(value, dict):
        return set()
    found = {one for inner in value.values() if isinstance(inner, dict | list) for one in _people_in(inner)}
    reference = definitions.relative(str(value.get("reference", "")))
    if reference.startswith(("Patient/", "RelatedPerson/")):
        found.add(reference.partition("/_history/")[0])
    return found


def _check_log(actor: Actor, resource: Content) -> None:
    """Nobody writes the log; and a system client, which is nobody in person, signs nothing."""
    if resource["resourceType"] == "AuditEvent":
        raise Denied(_("The log is written by the system itself."))
    if resource["resourceType"] == "Provenance" and actor.role is Role.SYSTEM_CLIENT:
        raise Denied(_("You can only sign for yourself."))


def _check_person(actor: Actor, before: Content, after: Content) -> None:
    if before.get("link") != after.get("link"):
        raise Denied(_("Records of one person are joined and parted by the network's own service."))
    if actor.role in (Role.PATIENT, Role.REPRESENTATIVE):
        changed = [name for name in _IDENTITY if before.get(name) != after.get(name)]
        if changed:
            text = _("Name and contact can be changed here. For anything else please call your practice.")
            raise Invalid(text, *(Finding(text, "business-rule", f"Patient.{name}") for name in changed))


def _through_the_network() -> str:
    return _("Who may see what is changed by admission, care team and consent only, never by writing this document.")
