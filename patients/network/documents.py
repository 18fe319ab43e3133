"""The only way in which access documents are written: from our own pages and, by the same rules, from FHIR clients.

Nobody can grant themselves. What a document would newly open is found by comparing the facts that it states with those
that its predecessor stated; taking away is judged apart from adding.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from patients import audit
from patients.access import (
    Action,
    Deed,
    acts,
    allowed,
    codes,
    decide,
    displays,
    documents,
    naming,
    repository,
    turns,
    versions,
    writing,
)
from patients.access.categories import ADMINISTRATIVE, CLINICAL, CONSENT
from patients.access.ceilings import may
from patients.access.derivation import Link
from patients.access.models import Right
from patients.access.permit import PERMIT
from patients.access.refusals import answering
from patients.access.rules import Sketch
from patients.access.versions import Expected
from patients.accounts.actor import Actor, Role
from patients.database import write as write_transaction
from patients.errors import Denied, Invalid, Missing
from patients.network import admission, bases, handing, identifiers, joining, representatives, resources, staffing
from patients.network.differing import covers, only_links
from patients.network.resources import teams
from patients.records import store
from patients.records.models import Document

Resource = dict[str, Any]
Check = Callable[[Actor, "Resource | None", Resource], None]

HANDLED: Final = writing.ACCESS_TYPES | {"Patient", "Practitioner"}  # what edges hand to `write`, `delete`
_AS_THE_PATIENT: Final = (Role.PATIENT, Role.REPRESENTATIVE)
_OF_WITHDRAWAL: Final = ("meta", "status", "text", "extension")


def write(
    actor: Actor,
    resource: Resource | store.Prepared,
    *,
    logical_id: str | None = None,
    if_match: Expected | None = None,
    only_new: bool = False,
    custodian: str | None = None,
    source: str = "",
) -> Document:
    """Create (without `id`, or with one that is free) or update an access document, a Practitioner or a Patient.

    What was given to `store.prepare` before is not validated again: callers who open `write()` do that first. Raises
    Denied with words, Missing for what the actor may not see, and whatever the repository raises.
    """
    prepared = resource if isinstance(resource, store.Prepared) else store.prepare(resource)
    kind, content, ident = prepared.type, prepared.content, prepared.content.get("id")
    entry = audit.Entry("update" if ident else "create", "denied", None, kind, ident, source=source)
    with answering(entry), write_transaction():
        turns.to_write([prepared])
        before = _stored(kind, str(ident)) if ident else None
        if before is not None:
            if not decide(actor, Action.READ, before):
                raise writing.missing()
            versions.check(before, if_match, only_new=only_new)
        if before is None and ident:
            if if_match is not None:  # alike, whether it does not exist or may not be seen
                raise writing.missing()
            writing.check_free(actor, str(ident))
        if actor.role is not Role.SYSTEM_CLIENT:  # what is imported stays as it came
            identifiers.check(content, before.content if before and not before.deleted else None)
        if kind == "Patient":
            return _write_person(actor, prepared, before, if_match, only_new, logical_id, source)
        if kind == "Practitioner":
            records = repository(actor, source=source)
            if ident:
                return records.update(prepared, if_match=if_match, only_new=only_new)
            return records.create(prepared, logical_id=logical_id)
        if actor.role is Role.SYSTEM_CLIENT:
            writing.check_grant(actor, prepared.patients)
        elif actor.role is not Role.SYSTEM:
            _CHECKS[kind](actor, before.content if before and not before.deleted else None, content)
        records = repository(actor, source=source)
        if ident:
            stood = before.content if before and not before.deleted else {}
            stored = records.update(prepared, if_match=if_match, only_new=only_new, permit=PERMIT)
            if kind == "CareTeam" and stood and actor.role is not Role.SYSTEM_CLIENT:
                handing.follow(actor, stood, stored)
            return stored
        if kind == "Organization" and actor.role is not Role.SYSTEM_CLIENT:
            custodian = logical_id = logical_id or str(uuid.uuid4())  # it answers for its own entry
        return records.create(prepared, logical_id=logical_id, custodian=custodian, permit=PERMIT)


def delete(actor: Actor, kind: str, logical_id: str, *, if_match: Expected | None = None, source: str = "") -> Document:
    """Delete an access document: judged as taking away all that it opens."""
    records = repository(actor, source=source)
    if kind in ("Patient", "Practitioner"):
        return records.delete(kind, logical_id, if_match=if_match)
    with answering(audit.Entry("delete", "denied", None, kind, logical_id, source=source)), write_transaction():
        turns.to_change(kind, logical_id)
        before = _stored(kind, logical_id)
        if before is None or not decide(actor, Action.READ, before):
            raise writing.missing()
        versions.check(before, if_match)
        if actor.role not in (Role.SYSTEM, Role.SYSTEM_CLIENT) and not before.deleted:
            if kind not in _WITHOUT:
                raise Denied(_("This is ended, not deleted: what was agreed must stay readable."))
            _CHECKS[kind](actor, before.content, _WITHOUT[kind](before.content))
        return records.delete(kind, logical_id, if_match=if_match, permit=PERMIT)


def _write_person(
    actor: Actor,
    prepared: store.Prepared,
    before: Document | None,
    if_match: Expected | None,
    only_new: bool,
    logical_id: str | None,
    source: str,
) -> Document:
    """A Patient is changed like any document. A new one is an admission; a system client only imports."""
    records = repository(actor, source=source)
    clerk = actor.role not in (*_AS_THE_PATIENT, Role.SYSTEM_CLIENT)
    if before is not None and clerk and joining.changes(before, prepared.content):
        return joining.change(actor, records, before, prepared, if_match=if_match)
    if before is not None or if_match is not None:
        return records.update(prepared, if_match=if_match, only_new=only_new)
    ident = prepared.content.get("id")
    if actor.role is not Role.SYSTEM_CLIENT:
        return admission.admit(actor, prepared, logical_id=logical_id or ident, source=source)
    return records.update(prepared) if ident else records.create(prepared, logical_id=logical_id)


# -- care links


def _check_care_team(actor: Actor, before: Resource | None, after: Resource) -> None:
    patient = _patient(after, "subject")
    old = list(documents.links(before, "")) if before else []
    new = list(documents.links(after, ""))
    _check_acceptance(actor, before, after)
    if not (new if before is None else old and only_links(before, after, old, new, own=actor.organisation)):
        _check_ordinary(actor, before, after, patient)
    for basis in _bases(after) - _bases(before or {}):
        if basis.kind == Right.Basis.PRESUMED and not (actor.role is Role.DOCTOR and basis.by == actor.person):
            raise Denied(_("Only a doctor can judge what a person would want, and only in their own name."))
    for link in new:
        if not any(covers(one, link) for one in old):
            _check_addition(actor, patient, link, old)
    for link in old:
        if not any(covers(one, link) for one in new):
            _check_ending(actor, patient, link, before or {})


def _bases(care_team: Resource) -> set[resources.Basis]:
    return {basis for one in care_team.get("participant", ()) for basis in resources.bases_of(one)}


def _check_acceptance(actor: Actor, before: Resource | None, after: Resource) -> None:
    """That an organisation accepts is said by its own people, in their own name; once said it stays."""
    stood = {one.organisation: one.accepted_by for one in teams.care_links(before or {})}
    for one in teams.care_links(after):
        by, was = one.accepted_by, stood.get(one.organisation, "")
        if by != was and (was or by != actor.person or one.organisation != actor.organisation):
            raise Denied(_("A care link is accepted by the invited organisation itself."))


def _check_addition(actor: Actor, patient: str, link: Link, old: list[Link]) -> None:
    """Adding takes somebody who is already linked, or the patient; and a basis that this actor can vouch for."""
    if actor.role in _AS_THE_PATIENT:
        if not allowed(actor, Action.READ, patient=patient, category=CONSENT):
            raise Denied(_ask_for_a_link())
    elif link.organisation == actor.organisation:
        if not (may(actor.role, Deed.ADMIT) and allowed_on_own(actor, patient) and not others_care(actor, patient)):
            raise Denied(_ask_for_a_link())
    elif not allowed(actor, Deed.ADMIT, patient=patient):
        raise Denied(_ask_for_a_link())
    known = {basis for one in old if one.organisation == link.organisation for basis in one.bases}
    for basis in set(link.bases) - known:
        bases.check(actor, basis.kind, basis.span.since)


def allowed_on_own(actor: Actor, patient: str) -> bool:
    """Whether the actor's organisation has a live link, with or without a basis. To read in an emergency is none."""
    return decide(actor, Action.CREATE, Sketch("Patient", ADMINISTRATIVE, patient, actor.organisation))


def others_care(actor: Actor, patient: str) -> bool:
    """Whether another organisation has a live link to the patient."""
    now = timezone.now()
    rows = Right.objects.filter(patient=patient, since__lte=now, until__gt=now, basis=Right.Basis.OWN)
    return rows.exclude(organisation=actor.organisation or "").exists()


def _check_ending(actor: Actor, patient: str, link: Link, before: Resource) -> None:
    managers = [_reference(one) for one in before.get("managingOrganization", ())]
    own = link.organisation == actor.organisation or f"Organization/{actor.organisation}" in managers
    if actor.role in _AS_THE_PATIENT and allowed(actor, Action.READ, patient=patient, category=CONSENT):
        return
    if not own:
        raise Denied(_("A care link is ended by the organisation itself, by who began it, or by the person."))


def _ask_for_a_link() -> str:
    return _(
        "An organisation cannot add itself to a care team. Somebody who already cares for this person, or the person, "
        "adds it: please ask them for a care link."
    )


# -- consents and relatives


def _check_consent(actor: Actor, before: Resource | None, after: Resource) -> None:
    patient = _patient(after, "patient")
    if not (before is None and acts.only_denies(after) and allowed(actor, Deed.CONSULT, patient=patient)):
        _check_may_record(actor, patient)  # a no is written down by whoever hears it
    if before is not None and not _only_withdrawn(before, after):
        document = _stored("Consent", str(after.get("id")))
        own = (f"Patient/{patient}",) if actor.role in _AS_THE_PATIENT else (actor.organisation,)
        if document is None or document.custodian not in own:
            raise Denied(_("What somebody else recorded can be withdrawn here. Anything new is a new consent."))
    for reference in _named(after):
        if reference.startswith("RelatedPerson/"):
            related = _stored(*reference.split("/", 1))
            if related is None or related.patient != patient:
                raise Invalid(_("This relative is not known for this person. Please add the relative first."))
    if actor.role is Role.REPRESENTATIVE:
        _check_scope(actor, patient, before or after, after)
    naming.check(actor, after, before, (patient,))
    displays.check(actor, after, before)


def _check_scope(actor: Actor, patient: str, *versions: Resource) -> None:
    """A representative decides on what the representation is for, and on being filmed if it is for health."""
    now = timezone.now()
    held = Right.objects.filter(patient=patient, person=actor.person, basis=Right.Basis.REPRESENTATION)
    scope = set(held.filter(since__lte=now, until__gt=now).values_list("category", flat=True))
    for version in versions:
        active = {**version, "status": "active"}
        said = {one for each in documents.provisions(active, "", lambda _: (), trusted=True) for one in each.categories}
        if not said - {CONSENT} <= scope or (acts.kind_of(version) and CLINICAL not in scope):
            raise Denied(_("This is beyond what you represent the person in."))


def _only_withdrawn(before: Resource, after: Resource) -> bool:
    def rest(content: Resource) -> Resource:
        kept = [one for one in content.get("extension", ()) if one.get("url") != codes.WITHDRAWN_EXTENSION]
        return {**{name: value for name, value in content.items() if name not in _OF_WITHDRAWAL}, "extension": kept}

    return rest(before) == rest(after) and after.get("status") in ("inactive", "entered-in-error")


def may_record(actor: Actor, patient: str) -> bool:
    """Whether the actor records consents of this patient: as the patient, the representative, or from paper."""
    if actor.role in _AS_THE_PATIENT:
        return allowed(actor, Action.READ, patient=patient, category=CONSENT)
    return allowed(actor, Deed.RECORD_CONSENT, patient=patient)


def _check_may_record(actor: Actor, patient: str) -> None:
    """The patient, the representative, or staff who have the paper and care for this person."""
    if not may_record(actor, patient):
        if actor.role not in _AS_THE_PATIENT and writing.knows(actor, patient):
            raise Denied(_("Consent is recorded by the person, or by staff whose task it is and who have the paper."))
        raise writing.missing()


def _check_relative(actor: Actor, before: Resource | None, after: Resource) -> None:
    patient = _patient(after, "patient")
    if representatives.acting(before or {}) != representatives.acting(after):
        ends = representatives.only_ends(before or {}, after)
        if ends and representatives.may_end(actor, before or {}):
            return
        if actor.role in _AS_THE_PATIENT:
            raise Denied(_("Who represents a person is entered by staff who have seen the paper."))
        _check_may_record(actor, patient)
        if not ends and representatives.who_saw(after) - {str(actor.person)}:
            raise Invalid(_("The paper must have been seen by the one who enters it."))
    elif actor.role in _AS_THE_PATIENT:
        _check_may_record(actor, patient)
    else:
        _check_ordinary(actor, before, after, patient)


def _named(consent: Resource) -> list[str]:
    root = consent.get("provision", {})
    entries = [root, *root.get("provision", ())]
    return [_reference(actor.get("reference", {})) for one in entries for actor in one.get("actor", ())]


# -- groups


def _check_group(actor: Actor, before: Resource | None, after: Resource) -> None:
    members = [_reference(one.get("entity", {})) for one in after.get("member", ())]
    patients = [one.removeprefix("Patient/") for one in members if one.startswith("Patient/")]
    for patient in patients or (None,):
        _check_ordinary(actor, before, after, patient)


def _check_ordinary(actor: Actor, before: Resource | None, after: Resource, patient: str | None) -> None:
    """As any administrative document: role, a right, and the custodian for a change."""
    action = Action.CREATE if before is None else Action.UPDATE
    kind, custodian = after["resourceType"], actor.organisation
    if before is not None:
        document = _stored(kind, str(after.get("id")))
        custodian = document.custodian if document else custodian
    if not decide(actor, action, Sketch(kind, ADMINISTRATIVE, patient, custodian)):
        if patient is None or writing.knows(actor, patient):
            raise Denied(_("Only those who answer for this record may change it."))
        raise writing.missing()


_CHECKS: Final[dict[str, Check]] = {
    "CareTeam": _check_care_team,
    "Consent": _check_consent,
    "RelatedPerson": _check_relative,
    "PractitionerRole": staffing.check_function,
    "Organization": staffing.check_organisation,
    "Group": _check_group,
}
# A deletion is judged as the change to a document that says nothing any more.
_WITHOUT: Final[dict[str, Callable[[Resource], Resource]]] = {
    "PractitionerRole": lambda content: {**content, "active": False},
    "Group": lambda content: content,
    "RelatedPerson": lambda content: {**content, "active": False},
}


def _patient(resource: Resource, name: str) -> str:
    reference = _reference(resource.get(name, {}))
    if not reference.startswith("Patient/"):
        raise Invalid(_("This must name the patient whom it is about."))
    return reference.removeprefix("Patient/")


def _reference(value: Resource) -> str:
    return str(value.get("reference", ""))


def _stored(kind: str, logical_id: str) -> Document | None:
    try:
        return store.get(kind, logical_id)
    except Missing:
        return None
