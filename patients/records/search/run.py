"""Running a search: one statement for a page, another where it is counted."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

from django.db import connection

from patients import vault
from patients.errors import Invalid
from patients.records.index.dates import moment
from patients.records.models import Document
from patients.records.search.compare import Sql
from patients.records.search.compartments import is_in_compartment, patients_in
from patients.records.search.keys import MOST_PATIENTS, Patients
from patients.records.search.parse import CURSOR
from patients.records.search.plan import After, Plan, counting, page, plan, together
from patients.records.search.query import Page, Query, Scope, Sort
from patients.records.search.ways import Reach
from patients.records.store import loaded

PAGE: Final = 50
COUNTED: Final = 1_000  # a narrow search is counted up to here without being asked to
LONGEST_CURSOR: Final = 4_000
LONGEST_WRITE: Final = timedelta(hours=1)
LATELY: Final = (Sort("_lastUpdated", descending=True),)


def run(
    query: Query,
    scope: Scope,
    *,
    count: int | None = None,
    beyond: Scope | None = None,
    visible_patients: Patients | None = None,
    weighs: bool = True,
) -> Page:
    """The page of documents that the query asks for, among those that the scope lets through.

    `count` overrides the query's own. `beyond` is the scope of documents that chains lead to, where `scope` holds for
    one patient's only. `visible_patients` gives the patients whose documents of a type may be seen, where the caller
    knows them; they are asked for only when a search of sealed codes names no patient. Without `weighs` no codes and
    references are counted to see which of them leads: for searches that are known to find few. Raises Invalid.
    """
    reach = _reach(query, beyond or scope, visible_patients, weighs=weighs)
    return _answered([query], [plan(query, scope, reach)], count)


def run_across(
    queries: Sequence[Query], scope: Scope, *, count: int | None = None, beyond: Scope | None = None
) -> Page:
    """The page of documents of several types, one query for each, all of the same parameters; with one statement.

    What was changed last comes first, unless all queries ask for another order. Raises Invalid.
    """
    if not queries:
        return Page(total=0)
    lately = [query if query.sort else replace(query, sort=LATELY) for query in queries]
    return _answered(lately, [plan(query, scope, _reach(query, beyond or scope)) for query in lately], count)


def _answered(queries: Sequence[Query], plans: Sequence[Plan], count: int | None) -> Page:
    asked = queries[0]
    count = _first(count, asked.count, PAGE)
    after, total = _continued(queries)
    if count == 0:
        return Page(total=None if asked.total == "none" else _counted(plans, None))
    keys = len(plans[0].order)
    found = _fetched(page(plans, after, count + 1))
    rows = found[:count]
    places = [(*row[:keys], *((after.seen, after.long_ago) if after else (row[keys], _long_ago()))) for row in rows]
    documents = [loaded(row[keys + 1 :]) for row in rows]
    more = len(found) > count
    if asked.total == "none":
        total = None
    elif asked.total == "accurate" or (total is None and after is None):
        total = _total(asked, plans, None if more or after is not None else len(rows))
    following = cursor_after(queries, places[-1], total) if more else None
    vault.open_keys(document.key for document in documents)
    return Page(documents, total, following, places)


def number_of(query: Query, scope: Scope, *, beyond: Scope | None = None) -> Sql:
    """The statement that counts what the query finds, for who asks it with others. Raises Invalid."""
    return counting([plan(query, scope, _reach(query, beyond or scope, weighs=False))], None)


def run_together(queries: Sequence[Query], scope: Scope) -> list[list[Document]]:
    """The first page of each of several searches, with one statement: what a page shows of several types.

    Nothing is counted and there is no next page. Raises Invalid.
    """
    arms: list[str] = []
    params: list[Any] = []
    for number, query in enumerate(queries):
        chosen = plan(query, scope, _reach(query, scope, weighs=False))
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


def _reach(query: Query, scope: Scope, patients: Patients | None = None, *, weighs: bool = True) -> Reach:
    def visible(type_: str) -> Sequence[str]:
        if type_ == query.type and is_in_compartment(query):
            return patients_in(query, scope)
        return patients(type_) if patients else _patients(type_, scope)

    return Reach(scope, visible, stored_moment, lambda statement: int(_fetched(statement)[0][0]), weighs)


def _first(*given: int | None) -> int:
    return next(each for each in given if each is not None)


def _fetched(statement: Sql) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def _total(asked: Query, plans: Sequence[Plan], known: int | None) -> int | None:
    """How many there are on all pages: counted when asked for, and otherwise where that costs little."""
    if known is not None:
        return known
    if asked.total in ("accurate", "estimate"):
        return _counted(plans, None)
    if not all(chosen.narrow for chosen in plans):
        return None
    counted = _counted(plans, COUNTED + 1)
    return counted if counted <= COUNTED else None


def _counted(plans: Sequence[Plan], most: int | None) -> int:
    return sum(int(row[0]) for row in _fetched(counting(plans, most)))


def _patients(type_: str, scope: Scope) -> list[str]:
    """The patients of all visible documents of the type; one more than can be searched, where there are more.

    From each patient to the next, and of each up to the first document that may be seen: not through all documents.
    """
    first = "SELECT MIN(n.patient) FROM records_document n WHERE n.type = %s"
    following = f"SELECT ({first} AND n.patient > w.patient) FROM everybody w WHERE w.patient IS NOT NULL"
    visible = f"d.type = %s AND d.patient = w.patient AND NOT d.deleted AND ({scope.sql})"
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE everybody(patient) AS ({first} UNION ALL {following}) SELECT w.patient FROM everybody w "
            f"WHERE EXISTS (SELECT 1 FROM records_document d WHERE {visible} LIMIT 1 OFFSET 0) LIMIT %s",
            (type_, type_, type_, *cast(Sequence[Any], scope.params), MOST_PATIENTS + 1),
        )
        return [row[0] for row in cursor.fetchall()]


def stored_moment(since_1970: int) -> Any:
    """Microseconds as the database keeps a moment; the nearest one that it can keep."""
    return connection.ops.adapt_datetimefield_value(moment(since_1970))


def fingerprint(queries: Sequence[Query]) -> str:
    """Another query, another order: a cursor of one is of no use for another."""
    pairs = [f"{name}={value}" for name, value in sorted(queries[0].pairs) if name != "_count"]
    text = "\n".join([*(query.type for query in queries), *pairs])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def cursor_after(queries: Sequence[Query], keys: Sequence[Any], total: int | None) -> str:
    """The cursor of the page that begins after the row of this place (`Page.places`)."""
    kept = [str(key) if isinstance(key, datetime) else key for key in keys]  # as SQLite keeps moments
    return vault.sealed_token("search cursor", {"query": fingerprint(queries), "after": kept, "total": total})


def _long_ago() -> Any:
    """No write that began before this moment is still under way."""
    return connection.ops.adapt_datetimefield_value(datetime.now(UTC) - LONGEST_WRITE)


def _continued(queries: Sequence[Query]) -> tuple[After | None, int | None]:
    """Where the page before ended, and the total that was counted on the first one."""
    given = queries[0].cursor
    if given is None:
        return None, None
    try:
        if len(given) > LONGEST_CURSOR:
            raise vault.Unreadable("too long")
        payload = vault.opened_token("search cursor", given)
    except vault.Unreadable:
        payload = {}
    if payload.get("query") != fingerprint(queries):
        raise Invalid("This link to the next page belongs to another search. Begin the search again.", where=CURSOR)
    *keys, seen, long_ago = payload["after"]
    return After(keys, seen, long_ago), payload["total"]
