"""How resources that are no documents are searched: the rows of one table, by the same queries as the documents.

A provider says for each search parameter how its rows are compared (`Compared`); what stands in no row is not found by
anything but `:missing=true` and `:not`, as it would be with documents. https://hl7.org/fhir/R4/search.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from patients.access import Repository
from patients.records import search
from patients.records.search import Condition, Day, Link, Query, Sql, Target, compared_day, either, refused

ALWAYS: Final = Sql("1 = 1")
NEVER: Final = Sql("1 = 0")
MOST_LINKED: Final = 500  # documents to which a chain may lead


class Place(NamedTuple):
    """Where a row stands among all: its moment in microseconds since 1970, and a number that no other row has."""

    moment: int
    number: int


@dataclass(frozen=True, slots=True)
class Provided:
    """A resource made of a row. Rows never change: there is one version."""

    type: str
    logical_id: str
    patient: str | None
    updated_at: datetime
    place: Place
    text: bytes
    version: int = 1
    deleted: bool = False

    @property
    def reference(self) -> str:
        """The relative reference: `Communication/chat-…`."""
        return f"{self.type}/{self.logical_id}"


@dataclass(frozen=True, slots=True)
class Compared:
    """One search parameter: how a value is compared with a row, and in which rows it stands at all."""

    test: Callable[[Any], Sql]
    present: Sql = ALWAYS


def where(
    query: Query,
    compared: Mapping[str, Compared],
    *,
    ident: Callable[[str], Sql],
    moment: Callable[[Sequence[Day]], Sql],
    records: Repository,
) -> list[Sql]:
    """What must hold for a row that the query finds. `compared` knows parameters by name, `name:identifier` too.

    `ident` compares a logical id, `moment` the time at which the row was written. Raises Invalid.
    """
    parts = [_condition(each, compared, records) for each in query.conditions]
    parts += [either([ident(each) for each in sorted(ids)]) for ids in query.ids]
    parts += [moment(days) for days in query.changed]
    return parts


def _condition(condition: Condition | Link, compared: Mapping[str, Compared], records: Repository) -> Sql:
    if isinstance(condition, Link):
        return _linked(condition, compared, records)
    if condition.names:  # any of several
        known_ones = [compared[name] for name in condition.names if name in compared]
        return either([each.test(value) for each in known_ones for value in condition.values])
    name, modifier = condition.parameter.name, condition.modifier
    known = compared.get(f"{name}:identifier" if modifier == "identifier" else name, Compared(_nowhere, NEVER))
    if condition.missing is not None:
        return _negated(known.present) if condition.missing else known.present
    if modifier not in ("", "not", "identifier") and known.present != NEVER:
        raise refused(f"{name}:{modifier}", f"is not supported for {condition.parameter.type}", "not-supported")
    test = either([known.test(value) for value in condition.values])
    return _negated(test) if modifier == "not" else test


def _linked(link: Link, compared: Mapping[str, Compared], records: Repository) -> Sql:
    """A chain: the rows that point to any of the documents that it leads to."""
    if link.reverse:
        raise refused("_has", "is not supported where resources are served that are no documents", "not-supported")
    known = compared.get(link.parameter.name)
    if known is None:
        return NEVER
    found = [Target(query.type, ident) for query in link.queries for ident in records.ids(query, most=MOST_LINKED)]
    return either([known.test(target) for target in found])


def _nowhere(value: object) -> Sql:
    return NEVER


def _negated(part: Sql) -> Sql:
    return Sql(f"NOT ({part.text})", part.params)


def descending(query: Query) -> bool:
    """In which order the rows are asked for: by their moment, the newest first unless asked otherwise."""
    if not query.sort:
        return True
    (first, *others) = query.sort
    main = search.main_date(query.type)
    if others or (first.name != "_lastUpdated" and (main is None or first.name != main.name)):
        told = f"can only be _lastUpdated or {main.name if main else 'that'} for {query.type}"
        raise refused("_sort", told, "not-supported")
    return first.descending


def days_on(column: str, stored: Callable[[int], Any]) -> Callable[[Sequence[Day]], Sql]:
    """How dates are compared with a column that holds one moment; `stored` turns microseconds into its values."""

    def compare(days: Sequence[Day]) -> Sql:
        found = either([compared_day(day, column, column, point=True) for day in days])
        return Sql(found.text, tuple(stored(value) for value in found.params))

    return compare


def code_is(code: str, system: str) -> Callable[[Any], Sql]:
    """A coded element that says the same in all rows."""

    def compare(value: Any) -> Sql:
        fits = value.code is None or value.code.casefold() == code.casefold()
        return ALWAYS if fits and value.system in (None, system) else NEVER

    return compare


def page(after: Place | None, most: int, *, columns: tuple[str, str], newest_first: bool) -> Sql:
    """The end of a statement, behind its conditions: what comes after this place, in order, at most so many.

    `columns` hold the moment and the number of a row.
    """
    moment, number = columns
    way, sign = (" DESC", "<") if newest_first else ("", ">")
    order = f" ORDER BY {moment}{way}, {number}{way} LIMIT %s"
    if after is None:
        return Sql(order, (most,))
    beyond = f" AND ({moment}, {number}) {sign} (%s, %s)"
    return Sql(beyond + order, (search.stored_moment(after.moment), after.number, most))


__all__ = [
    "ALWAYS",
    "NEVER",
    "Compared",
    "Place",
    "Provided",
    "code_is",
    "days_on",
    "descending",
    "page",
    "where",
]
