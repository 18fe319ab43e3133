"""From a Query to one statement: the way to its documents (`ways`), in the order that is asked for.

The inner statement walks the narrow rows of one index in the order that is asked for and stops when a page is full;
only then are the documents themselves fetched. There is no `IN (SELECT …)`: it made SQLite 2,700 times slower.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from patients.records import marks
from patients.records.index.slots import main_date
from patients.records.models import NO_MOMENT
from patients.records.search.compare import Sql, any_of, both, either
from patients.records.search.predicates import FEW, OWN_SLOT
from patients.records.search.query import Query, Scope, Sort
from patients.records.search.ways import Reach, tested, way
from patients.records.store import SELECTED


@dataclass(frozen=True, slots=True)
class Order:
    """One key by which the found documents are ordered; the last one is always the document's own number."""

    expression: Sql
    descending: bool
    moved_by: str = ""  # the mark of the write that changed it last; empty for what never changes
    before: str = ""  # what it was in the superseded version `v`; empty where that is not known


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything about a search but the page that is wanted."""

    tables: str
    where: tuple[Sql, ...]
    order: tuple[Order, ...]
    distinct: bool
    narrow: bool  # finds few documents: to count them costs little
    tests: tuple[Sql, ...] = ()  # for a further page: all that must hold of a document that was moved meanwhile


def plan(query: Query, scope: Scope, reach: Reach) -> Plan:
    """Choose the way and the order. Raises Invalid."""
    found = way(query, scope, reach)
    tables = " CROSS JOIN ".join(f"{table} {alias}" for table, alias in found.tables)  # SQLite keeps this order
    order = _order(query, found.at, found.ident, alone=len(found.tables) == 1 and found.rank <= FEW)
    tests = tested(query, scope, reach) if query.cursor is not None else ()
    return Plan(tables, found.where, order, not found.unique, found.rank <= FEW, tests)


def _order(query: Query, at: str, ident: str, *, alone: bool) -> tuple[Order, ...]:
    """The newest first where nothing else is asked for; documents without a date count as the oldest.

    Where a type has no date they all count alike, and the walk along the index of dates is one along their numbers.
    `alone`: few documents are found by themselves, and must not be looked for along the order of all others.
    """
    keys = [_key(query, each, at, alone) for each in query.sort]
    if not keys:
        keys = [Order(Sql(f"{at}.moment"), True, "d.moved", "v.moment")]
    return (*keys, Order(Sql(ident), keys[0].descending, before="d.id"))


def _key(query: Query, sort: Sort, at: str, alone: bool) -> Order:
    if sort.name == "_id":
        return Order(_own("d.logical_id", alone), sort.descending, before="d.logical_id")
    if sort.name == "_lastUpdated":
        return Order(_own("d.updated_at", alone), sort.descending, "d.written", "v.updated_at")
    if sort.parameter is None or sort.parameter == main_date(query.type):
        return Order(Sql(f"{at}.moment"), sort.descending, "d.moved", "v.moment")
    furthest = "MAX" if sort.descending else "MIN"
    slots = any_of(OWN_SLOT, sort.parameter.numbers)
    value = f"SELECT {furthest}(x.lo) FROM records_date x WHERE x.document_id = d.id AND {slots.text}"
    return Order(Sql(f"COALESCE(({value}), %s)", (*slots.params, NO_MOMENT)), sort.descending, "d.written")


def _own(column: str, alone: bool) -> Sql:
    """The column; `alone` as an expression that no index is in the order of."""
    return Sql(f"COALESCE({column}, {column})" if alone else column)


@dataclass(frozen=True, slots=True)
class After:
    """Where a page begins: behind the row of these keys, in a search that began when `seen` was all that was seen.

    A document that was moved since then keeps the place in this search that it had: who pages on meets it there, once.
    `long_ago`: what was written before this moment was seen without asking.
    """

    keys: Sequence[Any]
    seen: str
    long_ago: Any


def page(plans: Sequence[Plan], after: After | None, count: int) -> Sql:
    """The statement for one page: the keys of the order, what it sees, then the columns of the document.

    Several plans, of the same order, are merged.
    """
    arms = [_arm(chosen, after, count) for chosen in plans]
    if after is not None:
        arms += [moved for chosen in plans for moved in _moved(chosen, after, count)]
    directions = tuple(order.descending for order in plans[0].order)
    params = tuple(value for arm in arms for value in arm.params)
    if len(arms) == 1:
        return Sql(_page_text(arms[0].text, directions), params)
    merged = " UNION ALL ".join(f"SELECT * FROM ({arm.text}) a{number}" for number, arm in enumerate(arms))
    return Sql(_page_text(f"{merged} ORDER BY {_ways('', directions)} LIMIT %s", directions), (*params, count))


def _arm(chosen: Plan, after: After | None, count: int) -> Sql:
    """The keys of what one plan finds for a page."""
    where = list(chosen.where)
    if after is not None:
        where.append(_beyond(chosen.order, after.keys))
        where += [_unmoved(each, after) for each in _marks(chosen.order)]
    return _ordered(chosen.tables, where, chosen.order, count, distinct=chosen.distinct)


def _moved(chosen: Plan, after: After, count: int) -> list[Sql]:
    """The keys of what was moved since the search began, each in the place that it had then.

    What it had then is said by the first of its versions that was replaced since. Nothing is said of other dates: what
    was written since then is not shown again in their order.
    """
    moved_by = _marks(chosen.order)
    if not moved_by or not all(each.before for each in chosen.order):
        return []
    order = tuple(Order(Sql(each.before), each.descending) for each in chosen.order)
    unseen = f"NOT {marks.was_seen('v.replaced')}"
    earlier = f"w.document_id = v.document_id AND w.version < v.version AND NOT {marks.was_seen('w.replaced')}"
    unmoved = both([_unmoved(each, after) for each in moved_by])
    where = [
        Sql(f"v.replaced >= %s AND {unseen} AND d.id = v.document_id", (marks.least_unseen(after.seen), after.seen)),
        Sql(f"NOT EXISTS (SELECT 1 FROM records_version w WHERE {earlier})", (after.seen,)),
        Sql(f"NOT {unmoved.text}", unmoved.params),
        _beyond(order, after.keys),
        *chosen.tests,
    ]
    return [_ordered("records_version v CROSS JOIN records_document d", where, order, count)]


def _ordered(tables: str, where: Sequence[Sql], order: Sequence[Order], count: int, *, distinct: bool = False) -> Sql:
    keys = ", ".join(f"{each.expression.text} AS k{number}" for number, each in enumerate(order))
    params = [value for each in order for value in each.expression.params]
    params += [value for part in where for value in part.params]
    directions = tuple(each.descending for each in order)
    return Sql(_arm_text(keys, tables, tuple(part.text for part in where), directions, distinct), (*params, count))


@lru_cache(maxsize=2048)
def _arm_text(keys: str, tables: str, where: tuple[str, ...], directions: tuple[bool, ...], distinct: bool) -> str:
    return (
        f"SELECT {'DISTINCT ' if distinct else ''}{keys} FROM {tables} "
        f"WHERE {' AND '.join(where)} ORDER BY {_ways('', directions)} LIMIT %s"
    )


@lru_cache(maxsize=2048)
def _page_text(inner: str, directions: tuple[bool, ...]) -> str:
    numbers = range(len(directions))
    found = ", ".join(f"p.k{number}" for number in numbers)
    return (
        f"SELECT {found}, {marks.seen()}, {SELECTED} FROM ({inner}) p CROSS JOIN records_document d "
        f"WHERE d.id = p.k{numbers[-1]} ORDER BY {_ways('p.', directions)}"
    )


def _ways(alias: str, directions: Sequence[bool]) -> str:
    return ", ".join(f"{alias}k{number}{' DESC' if descending else ''}" for number, descending in enumerate(directions))


def together(chosen: Plan, number: int, count: int) -> Sql:
    """The statement for the first page as one arm of a UNION: its number, the place in the order, the columns."""
    arm = page([chosen], None, count)
    ways = _ways("x.", [order.descending for order in chosen.order])
    columns = SELECTED.replace("d.", "x.")
    text = f"SELECT {number} AS arm, ROW_NUMBER() OVER (ORDER BY {ways}) AS place, {columns} FROM ({arm.text}) x"
    return Sql(text, arm.params)


def _beyond(order: Sequence[Order], after: Sequence[Any]) -> Sql:
    """What comes after these keys; one comparison of rows where all run the same way, which enters an index there."""
    if len({each.descending for each in order}) == 1:
        sign = "<" if order[0].descending else ">"
        names = ", ".join(each.expression.text for each in order)
        params = [value for each in order for value in each.expression.params]
        return Sql(f"({names}) {sign} ({', '.join(['%s'] * len(order))})", (*params, *after))
    parts = []
    for place, each in enumerate(order):
        sign = "<" if each.descending else ">"
        equal = [(before.expression, "=", after[number]) for number, before in enumerate(order[:place])]
        tests = [*equal, (each.expression, sign, after[place])]
        text = " AND ".join(f"{expression.text} {compared} %s" for expression, compared, _ in tests)
        parts.append(Sql(f"({text})", tuple(value for key, _, end in tests for value in (*key.params, end))))
    return either(parts)


def _marks(order: Sequence[Order]) -> list[str]:
    return list(dict.fromkeys(each.moved_by for each in order if each.moved_by))


def _unmoved(mark: str, after: After) -> Sql:
    return Sql(f"(d.updated_at < %s OR {marks.was_seen(mark)})", (after.long_ago, after.seen))


def counting(plans: Sequence[Plan], most: int | None) -> Sql:
    """The statement that counts what each plan finds, up to `most`: a row for each."""
    arms = [_counting(chosen, most) for chosen in plans]
    return Sql(" UNION ALL ".join(arm.text for arm in arms), tuple(value for arm in arms for value in arm.params))


def _counting(chosen: Plan, most: int | None) -> Sql:
    ident = chosen.order[-1].expression.text
    params = tuple(value for part in chosen.where for value in part.params)
    text = _counting_text(
        ident, chosen.tables, tuple(part.text for part in chosen.where), chosen.distinct, most is not None
    )
    return Sql(text, params if most is None else (*params, most))


@lru_cache(maxsize=2048)
def _counting_text(ident: str, tables: str, where: tuple[str, ...], distinct: bool, limited: bool) -> str:
    found = f"SELECT {'DISTINCT ' if distinct else ''}{ident} FROM {tables} WHERE {' AND '.join(where)}"
    return f"SELECT COUNT(*) FROM ({found}{' LIMIT %s' if limited else ''}) p"
