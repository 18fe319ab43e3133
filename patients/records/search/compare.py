"""Pieces of SQL: lists, tests, and how ranges of dates and numbers compare.

For a stored range and a searched one, the comparisons are those of https://hl7.org/fhir/R4/search.html#prefix.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, NamedTuple

from patients.database.rows import places
from patients.records.index.hashes import Hasher
from patients.records.search.query import Amount, Day, Near


class Sql(NamedTuple):
    """A piece of a statement and its values."""

    text: str
    params: tuple[Any, ...] = ()


EARTH: Final = 6_371_008.8  # metres: the mean radius of GRS 80
NOTHING = Sql("1 = 0")


def any_of(column: str, values: Sequence[Any]) -> Sql:
    """The column holds one of the values."""
    if not values:
        return NOTHING
    return Sql(f"{column} = %s" if len(values) == 1 else f"{column} IN ({places(len(values))})", tuple(values))


def both(parts: Sequence[Sql]) -> Sql:
    """All of the parts hold."""
    return _joined(" AND ", parts)


def either(parts: Sequence[Sql]) -> Sql:
    """Any of the parts holds."""
    if not parts:
        return NOTHING
    return _joined(" OR ", parts)


def exists(table: str, where: Sequence[Sql], negated: bool = False) -> Sql:
    """The document has a row `x` of this table for which all of `where` holds, or has none.

    OFFSET keeps PostgreSQL from turning the test into a join, which reads a whole table to fill one page.
    """
    inside = " AND ".join(("x.document_id = d.id", *(part.text for part in where)))
    text = f"{'NOT ' if negated else ''}EXISTS (SELECT 1 FROM {table} x WHERE {inside} LIMIT 1 OFFSET 0)"
    return Sql(text, tuple(value for part in where for value in part.params))


def over(names: Mapping[str, str], piece: Sql) -> Sql:
    """The same piece over other aliases: what was said of `d` is said of the document that a chain meets."""
    return Sql(_over(tuple(names.items()), piece.text), piece.params)


@lru_cache(maxsize=2048)
def _over(names: tuple[tuple[str, str], ...], text: str) -> str:
    renamed = dict(names)
    return re.sub(rf"\b({'|'.join(renamed)})\.", lambda found: f"{renamed[found[1]]}.", text)


def compared_day(day: Day, low: str, high: str, *, point: bool = False) -> Sql:
    """How a stored range, `low` up to but without `high`, compares; with `point` both name one moment."""
    over, within = (">=", "<") if point else (">", "<=")
    match day.prefix:
        case "eq":
            return Sql(f"({low} >= %s AND {high} {within} %s)", (day.low, day.high))
        case "ne":
            return Sql(f"({low} < %s OR {high} {over} %s)", (day.low, day.high))
        case "gt":
            return Sql(f"{high} {over} %s", (day.high,))
        case "lt":
            return Sql(f"{low} < %s", (day.low,))
        case "ge":
            return Sql(f"({high} {over} %s OR {low} >= %s)", (day.high, day.low))
        case "le":
            return Sql(f"({low} < %s OR {high} {within} %s)", (day.low, day.high))
        case "sa":
            return Sql(f"{low} >= %s", (day.high,))
        case "eb":
            return Sql(f"{high} {within} %s", (day.low,))
    first, last = about(day)
    return Sql(f"({high} > %s AND {low} < %s)", (first, last))


def about(day: Day) -> tuple[int, int]:
    """`ap`: wider by a tenth of the distance between now and then."""
    margin = abs(int(time.time() * 1_000_000) - (day.low + day.high) // 2) // 10
    return day.low - margin, day.high + margin


def bounds(day: Day, widest: int | None) -> list[Sql]:
    """What the comparison implies for `{m}.moment` alone; `widest` is the longest range a stored date covers."""
    least: int | None = None
    below: int | None = None
    match day.prefix:
        case "eq":
            least, below = day.low, day.high
        case "gt" if widest is not None:
            least = day.high - widest
        case "ge" if widest is not None:
            least = min(day.low, day.high - widest)
        case "lt" | "eb":
            below = day.low
        case "le":
            below = day.high
        case "sa":
            least = day.high
        case "ap":
            first, below = about(day)
            least = None if widest is None else first - widest
    found = [] if least is None else [Sql("{m}.moment >= %s", (least,))]
    return found if below is None else [*found, Sql("{m}.moment < %s", (below,))]


def amount(amount: Amount, alias: str, hasher: Hasher, unit: tuple[str, str, str]) -> Sql:
    """How a stored number, or range of numbers, compares; `unit` names the columns of its unit's hashes."""
    return both([_compared_amount(amount, f"{alias}.lo", f"{alias}.hi"), *unit_of(amount, alias, hasher, unit)])


def unit_of(amount: Amount, alias: str, hasher: Hasher, unit: tuple[str, str, str]) -> list[Sql]:
    """How its unit compares, where it names one."""
    if amount.code is None:
        return []
    hashes = hasher.unit(amount.system or "", amount.code, amount.code)
    code, full, shown = (f"{alias}.{column} = %s" for column in unit)
    if amount.system is not None:
        return [Sql(full, (hashes.full,))]
    return [Sql(f"({code} OR {shown})", (hashes.code, hashes.system))]


def within(near: Near, latitude: str, longitude: str) -> Sql:
    """The distance on a sphere of the earth's mean radius, by haversines."""
    halfway = near.metres / (2 * EARTH)
    if halfway >= math.pi / 2:
        return Sql(f"{latitude} IS NOT NULL AND {longitude} IS NOT NULL")  # all round the earth
    north, east = f"SIN(RADIANS({latitude} - %s) / 2)", f"SIN(RADIANS({longitude} - %s) / 2)"
    return Sql(
        f"({north} * {north} + COS(RADIANS({latitude})) * %s * {east} * {east} <= %s)",
        (near.latitude, near.latitude, math.cos(math.radians(near.latitude)), near.longitude, near.longitude,
         math.sin(halfway) ** 2),
    )  # fmt: skip


def _compared_amount(amount: Amount, low: str, high: str) -> Sql:
    exact = float(amount.value)
    first, last = float(amount.value - amount.half), float(amount.value + amount.half)
    within, beyond = ("<", ">=") if exact < last else ("<=", ">")  # more digits than a double has
    match amount.prefix:
        case "eq":
            return Sql(f"({low} >= %s AND {high} {within} %s)", (first, last))
        case "ne":
            return Sql(f"({low} < %s OR {high} {beyond} %s)", (first, last))
        case "gt":
            return Sql(f"{high} > %s", (exact,))
        case "lt":
            return Sql(f"{low} < %s", (exact,))
        case "ge":
            return Sql(f"{high} >= %s", (exact,))
        case "le":
            return Sql(f"{low} <= %s", (exact,))
        case "sa":
            return Sql(f"{low} > %s", (exact,))
        case "eb":
            return Sql(f"{high} < %s", (exact,))
    margin = max(abs(amount.value) / Decimal(10), amount.half)
    return Sql(f"({high} >= %s AND {low} <= %s)", (float(amount.value - margin), float(amount.value + margin)))


def _joined(word: str, parts: Sequence[Sql]) -> Sql:
    if len(parts) == 1:
        return parts[0]
    return Sql(f"({word.join(part.text for part in parts)})", tuple(value for part in parts for value in part.params))
