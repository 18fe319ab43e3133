"""How the documents of a query are found: one condition leads, the others test what it finds (DESIGN §3).

A chain or `_has` is a test as well: is there a visible document at the other end for which its own query holds? Where
few rows are at that end (an identifier, a name, a rare code: they are counted, up to a number), it leads: from those
documents along the references to the ones sought.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from patients.records.index.slots import Parameter, parameters
from patients.records.search.compare import Sql, any_of, both, compared_day, either, over
from patients.records.search.keys import Keys, Patients, about_one
from patients.records.search.predicates import (
    CENTRAL,
    FEW,
    MORE,
    MOST_LED,
    MOST_SORTED,
    SELECTIVE,
    Driver,
    Predicate,
    Source,
    predicate,
)
from patients.records.search.query import Link, Query, Scope

DOCUMENT: Final = "records_document"
_DOCUMENTS_OF_A_PATIENT: Final = 2.5  # ranks of a walk along the documents, see predicates.RANKS
_DOCUMENTS_OF_A_TIME: Final = 7.5  # codes and references stand in the order of time as well: they lead within it
_DOCUMENTS_OF_A_TYPE: Final = 9.0
_IN_ROW: Final = frozenset({"_lastUpdated", "_id"})  # orders in which an index holds the documents themselves
_WITH_MOMENT: Final = frozenset({"records_token", "records_reference"})  # whose rows stand in its order
MOST_REACHED: Final = 5_000  # references on the last step of a chain that leads
MOST_CHANGED: Final = 1_000  # documents that are found by their last change and then ordered
MOST_LED_BACK: Final = 500  # the same for `_has`, where each leads to one document
_LED: Final = FEW + 0.1  # rank of what a chain leads to: too many to be counted unasked


@dataclass(frozen=True, slots=True)
class Reach:
    """What all conditions of a search need to know."""

    scope: Scope  # which documents may be seen, wherever a chain leads
    patients: Patients
    stored: Callable[[int], Any]  # microseconds as the database keeps a moment
    count: Callable[[Sql], int]  # what a statement counts
    weighs: bool = (
        True  # whether conditions are counted to see which leads; not for searches of our own, which are known
    )


@dataclass(frozen=True, slots=True)
class Way:
    """The tables to read, in this order, and what must hold; the documents found are `d`."""

    tables: tuple[Source, ...]
    where: tuple[Sql, ...]
    at: str  # the alias whose rows stand in the order of `moment`: `t` or `d`; `+d` where they do not stand in it
    ident: str  # the number of the document, there
    unique: bool  # whether each document is met once
    rank: float  # the lower, the fewer are expected
    entry: Sql | None  # what of the first table's rows is read at most (as `t`); None where that is all of a type


def way(query: Query, scope: Scope, reach: Reach, among: Sequence[str] = ()) -> Way:
    """The documents of the query within the scope. `among`: see `Keys`. Raises Invalid."""
    keys = Keys(query, reach.patients, among)
    predicates = _predicates(query, keys, reach)
    walk = _documents(query, keys, predicates, reach)
    sorted_apart = bool(query.sort) and query.sort[0].name in _IN_ROW and walk.rank > FEW
    leading, driver = _leading(predicates, walk.rank, MOST_SORTED if sorted_apart else None, reach)
    document = Source(DOCUMENT, "d")
    entry: Sql | None
    if driver is not None:
        tables = (*driver.before, Source(driver.table, "t"), document)
        where = [driver.where, _pointed_to(query) if driver.reverse else Sql("d.id = t.document_id")]
        at = "t" if driver.table in _WITH_MOMENT and not driver.reverse else "d"
        unique, rank, entry = driver.unique, driver.rank, driver.where
        tests = [each for each in predicates if each is not leading or each.implied]
    else:
        tables, where, at, unique, tests = (document,), walk.where, walk.at, True, predicates
        rank, entry = walk.rank, walk.entry
    dated = "t" if at == "t" and tables[-2].table == "records_token" else "d"
    for each in tests:
        where += [Sql(bound.text.replace("{m}", at), bound.params) for bound in each.bounds]
    where += [_dated(each.test, dated) for each in tests]
    where += _changed(query, reach) if len(tables) == 1 else own_columns(query, reach)
    where.append(Sql(f"({scope.sql})", tuple(scope.params)))
    return Way(tables, tuple(where), at, "t.document_id" if at == "t" else "d.id", unique, rank, entry)


def tested(query: Query, scope: Scope, reach: Reach) -> tuple[Sql, ...]:
    """All that must hold of a document `d`, however it is come by. Raises Invalid."""
    keys = Keys(query, reach.patients)
    found = [Sql("d.type = %s", (query.type,)), Sql("NOT d.deleted"), *own_columns(query, reach)]
    found += [_dated(each.test, "d") for each in _predicates(query, keys, reach)]
    return (*found, Sql(f"({scope.sql})", tuple(scope.params)))


def _leading(
    predicates: Sequence[Predicate], rank: float, widest: int | None, reach: Reach
) -> tuple[Predicate, Driver] | tuple[None, None]:
    """The way that is expected to meet fewest documents, if fewer than a walk of this rank would meet.

    Where several could lead, the first of which only few rows are there does: they are counted, in this order. Of more
    rows than `widest` none leads: a walk along the documents themselves meets them in the order that is asked for.
    """
    able = [(each, driver) for each in predicates for driver in each.drivers if driver.rank < rank]
    able.sort(key=lambda pair: pair[1].rank)
    left: list[tuple[Predicate, Driver]] = []
    for place, pair in enumerate(able):
        driver = pair[1]
        most = driver.most or (widest if driver.rank > FEW else None)
        known = not reach.weighs and driver.table in _WITH_MOMENT
        if known or driver.rank <= SELECTIVE or driver.before:
            return left[0] if left else pair
        if most is None and not left and place == len(able) - 1:
            return pair
        met = _number(driver.table, driver.where, max(MOST_LED, most or 0), reach)
        if met <= MOST_LED:
            return pair
        if most is None or met <= most:
            left.append(pair)
    return left[0] if left else (None, None)


def _few(table: str, where: Sql, most: int, reach: Reach) -> bool:
    """Whether no more than so many rows are there, as the database counts them."""
    return _number(table, where, most, reach) <= most


def _number(table: str, where: Sql, most: int, reach: Reach) -> int:
    """How many rows are there; one more than `most`, where there are more."""
    text = f"SELECT COUNT(*) FROM (SELECT 1 FROM {table} t WHERE {where.text} LIMIT %s) n"
    return reach.count(Sql(text, (*where.params, most + 1)))


def _dated(test: Sql, alias: str) -> Sql:
    return Sql(test.text.replace("{m}", alias), test.params)


def _predicates(query: Query, keys: Keys, reach: Reach) -> list[Predicate]:
    return [_link(each, query, reach) if isinstance(each, Link) else predicate(each, keys) for each in query.conditions]


class _Walk(NamedTuple):
    """A walk along the documents of a type themselves; as in `Way`."""

    where: list[Sql]
    rank: float
    at: str
    entry: Sql | None


def _documents(query: Query, keys: Keys, predicates: Sequence[Predicate], reach: Reach) -> _Walk:
    """How the documents are found where nothing else leads."""
    where = [Sql("d.type = %s", (query.type,)), Sql("NOT d.deleted")]
    if query.ids:
        return _Walk([*where, *_ids(query)], 0.0, "+d", None)
    if keys.bound is not None and about_one(query.type):
        own = Sql("d.patient = %s", (keys.bound,))
        return _Walk([*where, own], _DOCUMENTS_OF_A_PATIENT, "d", over({"d": "t"}, both([where[0], own])))
    changed = _changed_of_type(query, reach) if query.changed else None
    if changed and not _by_change(query) and _few(DOCUMENT, changed, MOST_CHANGED, reach):
        return _Walk(where, FEW, "+d", changed)  # the plus keeps the database from walking along the moments of all
    bounds = [Sql(bound.text.replace("{m}", "t"), bound.params) for each in predicates for bound in each.bounds]
    if bounds:
        return _Walk(where, _DOCUMENTS_OF_A_TIME, "d", both([over({"d": "t"}, where[0]), *bounds]))
    return _Walk(where, _DOCUMENTS_OF_A_TYPE, "d", changed)


def _by_change(query: Query) -> bool:
    """Whether the last change is what the documents are ordered by anyway."""
    return bool(query.sort) and query.sort[0].name == "_lastUpdated"


def _changed_of_type(query: Query, reach: Reach) -> Sql:
    return over({"d": "t"}, both([Sql("d.type = %s", (query.type,)), *_changed(query, reach)]))


def own_columns(query: Query, reach: Reach) -> list[Sql]:
    """What is asked of the document's own row: its id, its last change."""
    return [*_ids(query), *_changed(query, reach)]


def _ids(query: Query) -> list[Sql]:
    return [any_of("d.logical_id", sorted(each)) for each in query.ids]


def _changed(query: Query, reach: Reach) -> list[Sql]:
    found = []
    for days in query.changed:
        test = either([compared_day(day, "d.updated_at", "d.updated_at", point=True) for day in days])
        found.append(Sql(test.text, tuple(reach.stored(value) for value in test.params)))
    return found


# -- from document to document


def _link(link: Link, query: Query, reach: Reach) -> Predicate:
    """The condition as a test, and as a way to lead where it finds few."""
    test = either([_leads_to(link, query, other, reach) for other in link.queries])
    if len(link.queries) > 1:
        return Predicate(test)
    return Predicate(test, _drivers(link, query, link.queries[0], reach))


def _leads_to(link: Link, query: Query, other: Query, reach: Reach) -> Sql:
    """There is a visible document (alias `e…`) at the other end of a reference (`y…`) for which its query holds."""
    number = _height(other)
    there, reference = f"e{number}", f"y{number}"
    among = _patients_pointed_to(link, query, other)
    keys = Keys(other, reach.patients, among)
    inner = [_dated(each.test, "d") for each in _predicates(other, keys, reach)] + own_columns(other, reach)
    inner += [Sql("NOT d.deleted"), Sql(f"({reach.scope.sql})", tuple(reach.scope.params))]
    slots = any_of(f"{reference}.slot", followed(link.parameter))
    if link.reverse:
        joined = Sql(
            f"{reference}.target_id = d.logical_id AND {reference}.target_type = %s AND {slots.text} "
            f"AND {there}.id = {reference}.document_id",
            (query.type, *slots.params),
        )
    else:
        joined = Sql(
            f"{reference}.document_id = d.id AND {slots.text} AND {reference}.target_type = %s "
            f"AND {there}.type = %s AND {there}.logical_id = {reference}.target_id",
            (*slots.params, other.type, other.type),
        )
    if link.reverse:  # what needs nothing of the document is asked of the reference, before the document is fetched
        inner = [Sql(each.text.replace("= d.id", f"= {reference}.document_id"), each.params) for each in inner]
    where = both([joined, *(over({"d": there}, each) for each in inner)])
    tables = f"records_reference {reference} CROSS JOIN {DOCUMENT} {there}"
    return Sql(f"EXISTS (SELECT 1 FROM {tables} WHERE {where.text} LIMIT 1 OFFSET 0)", where.params)


def _drivers(link: Link, query: Query, other: Query, reach: Reach) -> tuple[Driver, ...]:
    """Walk from the documents at the other end to the ones sought; none where there are too many of them."""
    found = way(other, reach.scope, reach, _patients_pointed_to(link, query, other))
    if not _leads(found, MOST_LED_BACK if link.reverse else MOST_LED, reach):
        return ()
    number = _height(other)
    names = {"d": f"e{number}", "t": f"t{number}"}
    before = tuple(Source(each.table, names.get(each.alias, each.alias)) for each in found.tables)
    where = [over(names, each) for each in found.where]
    slots = any_of("t.slot", followed(link.parameter))
    if link.reverse:
        where.append(Sql(f"t.document_id = {names['d']}.id AND {slots.text}", slots.params))
        rank = _LED
    else:
        pointing = f"t.target_id = {names['d']}.logical_id AND t.target_type = %s AND {slots.text}"
        where.append(Sql(pointing, (other.type, *slots.params)))
        rank = MORE if other.type in CENTRAL and other.type != "Patient" else _LED
    if found.rank > SELECTIVE and not _reaches_few(before, both(where), reach):
        return ()
    return (Driver("records_reference", both(where), rank, False, before, link.reverse),)


def _reaches_few(before: Sequence[Source], where: Sql, reach: Reach) -> bool:
    """Whether not too many references lead on from the end of a chain: those of a practice's every patient would."""
    tables = " CROSS JOIN ".join(f"{table} {alias}" for table, alias in (*before, ("records_reference", "t")))
    text = f"SELECT COUNT(*) FROM (SELECT 1 FROM {tables} WHERE {where.text} LIMIT %s) n"
    return reach.count(Sql(text, (*where.params, MOST_REACHED + 1))) <= MOST_REACHED


def _leads(found: Way, most: int, reach: Reach) -> bool:
    """Whether few enough rows are at the beginning of this way, as the database counts them."""
    if found.rank <= SELECTIVE:
        return True
    first = found.tables[0]
    if first.alias not in ("d", "t"):
        return True  # a chain of its own, which was counted
    return found.entry is not None and _few(first.table, found.entry, most, reach)


def _pointed_to(query: Query) -> Sql:
    return Sql("d.type = %s AND t.target_type = d.type AND d.logical_id = t.target_id AND NOT d.deleted", (query.type,))


def _patients_pointed_to(link: Link, query: Query, other: Query) -> Sequence[str]:
    """The patients whom a `_has` along `patient` can only mean, where their ids are given."""
    if not (link.reverse and query.type == "Patient" and query.ids and about_one(other.type)):
        return ()
    subject = parameters(other.type)["patient"]
    return sorted(frozenset.intersection(*query.ids)) if link.parameter.slots == subject.slots else ()


def followed(parameter: Parameter) -> list[int]:
    """The slots of a parameter whose references lead to documents."""
    return [slot.number for slot in parameter.slots if slot.path.type == "Reference"]


def _height(query: Query) -> int:
    """How many links there are at most from here to the end of a chain, this one included: a name for each."""
    links = [inner for each in query.conditions if isinstance(each, Link) for inner in each.queries]
    return 1 + max(map(_height, links), default=0)
