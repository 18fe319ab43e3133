"""What comes in by import is marked: the system client reads it, and none of it grants anything to anybody."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from patients.access.models import Imported
from patients.records.models import Document

IMPORT: Final = "Import"  # custodian of what was imported for nobody: for the system client only


def mark(documents: Iterable[Document]) -> None:
    """Remember that these documents came in by import: given to the store as `note`, so that nothing precedes it."""
    Imported.objects.bulk_create(Imported(document=document) for document in documents)


def among(documents: Iterable[Document]) -> set[int]:
    """The primary keys of those that came in by import; at most one statement."""
    found = list(documents)
    own = {document.pk for document in found if document.custodian == IMPORT}
    others = [document.pk for document in found if document.custodian != IMPORT]
    if others:
        own.update(Imported.objects.filter(document_id__in=others).values_list("document_id", flat=True))
    return own


def is_imported(document: Document) -> bool:
    """Whether it came in by import. It stays so whoever changes it later."""
    if document.custodian == IMPORT:
        return True
    return Imported.objects.filter(document_id=document.pk).exists()
