"""Erasing what custodians keep of a patient: rows go, keys are destroyed, the ledger remembers it. It knows no actor.

The log stays: it holds ids only. What other packages keep of a patient goes by the events `patient.erased` (patient,
custodian; "" for everything) and `person.erased` (person, whose account goes), inside the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q, QuerySet

from patients import events, vault
from patients.database import write
from patients.records import ledger, projections, turns
from patients.records.models import Compartment, Document, Hold, Postponed
from patients.records.store import SHARED

BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Erased:
    """How much went, and how many documents of other patients still mention this one."""

    documents: int = 0
    keys: int = 0
    mentions: int = 0


def keepers(patient: str) -> set[str]:
    """The organisations that have records of their own on this patient."""
    own = Document.objects.filter(patient=patient).exclude(type__in=SHARED).exclude(custodian=None)
    found = own.values_list("custodian", flat=True).distinct()
    return {one for one in found if one and one != f"Patient/{patient}"}


def erase(patient: str, custodian: str | None = None, *, line: ledger.Line | None = None) -> Erased:
    """Erase what this custodian keeps of the patient; without one, all that anybody keeps. One transaction. Final."""
    found = Document.objects.filter(patient=patient)
    if custodian is not None:
        found = found.filter(custodian=custodian).exclude(type__in=SHARED)
    with write():
        turns.alone([patient])
        events.emit("patient.erased", patient=patient, custodian=custodian or "")
        if custodian is None:
            _tell_of_people(patient)
        followed = _contents(found.filter(type__in=projections.types(), deleted=False))
        documents = _delete(found)
        for document, content in followed:
            projections.run(document, None, content)
        ours = Q(patient=patient) if custodian is None else Q(patient=patient, custodian=custodian)
        Hold.objects.filter(ours).delete()
        Postponed.objects.filter(ours).delete()
        keys = vault.destroy_keys(patient=patient, custodian=custodian)
        ledger.note(patient, custodian, line)
        mentions = Compartment.objects.filter(patient=patient).count() if custodian is None else 0
    return Erased(documents, keys, mentions)


def follow(lines: Iterable[ledger.Line]) -> int:
    """Erase again what these lines say, where the data hold it: after a restore. Returns how many held something."""
    lines = ledger.unfollowed(lines)
    held = 0
    known = _subjects() if lines else {}
    for line in lines:
        if line.subject in known:
            held += 1
            erase(*known[line.subject], line=line)
        else:
            ledger.keep(line)
    return held


def _subjects() -> dict[bytes, tuple[str, str | None]]:
    """All that a line may mean in these data."""
    pairs = Document.objects.exclude(patient=None).values_list("patient", "custodian").distinct()
    found: dict[bytes, tuple[str, str | None]] = {}
    for patient, custodian in pairs:
        assert patient is not None
        found[ledger.subject(patient, custodian)] = (patient, custodian)
        found[ledger.subject(patient, None)] = (patient, None)
    return found


def _tell_of_people(patient: str) -> None:
    people = Document.objects.filter(patient=patient, type__in=("Patient", "RelatedPerson"))
    for type_, ident in [*people.values_list("type", "logical_id"), ("Patient", patient)]:
        events.emit("person.erased", person=f"{type_}/{ident}")


def _contents(found: QuerySet[Document]) -> list[tuple[Document, dict[str, Any] | None]]:
    """With what they say, for those who follow them; None where that cannot be read any more."""
    said: list[tuple[Document, dict[str, Any] | None]] = []
    for document in found:
        try:
            said.append((document, document.content))
        except vault.Unreadable:
            said.append((document, None))
    return said


def _delete(found: QuerySet[Document]) -> int:
    """Documents with all that hangs on them."""
    keys = list(found.values_list("pk", flat=True))
    for at in range(0, len(keys), BATCH):
        Document.objects.filter(pk__in=keys[at : at + BATCH]).delete()
    return len(keys)
