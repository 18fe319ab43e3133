"""The turn that a write takes with the records of the patients whom it is about, before rights are asked.

What opens or shuts a record, or joins it with another, comes alone, with all records of the same person; anything else
comes beside others. See `patients.records.turns`.
"""

from __future__ import annotations

from collections.abc import Iterable

from patients.access import writing
from patients.access.categories import CONSENT
from patients.access.joining import named, others_of
from patients.records import turns
from patients.records.models import Compartment, Document
from patients.records.store import Prepared


def beside(patients: Iterable[str]) -> None:
    """Inside `write()`, before any row is held: for what is kept of these patients in tables of one's own."""
    turns.beside(patients)


def to_write(wanted: Iterable[Prepared], stored: Iterable[tuple[str, str]] = ()) -> None:
    """Inside `write()`, before any row is held: for these documents, and those that stand there (type and id)."""
    if not turns.needed():
        return
    documents = list(wanted)
    patients = {patient for one in documents for patient in one.patients}
    joins = {
        str(one.content["id"]): {*named(one.content)}
        for one in documents
        if one.type == "Patient" and "id" in one.content
    }
    patients.update(joins)
    changes_rights = any(writing.is_access_document(one.content) for one in documents) or _joined_otherwise(joins)
    for type_, logical_id in stored:
        document = Document.objects.filter(type=type_, logical_id=logical_id).only("patient", "category").first()
        if document is not None:
            others = Compartment.objects.filter(document=document.pk).values_list("patient", flat=True)
            patients.update(one for one in (document.patient, *others) if one)
            changes_rights = changes_rights or type_ in writing.ACCESS_TYPES or document.category == CONSENT
    if changes_rights:
        to_change_rights(patients.union(*joins.values()))
    else:
        turns.beside(patients)


def to_change(type_: str, logical_id: str) -> None:
    """The same for one document that stands there, by those who do not know whom it is about."""
    to_write((), [(type_, logical_id)])


def to_change_rights(patients: Iterable[str]) -> None:
    """The same for what changes who may see these records."""
    if not turns.needed():
        return
    held: set[str] | None = None
    wanted = _with_joined(patients)
    while held is None or wanted != held:
        turns.alone(wanted - (held or set()))
        held, wanted = wanted, _with_joined(wanted)  # again, now that nobody joins them


def _with_joined(patients: Iterable[str]) -> set[str]:
    return {*patients}.union(*others_of({*patients}).values())


def _joined_otherwise(joins: dict[str, set[str]]) -> bool:
    """Whether these Patients say otherwise than now with whom they are one person."""
    now = others_of(joins.keys())
    return any(now.get(patient, set()) != said for patient, said in joins.items())
