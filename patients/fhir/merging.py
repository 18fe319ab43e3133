"""A page of documents and of what providers serve beside them, as one list in the order of their moments.

Each source goes on behind what was shown of it, so whatever is written meanwhile, every match is shown once.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from patients import vault
from patients.access import Repository
from patients.errors import Finding, Invalid
from patients.fhir import provided, registry
from patients.fhir.provided import Place, Provided
from patients.fhir.registry import Provider
from patients.records import search
from patients.records.index.dates import microseconds
from patients.records.models import Document
from patients.records.search import Page, Query

CURSOR: Final = "_cursor"  # understood by patients.records.search
END: Final = "end"  # of the documents
LONGEST_CURSOR: Final = 4_000

Row = Document | Provided

_PURPOSE: Final = "merged search"


@dataclass(frozen=True, slots=True)
class Found:
    """One page."""

    rows: Sequence[Row]
    total: int | None
    next: str | None

    @property
    def documents(self) -> list[Document]:
        return [row for row in self.rows if isinstance(row, Document)]


@dataclass(frozen=True, slots=True)
class _Behind:
    """How much of each source was shown: a cursor among the documents, a place in each other source."""

    documents: str | None
    others: dict[str, Place]
    total: int | None

    @property
    def first(self) -> bool:
        return self.documents is None and not self.others


def found(records: Repository, queries: Sequence[Query]) -> Found:
    """The page that a search asks for, or one across several types with a query for each. Raises Invalid."""
    if len(queries) > 1:
        queries = [query if query.sort else replace(query, sort=search.LATELY) for query in queries]
    sources = [(query, provider) for query in queries for provider in registry.providers(query.type)]
    if not sources:
        page = records.peek(queries)
        records.saw("search", page.rows)
        return Found(page.rows, page.total, page.next)
    return _merged(records, queries, sources)


def _merged(records: Repository, queries: Sequence[Query], sources: Sequence[tuple[Query, Provider]]) -> Found:
    asked = queries[0]
    behind, count = _opened(queries), search.PAGE if asked.count is None else asked.count
    newest_first = {provided.descending(query) for query, _ in sources}.pop()
    page = Page()
    if behind.documents != END:
        page = records.peek([replace(query, cursor=behind.documents) for query in queries])
    rows: list[list[Row]] = [list(page.rows)]
    if count:
        rows += [list(each.find(records, query, behind.others.get(each.prefix), count + 1)) for query, each in sources]
    merged = list(heapq.merge(*rows, key=_key(asked), reverse=newest_first))
    shown = merged[:count]
    records.saw("search", shown)
    total = behind.total
    if behind.first and page.total is not None:
        most = None if asked.total in ("accurate", "estimate") else search.COUNTED + 1
        total = page.total + sum(each.count(records, query, most) for query, each in sources)
        total = total if most is None or total < most else None
    more = bool(count) and (len(merged) > count or page.next is not None)
    return Found(shown, total, _sealed(queries, page, shown, behind, total) if more else None)


def _key(query: Query) -> Callable[[Row], int]:
    """The moment by which the rows of all sources are ordered, in microseconds."""
    changed = bool(query.sort) and query.sort[0].name == "_lastUpdated"

    def moment(row: Row) -> int:
        if isinstance(row, Provided):
            return row.place.moment
        return microseconds(row.updated_at) if changed else row.moment

    return moment


def _sealed(queries: Sequence[Query], page: Page, shown: Sequence[Row], behind: _Behind, total: int | None) -> str:
    """The cursor behind these rows."""
    documents = [row for row in shown if isinstance(row, Document)]
    if len(documents) == len(page.rows):
        cursor: str | None = page.next or END
    elif documents:
        cursor = search.cursor_after(queries, page.places[len(documents) - 1], page.total)
    else:
        cursor = behind.documents
    others = {**behind.others, **{_prefix(row): row.place for row in shown if isinstance(row, Provided)}}
    told = {"query": search.fingerprint(queries), "documents": cursor, "others": others, "total": total}
    return vault.sealed_token(_PURPOSE, told)


def _prefix(row: Provided) -> str:
    provider = registry.provider_of(row.type, row.logical_id)
    assert provider is not None
    return provider.prefix


def _opened(queries: Sequence[Query]) -> _Behind:
    given = queries[0].cursor
    if given is None:
        return _Behind(None, {}, None)
    try:
        if len(given) > LONGEST_CURSOR:
            raise vault.Unreadable("too long")
        told: dict[str, Any] = vault.opened_token(_PURPOSE, given)
    except vault.Unreadable:
        told = {}
    if told.get("query") != search.fingerprint(queries):
        words = "This link to the next page belongs to another search. Begin the search again."
        raise Invalid(words, Finding(words, "invalid", CURSOR))
    return _Behind(
        told["documents"], {prefix: Place(*place) for prefix, place in told["others"].items()}, told["total"]
    )
