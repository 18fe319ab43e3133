"""Where an index of values is entered: what a comparison implies for its rows, so that few of them are read.

Values are ranges. All of one point (numbers), or of up to a year (dates), are found by their beginning; longer ones are
few and stand by their end in an index of their own, whose condition is repeated here word for word (`models`).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from patients.records.index.slots import YEAR
from patients.records.search.compare import Sql, any_of, both, bounds, either
from patients.records.search.query import Amount, Day

_OPEN: Final = ("gt", "ge", "ap")  # a range may reach there however early it begins
_OF_RANGES: Final = "t.lo < t.hi"
_OF_LONG_ONES: Final = f"t.hi > t.lo + {YEAR}"


def of_amount(amount: Amount, slots: Sequence[int]) -> Sql | None:
    """The rows `t` of numbers in these slots; None where it may be any of them."""
    exact, margin = float(amount.value), max(abs(amount.value) / Decimal(10), amount.half)
    match amount.prefix:
        case "eq":
            first, last = float(amount.value - amount.half), float(amount.value + amount.half)
            return _within(slots, Sql("t.lo >= %s AND t.lo <= %s", (first, last)))
        case "ap":
            first, last = float(amount.value - margin), float(amount.value + margin)
            points = Sql("t.lo >= %s AND t.lo <= %s", (first, last))
            return either([_within(slots, points), _within(slots, Sql(f"{_OF_RANGES} AND t.hi >= %s", (first,)))])
        case "gt" | "ge":
            sign = ">" if amount.prefix == "gt" else ">="
            ranges = Sql(f"{_OF_RANGES} AND t.hi {sign} %s", (exact,))
            return either([_within(slots, Sql(f"t.lo {sign} %s", (exact,))), _within(slots, ranges)])
        case "sa":
            return _within(slots, Sql("t.lo > %s", (exact,)))
        case "lt" | "le" | "eb":
            return _within(slots, Sql("t.lo <= %s", (exact,)))
    return None


def of_day(day: Day, slots: Sequence[int]) -> Sql | None:
    """The rows `t` of dates in these slots; None where it may be any of them."""
    limits = bounds(day, YEAR)
    if not limits:
        return None
    implied = both([Sql(limit.text.replace("{m}.moment", "t.lo"), limit.params) for limit in limits])
    if day.prefix not in _OPEN:
        return _within(slots, implied)
    longer = Sql(f"{_OF_LONG_ONES} AND t.hi > %s", (limits[0].params[0] + YEAR,))
    return either([_within(slots, implied), _within(slots, longer)])


def of_moment(type_: str, day: Day, widest: int | None) -> list[Sql]:
    """What it implies for `{m}.moment`; `widest` is the longest range that a date of the type covers.

    Where it may be any period, those of more than a year are asked: the first that reaches there is the first of all.
    """
    if widest is not None or day.prefix not in _OPEN:
        return bounds(day, widest)
    least, *below = bounds(day, YEAR)
    (first,) = least.params
    longer = (
        "SELECT z.moment FROM records_document z WHERE z.type = %s AND z.moment < %s AND z.until > %s "
        f"AND z.until > z.moment + {YEAR} ORDER BY z.moment LIMIT 1"
    )
    return [Sql(f"{{m}}.moment >= COALESCE(({longer}), %s)", (type_, first, first + YEAR, first)), *below]


def _within(slots: Sequence[int], test: Sql) -> Sql:
    """Each alternative names the slots, since each is a walk along an index of its own."""
    return both([any_of("t.slot", slots), test])
