"""What was seen in one look, as log entries: one per patient, ids only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from patients import audit
from patients.records.models import Compartment, Document

_Version = tuple[str, int]  # reference and number


class Seen(Protocol):
    """What was shown: a document, or a resource that is made of another row (a chat message)."""

    @property
    def type(self) -> str: ...
    @property
    def logical_id(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def patient(self) -> str | None: ...
    @property
    def reference(self) -> str: ...


class Look:
    """Gathers what one page, search or read has shown."""

    def __init__(self) -> None:
        self._seen: dict[_Version, Seen] = {}
        self._others: dict[str, dict[_Version, Document]] = {}  # by patient: what names them, too, or did
        self._told: dict[str, str] = {}

    def add(self, documents: Iterable[Seen]) -> None:
        """These were shown; twice shown is shown once."""
        for document in documents:
            version = document.reference, document.version
            self._seen[version] = document
            if isinstance(document, Document):
                for patient in document.named - {document.patient}:
                    self._others.setdefault(patient, {})[version] = document

    def told_of(self, patients: Iterable[str], type_: str) -> None:
        """That of these patients nothing of this type was shown, but said: there is none, or so many."""
        for patient in patients:
            self._told[patient] = type_ if self._told.get(patient, type_) == type_ else ""

    def entries(self, action: str, source: str) -> list[audit.Entry]:
        """One entry per patient; documents that concern nobody share one."""
        by_patient: dict[str | None, dict[_Version, Seen]] = {}
        for version, document in self._seen.items():
            by_patient.setdefault(document.patient, {})[version] = document
        documents = [each for each in self._seen.values() if isinstance(each, Document)]
        for patient, document in _others_concerned(documents):
            by_patient.setdefault(patient, {})[document.reference, document.version] = document
        for patient, others in self._others.items():
            by_patient[patient] = {**others, **by_patient.get(patient, {})}
        shown = [_entry(action, source, patient, [*seen.values()]) for patient, seen in by_patient.items()]
        told = {patient: type_ for patient, type_ in self._told.items() if patient not in by_patient}
        return [
            *shown,
            *(audit.Entry(action, "done", patient, type_, source=source) for patient, type_ in told.items()),
        ]


def concerned(document: Document) -> list[str | None]:
    """Every patient whom a document concerns; None alone if it concerns nobody."""
    others = [patient for patient, _ in _others_concerned([document])]
    return [document.patient, *others] if document.patient or not others else list(others)


def _others_concerned(documents: Sequence[Document]) -> list[tuple[str, Document]]:
    """Patients beside `Document.patient`, of the types that may concern several (one statement, or none)."""
    several = {document.pk: document for document in documents if document.type in _OF_SEVERAL}
    if not several:
        return []
    found = Compartment.objects.filter(document_id__in=several).values_list("patient", "document_id")
    return [(patient, several[pk]) for patient, pk in found if patient != several[pk].patient]


_OF_SEVERAL = frozenset({"Group", "Person", "Appointment", "AppointmentResponse", "Bundle", "Schedule", "Provenance"})


def _entry(action: str, source: str, patient: str | None, seen: Sequence[Seen]) -> audit.Entry:
    if len(seen) == 1:
        one = seen[0]
        return audit.Entry(action, "done", patient, one.type, one.logical_id, one.version, source=source)
    types = {document.type for document in seen}
    if len(types) == 1:
        ids = " ".join(dict.fromkeys(document.logical_id for document in seen))
        return audit.Entry(action, "done", patient, types.pop(), source=source, detail=ids)
    references = " ".join(dict.fromkeys(one.reference for one in seen))
    return audit.Entry(action, "done", patient, source=source, detail=references)
