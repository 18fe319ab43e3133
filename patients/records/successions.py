"""The next version takes the place of the one before, which is kept: two statements, however many documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.db import connection

from patients.database import rows
from patients.errors import Conflict
from patients.records import marks
from patients.records.models import Document

_AT_ONCE: Final = 500
_KEPT: Final = "version, updated_at, deleted, category, key, body, moment"
_TYPES: Final = (  # of what `_values` gives
    "bigint", "integer", "integer", "timestamptz", "boolean", "text", "bigint", "bigint", "text", "bytea",
)  # fmt: skip


def follow(pairs: Sequence[tuple[Document, Document]]) -> None:
    """Keep what is superseded, then put what follows in its place. Raises Conflict where others were first."""
    parts = [pairs[first : first + _AT_ONCE] for first in range(0, len(pairs), _AT_ONCE)]
    for part in parts:
        _keep([before.pk for before, _ in part])
    for part in parts:
        _replace(part)


def _keep(numbers: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO records_version (document_id, {_KEPT}, replaced) SELECT id, {_KEPT}, {marks.of_this_write()}"
            f" FROM records_document WHERE id IN ({rows.places(len(numbers))})",
            list(numbers),
        )


def _replace(part: Sequence[tuple[Document, Document]]) -> None:
    mark = marks.of_this_write()
    replaced = rows.select(
        "UPDATE records_document SET version = n.column3, updated_at = n.column4, deleted = n.column5,"
        f" category = n.column6, moved = CASE WHEN moment = n.column7 THEN moved ELSE {mark} END, moment = n.column7,"
        f" until = n.column8, key = n.column9, body = n.column10, written = {mark} FROM {{rows}} n"
        " WHERE records_document.id = n.column1 AND records_document.version = n.column2 RETURNING records_document.id",
        _TYPES,
        [_values(before, after) for before, after in part],
    )
    done = {number for (number,) in replaced}
    if late := next((before for before, _ in part if before.pk not in done), None):
        raise Conflict(f"{late.reference} was changed meanwhile. Read it again, then decide.")


def _values(before: Document, after: Document) -> tuple[Any, ...]:
    changed_at = connection.ops.adapt_datetimefield_value(after.updated_at)
    return (
        before.pk, before.version, after.version, changed_at, after.deleted, after.category, after.moment, after.until,
        after.key, after.body,
    )  # fmt: skip
