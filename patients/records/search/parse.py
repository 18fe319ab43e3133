"""From the parameters of an address to a Query. What cannot be answered is refused by name, never left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from patients.errors import Invalid
from patients.records import definitions
from patients.records.index.slots import BIRTH_DATES, Parameter
from patients.records.search import chains
from patients.records.search.offers import WHY_NOT, offers
from patients.records.search.query import Condition, Day, Link, Query, Sort, Total
from patients.records.search.values import alternatives, beginnings, day, of_value_set, plain, refused, value

MOST_PAIRS: Final = 60
LARGEST_PAGE: Final = 500
MOST_SORT_KEYS: Final = 4
MOST_OTHERS: Final = 20  # links of all chains of a search
CURSOR: Final = "_cursor"

ONCE: Final = ("_sort", "_count", "_total", "_totalMethod", "_summary", CURSOR)
ABOUT_THE_ANSWER: Final = frozenset({"_format", "_pretty"})  # for the edge
NOT_YET: Final = {
    "_contained": "is not supported",
    "_containedType": "is not supported",
    "_content": "is not supported: the texts are sealed",
    "_elements": "is no condition: it says how much is told",
    "_filter": "is not supported",
    "_include": "is no condition: it says what stands beside what was found",
    "_list": "is not supported",
    "_query": "is not supported",
    "_revinclude": "is no condition: it says what stands beside what was found",
    "_score": "is not supported",
    "_text": "is not supported: the texts are sealed",
    "_type": "is not supported: one type is searched at a time",
}


def parse(type_: str, pairs: Iterable[tuple[str, str]]) -> Query:
    """Understand a search among the documents of one type. Raises Invalid, naming the parameter at fault."""
    if type_ not in definitions.SERVED:
        raise Invalid(f"{type_} is not served here.", code="not-supported")
    pairs = tuple(pairs)
    if len(pairs) > MOST_PAIRS:
        raise refused(pairs[MOST_PAIRS][0], f"is the {MOST_PAIRS + 1}st; fewer are accepted", "too-costly")
    if twice := next((name for name in ONCE if sum(each == name for each, _ in pairs) > 1), None):
        raise refused(twice, "is given twice")
    said = _Said(type_)
    for name, given in pairs:
        said.take(name, given)
    query = said.query(pairs)
    if chains.counted(query) > MOST_OTHERS:
        linked = next(name for name, _ in pairs if chains.is_link(name))
        raise refused(linked, f"and the others lead to more than {MOST_OTHERS} documents for each one", "too-costly")
    return query


@dataclass(slots=True)
class _Said:
    """What the parameters say, taken one after the other."""

    type: str
    conditions: list[Condition | Link] = field(default_factory=list)
    ids: list[frozenset[str]] = field(default_factory=list)
    changed: list[tuple[Day, ...]] = field(default_factory=list)
    sort: tuple[Sort, ...] = ()
    count: int | None = None
    total: Total | None = None
    cursor: str | None = None

    def take(self, name: str, given: str) -> None:
        """One more. Raises Invalid."""
        match name:
            case "_id":
                self.ids.append(_ids(name, given))
            case "_lastUpdated":
                self.changed.append(_changed(name, given))
            case "_sort":
                self.sort = _sort(self.type, given)
            case "_count":
                self.count = _count(given)
            case "_total":
                self.total = _total(given)
            case "_totalMethod":  # fhirpy and Aidbox call it so
                self.total = _total({"count": "accurate"}.get(given, given))
            case "_summary" if given in ("count", "false"):
                pass
            case "_cursor":
                self.cursor = given
            case _ if name not in ABOUT_THE_ANSWER:
                self.conditions.append(_condition(self.type, name, given))

    def query(self, pairs: Sequence[tuple[str, str]]) -> Query:
        """All of it. Who asks for a count asks for nothing else of the page."""
        counted = ("_summary", "count") in pairs
        return Query(
            type=self.type,
            conditions=tuple(self.conditions),
            ids=tuple(self.ids),
            changed=tuple(self.changed),
            sort=self.sort,
            count=0 if counted else self.count,
            total="accurate" if counted else self.total,
            cursor=self.cursor,
            pairs=tuple(pair for pair in pairs if pair[0] != CURSOR),
        )


def _ids(name: str, given: str) -> frozenset[str]:
    return frozenset(each for each in map(plain, alternatives(name, given)) if definitions.ID.fullmatch(each))


def _changed(name: str, given: str) -> tuple[Day, ...]:
    return tuple(day(name, each) for each in alternatives(name, given))


def _narrowed(type_: str, name: str, given: str, depth: int) -> Query:
    """What is asked of a document at the end of a reference."""
    if name == "_id":
        return Query(type_, ids=(_ids(name, given),))
    if name == "_lastUpdated":
        return Query(type_, changed=(_changed(name, given),))
    return Query(type_, (_condition(type_, name, given, depth),))


def _condition(type_: str, name: str, given: str, depth: int = 0) -> Condition | Link:
    plainly, colon, modifier = name.partition(":")
    if plainly in NOT_YET:
        raise refused(plainly, NOT_YET[plainly], "not-supported")
    if plainly == "_summary":
        raise refused(name, f"cannot be “{given[:20]}”; count and false are supported", "not-supported")
    if chains.is_link(name):
        return chains.link(type_, name, given, depth, _narrowed)
    offer = offers(type_).get(plainly)
    if offer is None:
        raise refused(name, f"is not known for {type_}", "not-supported")
    if offer.refused:
        raise refused(name, f"cannot be answered: {offer.refused}", "not-supported")
    if colon and modifier not in (*offer.modifiers, *offer.types):
        why = WHY_NOT.get(modifier, "is not supported here")
        raise refused(name, f"has the modifier “:{modifier[:40]}”, which {why}", "not-supported")
    return _modified(offer.parameter, modifier, name, given)


def _modified(parameter: Parameter, modifier: str, name: str, given: str) -> Condition:
    """A condition with a modifier that the parameter has, or none."""
    match modifier:
        case "missing":
            if given not in ("true", "false"):
                raise refused(name, "is true or false")
            return Condition(parameter, missing=given == "true")
        case "in" | "not-in":
            sets = [of_value_set(name, plain(each)) for each in alternatives(name, given)]
            return Condition(
                parameter, "not" if modifier == "not-in" else "", tuple(code for each in sets for code in each)
            )
        case "above":
            found = [beginnings(name, each) for each in alternatives(name, given)]
            return Condition(parameter, "", tuple(words for each in found for words in each))
    values = tuple(value(parameter, modifier, each) for each in alternatives(name, given))
    if parameter.name in BIRTH_DATES:
        _only_equal(name, values)
    if parameter.kind == "reference" and modifier != "identifier":
        return Condition(parameter, "", values)  # `:Patient` stands in the values
    return Condition(parameter, modifier, values)


def _only_equal(name: str, values: Iterable[object]) -> None:
    """Birth dates are kept blind: by year, month and day. Nothing but these can be compared."""
    for each in values:
        if isinstance(each, Day) and (each.prefix != "eq" or len(each.text) not in (4, 7, 10)):
            raise refused(
                name,
                "is kept sealed and compared by year, month or day only (1941, 1941-03, 1941-03-14)",
                "not-supported",
            )


def _sort(type_: str, given: str) -> tuple[Sort, ...]:
    found = []
    for key in given.split(","):
        name = key.removeprefix("-")
        offer = offers(type_).get(name)
        if name not in ("_id", "_lastUpdated") and (offer is None or not offer.sorts):
            raise refused(
                "_sort", f"cannot be “{name[:40]}”: _id, _lastUpdated and dates can be sorted", "not-supported"
            )
        parameter = offer.parameter if offer else None
        found.append(Sort(name, key.startswith("-"), parameter))
    if len(found) > MOST_SORT_KEYS:
        raise refused("_sort", f"has more than {MOST_SORT_KEYS} keys", "too-costly")
    return tuple(found)


def _count(given: str) -> int:
    if not given.isascii() or not given.isdecimal() or len(given) > 9:
        raise refused("_count", "is a whole number")
    return min(int(given), LARGEST_PAGE)


def _total(given: str) -> Total:
    match given:
        case "accurate" | "none" | "estimate":
            return given
    raise refused("_total", "is accurate, none or estimate")
