"""Rights and memberships follow the access documents, in the transaction that saves them (and at reindexing)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.utils import timezone

from patients import events
from patients.access import documents
from patients.access.categories import is_emergency_access
from patients.access.derivation import Emergency, Facts, Link, Provision, Relation, rights
from patients.access.importing import among, is_imported
from patients.access.joining import joined, named
from patients.access.models import EVER, FOREVER, Right
from patients.accounts.actor import Role
from patients.accounts.models import Emergency as OpenedInEmergency
from patients.accounts.models import Membership, User
from patients.records.models import Document

Content = dict[str, Any]

_OF_PATIENTS = ("CareTeam", "Consent", "RelatedPerson")
_COMPARED = ("organisation", "person", "category", "custodian", "actions", "since", "until", "basis", "document")


def follow_access_document(document: Document, content: Content | None, previous: Content | None) -> None:
    """A CareTeam or Consent was written: what may whom do with this patient's records now?"""
    if document.patient:
        for patient in (document.patient, *joined(document.patient)):
            rebuild(patient)


def follow_person(document: Document, content: Content | None, previous: Content | None) -> None:
    """A Patient was joined with another record of the same person, or parted from it: rights of all of them follow."""
    before, after = set(named(previous or {})), set(named(content or {}))
    if before == after:
        return
    concerned = {document.logical_id, *before, *after}
    for patient in sorted(concerned | {other for one in concerned for other in joined(one)}):
        rebuild(patient)


def follow_relative(document: Document, content: Content | None, previous: Content | None) -> None:
    """The same for a RelatedPerson; whoever represents the patient has that as a function."""
    relation = documents.relation(content, document.reference) if content is not None else None
    functions = []
    if relation and relation.scope and not is_imported(document):
        person = relation.holder or document.reference
        functions = [documents.Function(person, "", Role.REPRESENTATIVE, relation.represents)]
    _replace_memberships(document, functions)
    follow_access_document(document, content, previous)


def follow_task(document: Document, content: Content | None, previous: Content | None) -> None:
    """The same for a Task, if it is (or was) a grant of break-glass."""
    if document.patient and any(is_emergency_access(one) for one in (content, previous) if one):
        _replace_emergency(document, content)
        rebuild(document.patient)


def follow_function(document: Document, content: Content | None, previous: Content | None) -> None:
    """A PractitionerRole was written: memberships follow it. One that was imported makes nobody a member."""
    if content is None or is_imported(document):
        _replace_memberships(document, [])
    else:
        _replace_memberships(document, documents.functions(content))


def forget_rights() -> None:
    """Empty the rights, before they are derived anew."""
    Right.objects.all().delete()
    OpenedInEmergency.objects.all().delete()


def forget_memberships() -> None:
    """Empty the memberships, before they are derived anew."""
    Membership.objects.all().delete()


def rebuild(patient: str) -> None:
    """Derive all rights on one patient's records anew; tell those for whom something changed."""
    now = timezone.now()
    rows = [row for row in rights(patient, facts_of(patient)) if row.until > now]  # what is over opens nothing
    old = {_values(row): row.pk for row in Right.objects.filter(patient=patient)}
    new = {_values(row): row for row in rows}
    gone = old.keys() - new.keys()
    come = new.keys() - old.keys()
    Right.objects.filter(pk__in=[old[values] for values in gone]).delete()
    Right.objects.bulk_create([new[values] for values in new if values in come])
    for organisation, person in sorted({(values[0], values[1]) for values in gone | come}):
        events.emit("access.changed", patient=patient, organisation=organisation, person=person)


def facts_of(patient: str) -> Facts:
    """What all access documents of a patient say together; and the links, denials and accounts of joined records."""
    own = _facts_of_one(patient)
    together = joined(patient)
    others = [_facts_of_one(other) for other in together]
    return replace(
        own,
        same=tuple(f"Patient/{other}" for other in together),
        links=own.links + tuple(link for other in others for link in other.links),
        provisions=own.provisions + tuple(one for other in others for one in other.provisions if not one.permit),
    )


def _facts_of_one(patient: str) -> Facts:
    links: list[Link] = []
    provisions: list[Provision] = []
    relations: list[Relation] = []
    emergencies: list[Emergency] = []
    found = access_documents(patient)
    imported = among(found)
    for document in found:
        content, reference, trusted = document.content, document.reference, document.pk not in imported
        if document.type == "Consent":
            provisions += documents.provisions(content, reference, _organisations_of, trusted=trusted)
        elif not trusted:
            continue
        elif document.type == "CareTeam":
            links += documents.links(content, reference)
        elif document.type == "RelatedPerson":
            if relation := documents.relation(content, reference):
                relations.append(relation)
        elif emergency := documents.emergency(content, reference, document.custodian):
            emergencies.append(emergency)
    return Facts(tuple(links), tuple(provisions), tuple(relations), tuple(emergencies))


def access_documents(patient: str) -> list[Document]:
    """The current documents of a patient that may open or shut something."""
    stored = Document.objects.filter(patient=patient, deleted=False)
    team = stored.filter(type__in=_OF_PATIENTS)
    tasks = stored.filter(type="Task", category="consent").order_by("pk")
    return [*team.order_by("pk"), *(task for task in tasks if is_emergency_access(task.content))]


def _replace_emergency(document: Document, content: Content | None) -> None:
    """Whoever opened this acts in an emergency with this patient's record; their open sockets are asked again."""
    grant = documents.emergency(content, document.reference, document.custodian) if content is not None else None
    OpenedInEmergency.objects.filter(document=document.logical_id).delete()
    if grant is None or grant.span.until <= timezone.now() or is_imported(document):
        return
    OpenedInEmergency.objects.create(
        person=grant.person,
        organisation=grant.organisation,
        patient=str(document.patient),
        since=grant.span.since,
        until=grant.span.until,
        document=document.logical_id,
    )
    for account in User.objects.filter(person=grant.person).values_list("pk", flat=True):
        events.emit("account.cut", account=account, session=None)


def _replace_memberships(document: Document, functions: list[documents.Function]) -> None:
    before = set(_memberships(document))
    if not before and not functions:
        return
    Membership.objects.filter(document=document.logical_id).delete()
    Membership.objects.bulk_create(
        Membership(
            person=one.person,
            organisation=one.organisation,
            role=one.role.value,
            since=None if one.span.since == EVER else one.span.since,
            until=None if one.span.until == FOREVER else one.span.until,
            document=document.logical_id,
        )
        for one in functions
    )
    losing = {person for person, *_ in before - set(_memberships(document))}
    for account in User.objects.filter(person__in=losing).values_list("pk", flat=True):
        events.emit("account.cut", account=account, session=None)


def _organisations_of(person: str) -> list[str]:
    memberships = Membership.objects.filter(person=person)
    return list(memberships.values_list("organisation", flat=True).distinct())


def _memberships(document: Document) -> list[tuple[Any, ...]]:
    rows = Membership.objects.filter(document=document.logical_id)
    return list(rows.values_list("person", "organisation", "role", "since", "until"))


def _values(row: Right) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in _COMPARED)
