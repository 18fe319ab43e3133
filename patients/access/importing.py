"""What comes in by import is marked: the system client reads it, and none of it grants anything to anybody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from patients.access.models import Imported
from patients.records.models import Document

IMPORT: Final = "Import"  # custodian of what was imported for nobody: for the system client only
_running: ContextVar[bool] = ContextVar("an import is being written", default=False)


@contextmanager
def marked() -> Iterator[None]:
    """Documents that are created inside are imported ones, from their first projection on. Then call `mark`."""
    token = _running.set(True)
    try:
        yield
    finally:
        _running.reset(token)


def mark(documents: Iterable[Document]) -> None:
    """Remember that these documents came in by import."""
    Imported.objects.bulk_create(Imported(document=document) for document in documents)


def is_imported(document: Document) -> bool:
    """Whether it came, or is just coming, in by import. It stays so whoever changes it later."""
    if document.custodian == IMPORT:
        return True
    if _running.get() and document.version == 1:
        return True
    return Imported.objects.filter(document_id=document.pk).exists()
