"""Superseded versions as documents: each as it was then."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from patients.database import rows
from patients.records.models import Document
from patients.records.store import aware

COLUMNS: Final = ("version", "updated_at", "deleted", "category", "key", "body")
_ASKED: Final = (
    f"SELECT v.document_id, {', '.join(f'v.{name}' for name in COLUMNS)} FROM {{rows}} r CROSS JOIN records_version v"
    " WHERE v.document_id = r.column1 AND v.version = r.column2"
)


def as_it_was(document: Document, row: Sequence[Any]) -> Document:
    """The document at the time of this row of COLUMNS."""
    was = document.unread()
    was.version, updated_at, deleted, was.category, was.key, body = row
    was.updated_at, was.deleted, was.body = aware(updated_at), bool(deleted), bytes(body)
    return was


def those(wanted: Iterable[tuple[Document, int]]) -> list[Document]:
    """These versions of these documents, as far as there are such; tombstones are among them. One statement at most."""
    asked = list(wanted)
    current = [document for document, number in asked if number == document.version]
    by_pk = {document.pk: document for document, _ in asked}
    before = [(document.pk, number) for document, number in asked if number < document.version]
    found: list[Document] = []
    for at in range(0, len(before), rows.MOST_VALUES // 2):
        part = rows.select(_ASKED, ("bigint", "integer"), before[at : at + rows.MOST_VALUES // 2])
        found += [as_it_was(by_pk[row[0]], row[1:]) for row in part]
    return [*current, *found]
