"""What became of documents: versions of one, and the writes of one, of a type, or of all, page by page.

A page is one statement over the changes, the newest first, within what may be seen; bodies are fetched for it alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection

from patients import vault
from patients.errors import Invalid, Missing
from patients.records import superseded
from patients.records.models import Document
from patients.records.search import CURSOR, Scope, stored_moment
from patients.records.store import COLUMNS, SELECTED, loaded
from patients.records.superseded import as_it_was

PAGE: Final = 50
LOOKED_AT: Final = 20_000  # writes, for a page of who may see few of them
_LONGEST_CURSOR: Final = 2_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which writes: of one document, of the documents of a type, of all. Moments are microseconds since 1970.

    `since`: written then or later. `during`: versions that were the current one at some moment from the first up to but
    without the second.
    """

    type: str | None = None
    logical_id: str | None = None
    since: int | None = None
    during: tuple[int, int] | None = None
    count: int | None = None
    cursor: str | None = None

    @property
    def name(self) -> str:
        """The same for all pages of one history."""
        return f"{self.type or ''}/{self.logical_id or ''} {self.since} {self.during}"


@dataclass(frozen=True, slots=True)
class Past:
    """One page: each row a document as it was then; the total where it was counted, and the cursor of what follows."""

    rows: list[Document] = field(default_factory=list)
    total: int | None = None
    next: str | None = None
    places: list[tuple[Any, ...]] = field(default_factory=list)  # of the rows, see cursor_after


def versions(document: Document) -> list[Document]:
    """All versions, the newest first, each as a Document of that time; tombstones are `deleted`."""
    return [document, *(as_it_was(document, row) for row in _superseded(document, "", []))]


def version(document: Document, number: int) -> Document:
    """One version. Raises Missing."""
    if number == document.version:
        return document
    for row in _superseded(document, " AND version = %s", [number]):
        return as_it_was(document, row)
    raise no_version(document, number)


def no_version(document: Document, number: int) -> Missing:
    """What is said where there is no such version."""
    return Missing(f"{document.reference} has no version {number}.")


def page(wanted: Wanted, scope: Scope, *, most: int | None = None) -> Past:
    """A page of the writes that are wanted, of documents that the scope lets through. Raises Invalid.

    The history of one document is counted; another one only where a page holds it all. With `most`, no more than so
    many writes are looked at for this page: where few of them are in scope it holds fewer rows, and leads on.
    """
    count = PAGE if wanted.count is None else wanted.count
    where, params = _conditions(wanted, scope)
    total = _counted(where, params) if wanted.logical_id is not None else None
    if count == 0:
        return Past(total=total)
    after = _opened(wanted)
    end = None if most is None or wanted.logical_id is not None else _end(wanted, after, most)
    if end is not None:
        where, params = f"{where} AND (c.at, c.seq) >= (%s, %s)", [*params, *end]
    found = _fetched(where, params, after, count + 1)
    rows = [_loaded(row) for row in found[:count]]
    vault.open_keys(one.key for one in rows if not one.deleted)
    more = len(found) > count
    if total is None and after is None and not more and end is None:
        total = len(rows)
    places = [row[:2] for row in found[:count]]
    last = places[-1] if more else end
    return Past(rows, total, cursor_after(wanted, last) if last is not None else None, places)


def _end(wanted: Wanted, after: list[Any] | None, most: int) -> Sequence[Any] | None:
    """The place of the last write that is looked at, None where there are no more than so many."""
    parts, params = ["1 = 1"], list[Any]()
    if wanted.type is not None:
        parts.append("type = %s")
        params.append(wanted.type)
    if wanted.since is not None:
        parts.append("at >= %s")
        params.append(stored_moment(wanted.since))
    if after is not None:
        parts.append("(at, seq) < (%s, %s)")
        params += after
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT at, seq FROM records_change WHERE {' AND '.join(parts)} ORDER BY at DESC, seq DESC"
            " LIMIT 1 OFFSET %s",
            [*params, most - 1],
        )
        found: Sequence[Any] | None = cursor.fetchone()
        return found


def _conditions(wanted: Wanted, scope: Scope) -> tuple[str, list[Any]]:
    parts, params = ["d.id = c.document_id"], list[Any]()
    if wanted.type is not None and wanted.logical_id is None:
        parts.append("c.type = %s")
        params.append(wanted.type)
    if wanted.since is not None:
        parts.append("c.at >= %s")
        params.append(stored_moment(wanted.since))
    if wanted.during is not None:
        first, end = wanted.during
        parts.append(
            "c.at < %s AND NOT EXISTS (SELECT 1 FROM records_change n WHERE n.document_id = c.document_id"
            " AND n.version = c.version + 1 AND n.at <= %s)"
        )
        params += [stored_moment(end), stored_moment(first)]
    return " AND ".join([*parts, f"({scope.sql})"]), [*params, *scope.params]


def _fetched(where: str, params: list[Any], after: list[Any] | None, count: int) -> list[tuple[Any, ...]]:
    """Rows of moment, number, the document's columns, and those of the version if it was superseded."""
    if after is not None:
        where += " AND (c.at, c.seq) < (%s, %s)"
        params = [*params, *after]
    columns = ", ".join([SELECTED, *(f"v.{name}" for name in superseded.COLUMNS)])
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT h.at, h.seq, {columns} FROM (SELECT c.at, c.seq, c.document_id, c.version"
            f" FROM records_change c CROSS JOIN records_document d WHERE {where}"
            " ORDER BY c.at DESC, c.seq DESC LIMIT %s) h CROSS JOIN records_document d"
            " LEFT JOIN records_version v ON v.document_id = h.document_id AND v.version = h.version"
            " WHERE d.id = h.document_id ORDER BY h.at DESC, h.seq DESC",
            [*params, count],
        )
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def _counted(where: str, params: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM records_change c CROSS JOIN records_document d WHERE {where}", params)
        return int(cursor.fetchone()[0])


def _loaded(row: Sequence[Any]) -> Document:
    document = loaded(row[2 : 3 + len(COLUMNS)])
    before = row[3 + len(COLUMNS) :]
    return document if before[0] is None else as_it_was(document, before)


def _superseded(document: Document, condition: str, params: list[int]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(superseded.COLUMNS)} FROM records_version "
            f"WHERE document_id = %s{condition} ORDER BY version DESC",
            [document.pk, *params],
        )
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def cursor_after(wanted: Wanted, place: Sequence[Any]) -> str:
    """The cursor of the page that begins after the row at this place."""
    return vault.sealed_token("history cursor", {"of": wanted.name, "after": [str(place[0]), place[1]]})


def _opened(wanted: Wanted) -> list[Any] | None:
    """The moment and number of the last row of the page before."""
    if wanted.cursor is None:
        return None
    try:
        if len(wanted.cursor) > _LONGEST_CURSOR:
            raise vault.Unreadable("too long")
        payload = vault.opened_token("history cursor", wanted.cursor)
    except vault.Unreadable:
        payload = {}
    if payload.get("of") != wanted.name:
        raise Invalid("This link to the next page belongs to another history. Begin again.", where=CURSOR)
    after: list[Any] = payload["after"]
    return after
