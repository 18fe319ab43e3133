"""Pages of documents and of what providers serve beside them, as one list in the order of their moments.

Each source goes on behind what was shown of it, so whatever is written meanwhile, every match is shown once.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, Protocol

from patients import vault
from patients.access import Repository
from patients.errors import Invalid
from patients.fhir import provided, registry
from patients.fhir.provided import Place, Provided
from patients.records import history, search
from patients.records.definitions import SERVED
from patients.records.history import Wanted
from patients.records.index.dates import microseconds
from patients.records.models import Document
from patients.records.search import Day, Query

END: Final = "end"  # of the documents
LONGEST_CURSOR: Final = 4_000

Row = Document | Provided
Find = Callable[[Place | None, int], Sequence[Provided]]  # what a provider has behind a place, at most so many

_PURPOSE: Final = "merged page"


@dataclass(frozen=True, slots=True)
class Found:
    """One page."""

    rows: Sequence[Row]
    total: int | None
    next: str | None


def found(records: Repository, queries: Sequence[Query]) -> Found:
    """The page that a search asks for, or one across several types with a query for each. Raises Invalid."""
    if len(queries) > 1:
        queries = [query if query.sort else replace(query, sort=search.LATELY) for query in queries]
    sources = [(query, provider) for query in queries for provider in registry.providers(query.type)]
    if not sources:
        page = records.peek(queries)
        records.saw("search", page.rows, queries)
        return Found(page.rows, page.total, page.next)
    asked = queries[0]
    documents = _Listed(
        search.fingerprint(queries),
        asked.cursor,
        search.PAGE if asked.count is None else asked.count,
        page=lambda cursor: records.peek([replace(query, cursor=cursor) for query in queries]),
        cursor_after=partial(search.cursor_after, queries),
        changed=bool(asked.sort) and asked.sort[0].name == "_lastUpdated",
        newest_first={provided.descending(query) for query, _ in sources}.pop(),
    )
    merged = _merged(documents, {one.prefix: partial(one.find, records, query) for query, one in sources})
    records.saw("search", merged.shown, queries)
    total = merged.total
    if merged.first and total is not None:
        most = None if asked.total in ("accurate", "estimate") else search.COUNTED + 1
        total += sum(one.count(records, query, most) for query, one in sources)
        total = total if most is None or total < most else None
    return Found(merged.shown, total, merged.following(total))


def changes(records: Repository, wanted: Wanted) -> Found:
    """A page of what was written of a type, or of all: rows of providers were written once. Raises Invalid."""
    queries = [Query(type_, changed=_changed(wanted), sort=search.LATELY) for type_ in _types(wanted)]
    sources = [(query, one) for query in queries for one in registry.providers(query.type)]
    documents = _Listed(
        f"history {wanted.name}",
        wanted.cursor,
        history.PAGE if wanted.count is None else wanted.count,
        page=lambda cursor: records.peek_changes(replace(wanted, cursor=cursor)),
        cursor_after=lambda place, _total: history.cursor_after(wanted, place),
    )
    merged = _merged(documents, {one.prefix: partial(one.find, records, query) for query, one in sources})
    records.saw("history", merged.shown)
    whole = merged.first and not merged.more and bool(merged.shown)
    return Found(merged.shown, len(merged.shown) if whole else None, merged.following(None))


def _types(wanted: Wanted) -> Sequence[str]:
    return [wanted.type] if wanted.type else sorted(SERVED)


def _changed(wanted: Wanted) -> tuple[tuple[Day, ...], ...]:
    """When rows must have been written that never change: the same as for versions of documents."""
    since = () if wanted.since is None else ((Day("sa", wanted.since, wanted.since, ""),),)
    return since if wanted.during is None else (*since, (Day("lt", wanted.during[1], wanted.during[1], ""),))


class Part(Protocol):
    """A page of documents alone."""

    @property
    def rows(self) -> list[Document]: ...
    @property
    def places(self) -> Sequence[Sequence[Any]]: ...
    @property
    def total(self) -> int | None: ...
    @property
    def next(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class _Listed:
    """Documents that have pages of their own, as they are asked for here."""

    name: str  # the same for all pages of this list
    cursor: str | None  # behind which the page begins
    count: int  # of rows on a page
    page: Callable[[str | None], Part]  # of the documents alone, behind a cursor of theirs
    cursor_after: Callable[[Sequence[Any], int | None], str]  # of theirs: behind a place, with the total
    changed: bool = True  # in the order of the last change
    newest_first: bool = True


@dataclass(frozen=True, slots=True)
class _Merged:
    """The rows of a page, and how much of each source stands up to its end."""

    name: str
    shown: Sequence[Row]
    more: bool
    documents: str | None  # a cursor, None at the beginning, or END
    others: dict[str, Place]
    total: int | None
    first: bool

    def following(self, total: int | None) -> str | None:
        """The cursor behind this page."""
        if not self.more:
            return None
        told = {"of": self.name, "documents": self.documents, "others": self.others, "total": total}
        return vault.sealed_token(_PURPOSE, told)


def _merged(documents: _Listed, others: Mapping[str, Find]) -> _Merged:
    """The page behind the cursor: as many of each source as it may hold, then the first of them all."""
    behind, count = _opened(documents.name, documents.cursor), documents.count
    places = {prefix: Place(*place) for prefix, place in behind["others"].items()}
    part: Part = search.Page() if behind["documents"] == END else documents.page(behind["documents"])
    rows: list[Sequence[Row]] = [part.rows]
    if count:
        rows += [find(places.get(prefix), count + 1) for prefix, find in others.items()]
    key = _moment_changed if documents.changed else _moment
    merged = list(heapq.merge(*rows, key=key, reverse=documents.newest_first))
    shown = merged[:count]
    whose = {id(row): prefix for prefix, found in zip(others, rows[1:], strict=False) for row in found}
    kept = sum(isinstance(row, Document) for row in shown)
    if kept == len(part.rows):
        after: str | None = part.next or END
    else:
        after = documents.cursor_after(part.places[kept - 1], part.total) if kept else behind["documents"]
    return _Merged(
        documents.name,
        shown,
        bool(count) and (len(merged) > count or part.next is not None),
        after,
        {**places, **{whose[id(row)]: row.place for row in shown if isinstance(row, Provided)}},
        behind["total"] if documents.cursor else part.total,
        documents.cursor is None,
    )


def _moment(row: Row) -> int:
    return row.place.moment if isinstance(row, Provided) else row.moment


def _moment_changed(row: Row) -> int:
    return row.place.moment if isinstance(row, Provided) else microseconds(row.updated_at)


def _opened(name: str, cursor: str | None) -> dict[str, Any]:
    if cursor is None:
        return {"documents": None, "others": {}, "total": None}
    try:
        if len(cursor) > LONGEST_CURSOR:
            raise vault.Unreadable("too long")
        told: dict[str, Any] = vault.opened_token(_PURPOSE, cursor)
    except vault.Unreadable:
        told = {}
    if told.get("of") != name:
        raise Invalid("This link to the next page belongs to another list. Begin again.", where=search.CURSOR)
    return told
