"""How the documents of a query are found: one condition leads, the others test what it finds (DESIGN §3).

A chain or `_has` is a test as well: is there a visible document at the other end for which its own query holds? Where
few rows are at that end (an identifier, a name, a rare code: they are counted, up to a number), it leads: from those
documents along the references to the ones sought.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from patients.records.index.slots import Parameter, parameters
from patients.records.search.compare import Sql, any_of, both, compared_day, either, over
from patients.records.search.keys import Keys, Patients, about_one
from patients.records.search.predicates import CENTRAL, FEW, MORE, MOST_LED, Driver, Predicate, Source, predicate
from patients.records.search.query import Link, Query, Scope

DOCUMENT: Final = "records_document"
_DOCUMENTS_OF_A_PATIENT: Final = 2.5  # ranks of a walk along the documents, see predicates.RANKS
_DOCUMENTS_OF_A_TIME: Final = 4.0
_DOCUMENTS_OF_A_TYPE: Final = 9.0
_SELECTIVE: Final = 1.0  # the rank up to which a chain's end leads without being counted
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


@dataclass(frozen=True, slots=True)
class Way:
    """The tables to read, in this order, and what must hold; the documents found are `d`."""

    tables: tuple[Source, ...]
    where: tuple[Sql, ...]
    at: str  # the alias whose rows stand in the order of `moment`: `t` or `d`; `+d` where they do not stand in it
    ident: str  # the number of the document, there
    unique: bool  # whether each document is met once
    rank: float  # the lower, the fewer are expected


def way(query: Query, scope: Scope, reach: Reach, among: Sequence[str] = ()) -> Way:
    """The documents of the query within the scope. `among`: see `Keys`. Raises Invalid."""
    keys = Keys(query, reach.patients, among)
    predicates = _predicates(query, keys, reach)
    alone, rank, by = _documents(query, keys, predicates, reach)
    leading = _leading(predicates, rank, reach)
    document = Source(DOCUMENT, "d")
    if leading is not None and leading.driver is not None:
        driver = leading.driver
        tables = (*driver.before, Source(driver.table, "t"), document)
        where = [driver.where, _pointed_to(query) if driver.reverse else Sql("d.id = t.document_id")]
        at = "d" if driver.reverse or driver.table == "records_date" else "t"  # dates stand without the moment
        unique, rank = driver.unique, driver.rank
        tests = [each for each in predicates if each is not leading or each.implied]
    else:
        tables, where, at, unique, tests = (document,), alone, by, True, predicates
    dated = "t" if at == "t" and tables[-2].table == "records_token" else "d"
    for each in tests:
        where += [Sql(bound.text.replace("{m}", at), bound.params) for bound in each.bounds]
    where += [_dated(each.test, dated) for each in tests]
    where += _changed(query, reach) if len(tables) == 1 else own_columns(query, reach)
    where.append(Sql(f"({scope.sql})", tuple(scope.params)))
    return Way(tables, tuple(where), at, "t.document_id" if at == "t" else "d.id", unique, rank)


def tested(query: Query, scope: Scope, reach: Reach) -> tuple[Sql, ...]:
    """All that must hold of a document `d`, however it is come by. Raises Invalid."""
    keys = Keys(query, reach.patients)
    found = [Sql("d.type = %s", (query.type,)), Sql("NOT d.deleted"), *own_columns(query, reach)]
    found += [_dated(each.test, "d") for each in _predicates(query, keys, reach)]
    return (*found, Sql(f"({scope.sql})", tuple(scope.params)))


def _leading(predicates: Sequence[Predicate], rank: float, reach: Reach) -> Predicate | None:
    """The one that is expected to find fewest documents, if fewer than a walk of this rank would meet."""
    able = [each for each in predicates if each.driver and each.driver.rank < rank]
    return next((each for each in sorted(able, key=_rank) if _is_narrow(each, reach)), None)


def _is_narrow(each: Predicate, reach: Reach) -> bool:
    driver = each.driver
    return driver is None or driver.most is None or _few(driver.table, driver.where, driver.most, reach)


def _few(table: str, where: Sql, most: int, reach: Reach) -> bool:
    """Whether no more than so many rows are there, as the database counts them."""
    text = f"SELECT COUNT(*) FROM (SELECT 1 FROM {table} t WHERE {where.text} LIMIT %s) n"
    return reach.count(Sql(text, (*where.params, most + 1))) <= most


def _rank(each: Predicate) -> float:
    return each.driver.rank if each.driver else 0.0


def _dated(test: Sql, alias: str) -> Sql:
    return Sql(test.text.replace("{m}", alias), test.params)


def _predicates(query: Query, keys: Keys, reach: Reach) -> list[Predicate]:
    return [_link(each, query, reach) if isinstance(each, Link) else predicate(each, keys) for each in query.conditions]


def _documents(query: Query, keys: Keys, predicates: Sequence[Predicate], reach: Reach) -> tuple[list[Sql], float, str]:
    """A walk along the documents of the type themselves, how many it is expected to meet, and `Way.at`."""
    where = [Sql("d.type = %s", (query.type,)), Sql("NOT d.deleted")]
    if query.ids:
        return [*where, *_ids(query)], 0.0, "d"
    if keys.bound is not None and about_one(query.type):
        return [*where, Sql("d.patient = %s", (keys.bound,))], _DOCUMENTS_OF_A_PATIENT, "d"
    if query.changed and not _by_change(query) and _few(DOCUMENT, _changed_of_type(query, reach), MOST_CHANGED, reach):
        return where, FEW, "+d"  # the plus keeps the database from walking along the moments of all others
    bounds = [bound.text for each in predicates for bound in each.bounds]
    if any(">=" in bound for bound in bounds):
        rank = _DOCUMENTS_OF_A_TIME if any("<" in bound for bound in bounds) else _DOCUMENTS_OF_A_TIME + 1
        return where, rank, "d"
    return where, _DOCUMENTS_OF_A_TYPE, "d"


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
    return Predicate(test, _driver(link, query, link.queries[0], reach))


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


def _driver(link: Link, query: Query, other: Query, reach: Reach) -> Driver | None:
    """Walk from the documents at the other end to the ones sought; None where there are too many of them."""
    found = way(other, reach.scope, reach, _patients_pointed_to(link, query, other))
    if not _leads(found, MOST_LED_BACK if link.reverse else MOST_LED, reach):
        return None
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
    if found.rank > _SELECTIVE and not _reaches_few(before, both(where), reach):
        return None
    return Driver("records_reference", both(where), rank, False, before, link.reverse)


def _reaches_few(before: Sequence[Source], where: Sql, reach: Reach) -> bool:
    """Whether not too many references lead on from the end of a chain: those of a practice's every patient would."""
    tables = " CROSS JOIN ".join(f"{table} {alias}" for table, alias in (*before, ("records_reference", "t")))
    text = f"SELECT COUNT(*) FROM (SELECT 1 FROM {tables} WHERE {where.text} LIMIT %s) n"
    return reach.count(Sql(text, (*where.params, MOST_REACHED + 1))) <= MOST_REACHED


def _leads(found: Way, most: int, reach: Reach) -> bool:
    """Whether few enough rows are at the beginning of this way, as the database counts them."""
    if found.rank <= _SELECTIVE:
        return True
    first, where = found.tables[0], found.where[0]
    if first.alias == "d":
        return False
    if first.alias != "t":
        return True  # a chain of its own, which was counted
    return _few(first.table, where, most, reach)


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
