"""Running a search: one statement for a page, another where it is counted."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

from django.db import connection

from patients import vault
from patients.errors import Finding, Invalid
from patients.records.index.dates import microseconds
from patients.records.models import Document
from patients.records.search.keys import MOST_PATIENTS, Patients
from patients.records.search.plan import Plan, counting, page, plan, together
from patients.records.search.query import Page, Query, Scope
from patients.records.search.ways import Reach
from patients.records.store import loaded

PAGE: Final = 50
COUNTED: Final = 1_000  # a narrow search is counted up to here without being asked to
LONGEST_CURSOR: Final = 2_000

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST: Final = microseconds(datetime.max.replace(tzinfo=UTC))


def run(
    query: Query,
    scope: Scope,
    *,
    count: int | None = None,
    beyond: Scope | None = None,
    visible_patients: Patients | None = None,
) -> Page:
    """The page of documents that the query asks for, among those that the scope lets through.

    `count` overrides the query's own. `beyond` is the scope of documents that chains lead to, where `scope` holds for
    one patient's only. `visible_patients` gives the patients whose documents of a type may be seen, where the caller
    knows them; they are asked for only when a search of sealed codes names no patient. Raises Invalid.
    """
    count = _first(count, query.count, PAGE)
    chosen = plan(query, scope, _reach(beyond or scope, visible_patients))
    after, total = _continued(query)
    if count == 0:
        return Page(total=None if query.total == "none" else _counted(chosen, None))
    found = _fetched(chosen, after, count + 1)
    rows = found[:count]
    documents = [loaded(row[len(chosen.order) :]) for row in rows]
    more = len(found) > count
    if query.total == "none":
        total = None
    elif query.total == "accurate" or (total is None and after is None):
        total = _total(query, chosen, None if more or after is not None else len(rows))
    following = _cursor(query, rows[-1][: len(chosen.order)], total) if more else None
    vault.open_keys(document.key for document in documents)
    return Page(documents, total, following)


def run_together(queries: Sequence[Query], scope: Scope) -> list[list[Document]]:
    """The first page of each of several searches, with one statement: what a page shows of several types.

    Nothing is counted and there is no next page. Raises Invalid.
    """
    arms: list[str] = []
    params: list[Any] = []
    for number, query in enumerate(queries):
        chosen = plan(query, scope, _reach(scope))
        arm = together(chosen, number, _first(query.count, PAGE))
        arms.append(arm.text)
        params += arm.params
    found: list[list[Document]] = [[] for _ in queries]
    if arms:
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(arms) + " ORDER BY arm, place", params)
            for row in cursor.fetchall():
                found[row[0]].append(loaded(row[2:]))
    vault.open_keys(document.key for documents in found for document in documents)
    return found


def _reach(scope: Scope, patients: Patients | None = None) -> Reach:
    return Reach(scope, patients or (lambda type_: _patients(type_, scope)), _stored)


def _first(*given: int | None) -> int:
    return next(each for each in given if each is not None)


def _fetched(chosen: Plan, after: Sequence[Any] | None, count: int) -> list[tuple[Any, ...]]:
    statement = page(chosen, after, count)
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def _total(query: Query, chosen: Plan, known: int | None) -> int | None:
    """How many there are on all pages: counted when asked for, and otherwise where that costs little."""
    if known is not None:
        return known
    if query.total in ("accurate", "estimate"):
        return _counted(chosen, None)
    if not chosen.narrow:
        return None
    counted = _counted(chosen, COUNTED + 1)
    return counted if counted <= COUNTED else None


def _counted(chosen: Plan, most: int | None) -> int:
    statement = counting(chosen, most)
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        return int(cursor.fetchone()[0])


def _patients(type_: str, scope: Scope) -> list[str]:
    """The patients of all visible documents of the type; one more than can be searched, where there are more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT d.patient FROM records_document d WHERE d.type = %s AND d.patient IS NOT NULL "
            f"AND NOT d.deleted AND ({scope.sql}) LIMIT %s",
            (type_, *cast(Sequence[Any], scope.params), MOST_PATIENTS + 1),
        )
        return [row[0] for row in cursor.fetchall()]


def _stored(moment: int) -> Any:
    return connection.ops.adapt_datetimefield_value(_EPOCH + timedelta(microseconds=min(moment, _LAST)))


def _fingerprint(query: Query) -> str:
    """Another query, another order: a cursor of one is of no use for another."""
    text = "\n".join([query.type, *(f"{name}={value}" for name, value in sorted(query.pairs) if name != "_count")])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _cursor(query: Query, keys: Sequence[Any], total: int | None) -> str:
    kept = [str(key) if isinstance(key, datetime) else key for key in keys]  # as SQLite keeps moments
    return vault.sealed_token("search cursor", {"query": _fingerprint(query), "after": kept, "total": total})


def _continued(query: Query) -> tuple[list[Any] | None, int | None]:
    """The keys of the last row of the page before, and the total that was counted there."""
    if query.cursor is None:
        return None, None
    try:
        if len(query.cursor) > LONGEST_CURSOR:
            raise vault.Unreadable("too long")
        payload = vault.opened_token("search cursor", query.cursor)
    except vault.Unreadable:
        payload = {}
    if payload.get("query") != _fingerprint(query):
        words = "This link to the next page belongs to another search. Begin the search again."
        raise Invalid(words, Finding(words, "invalid", "_cursor"))
    return payload["after"], payload["total"]
