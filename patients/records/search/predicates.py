"""Conditions as SQL: each as a test of a document (alias `d`), and where it can lead, as a way to find documents.

The texts hold `%s` for every value, so that searches of one shape share one statement. They are the same on SQLite and
PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from patients.errors import Invalid
from patients.records.definitions import type_referred_to
from patients.records.index.extract import pointed
from patients.records.index.hashes import Hasher
from patients.records.index.slots import MAIN_DATES, Parameter, Slot, implied_codes, slots
from patients.records.index.text import folded
from patients.records.models import NO_MOMENT
from patients.records.search import entries
from patients.records.search.compare import (
    NOTHING,
    Sql,
    amount,
    any_of,
    both,
    compared_day,
    either,
    exists,
    unit_of,
    within,
)
from patients.records.search.keys import MOST_HASHES, Keys
from patients.records.search.query import Amount, Coded, Condition, Day, Near, Pair, Target, Typed, Value, Words


class Source(NamedTuple):
    """A table that a statement reads, and its name there."""

    table: str
    alias: str


@dataclass(frozen=True, slots=True)
class Driver:
    """A way to find the documents of a condition: walk these rows of an index table (alias `t`)."""

    table: str
    where: Sql
    rank: float  # the lower, the fewer documents it is expected to find
    unique: bool  # whether it meets each document at most once
    before: tuple[Source, ...] = ()  # what is walked first and leads to these rows: the documents of a chain
    reverse: bool = False  # the rows are of documents that point to the one that is found
    most: int | None = None  # it leads only where no more rows than this are there: they are counted


@dataclass(frozen=True, slots=True)
class Predicate:
    """A condition as a test. `{m}` in it stands for the alias whose `moment` and `until` are at hand."""

    test: Sql
    drivers: tuple[Driver, ...] = ()
    implied: bool = False  # a driver finds more than the test accepts: test as well
    bounds: tuple[Sql, ...] = ()  # what the test implies for `{m}.moment` alone, so that an index can be entered there


class _Hashes(NamedTuple):
    """What tokens are compared by: any of these."""

    codes: list[int]
    fulls: list[int]
    systems: list[int]
    of_fulls: list[int]  # the codes of `fulls`
    joined: list[int]  # all codes, joined with the patient whom the search is bound to


HASH: Final = ("h_code", "h_full", "h_system")
OTHER: Final = ("o_code", "o_full", "o_third")
UNIT: Final = ("u_code", "u_full", "u_text")

# The plus keeps SQLite from testing each document by a walk along the dates or numbers of all documents.
OWN_SLOT: Final = "+x.slot"
MOST_LED: Final = 200  # rows from which a value or the end of a chain leads; where there are more it is a test
MOST_SORTED: Final = 5_000  # rows of several codes: they do not stand in the order that is asked for
SELECTIVE: Final = 1.0  # the rank up to which something leads without being counted

RANKS: Final = {
    "Identifier": 0.5,
    "ContactPoint": 2.0,
    "CodeableConcept": 5.0,
    "Coding": 5.5,
    "code": 7.0,
    "boolean": 8.0,
}
# of a walk along the documents that point to one: an encounter, a patient, a practice
FEWER, FEW, MORE = 2.0, 3.0, 3.5
COUNTED: Final = 2.0  # of a walk along values, which leads only where it is short
CENTRAL: Final = frozenset({"Patient", "Practitioner", "PractitionerRole", "Organization", "Location"})
BOUND_RANK: Final = 0.1  # of a rank remains when only one patient's documents are walked


def predicate(condition: Condition, keys: Keys) -> Predicate:
    """The condition as SQL. Raises Invalid where too many keys would have to be tried."""
    if condition.missing is not None:
        return _missing(condition.parameter, condition.missing)
    if condition.parameter.slots[0].kind == "main":
        return _main_date(condition)
    return _BY_KIND[_kind(condition)](condition, keys)


def _kind(condition: Condition) -> str:
    if condition.modifier == "identifier":
        return "identifier"
    kind = condition.parameter.slots[0].kind
    return "token" if kind in ("string", "uri", "birth") else kind


def _missing(parameter: Parameter, missing: bool) -> Predicate:
    kind = parameter.slots[0].kind
    if kind == "main":
        return Predicate(Sql("{m}.moment = %s" if missing else "{m}.moment > %s", (NO_MOMENT,)))
    table = {"string": "token", "uri": "token", "birth": "token", "position": "quantity"}.get(kind, kind)
    by_value = table in ("date", "quantity")
    where = [any_of(OWN_SLOT if by_value else "x.slot", parameter.numbers)]
    if parameter.target:
        where.append(Sql("x.target_type = %s", (parameter.target,)))
    drivers = [_counted(table, any_of("t.slot", parameter.numbers))] if by_value and not missing else []
    return Predicate(exists(f"records_{table}", where, negated=missing), tuple(drivers))


def _counted(table: str, where: Sql | None) -> Driver:
    """The rows of values, which stand in the order of the values: few of them lead."""
    return Driver(f"records_{table}", where or NOTHING, COUNTED, False, most=MOST_LED)


def _token(condition: Condition, keys: Keys) -> Predicate:
    parameter = condition.parameter
    hashes = _hashes(condition, parameter, condition.values, keys)
    test = exists(
        "records_token", [any_of("x.slot", parameter.numbers), _matching("x", hashes)], condition.modifier == "not"
    )
    return Predicate(test, () if condition.modifier == "not" else _token_drivers(parameter, hashes, keys))


def _token_drivers(parameter: Parameter, hashes: _Hashes, keys: Keys, extra_rank: float = 0) -> tuple[Driver, ...]:
    if hashes.systems or not (hashes.codes or hashes.fulls):
        return ()
    slot = parameter.slots[0]
    rank = RANKS.get(slot.path.type, 4.0) if slot.kind == "token" else 2.0
    if slot.kind == "reference":
        rank = FEW
    elif slot.kind == "token" and slot.path.steps[-1] == "category":
        rank = 6.5
    one = len(hashes.codes) + len(hashes.fulls) == 1
    unique = one and (bool(hashes.fulls) or slot.kind not in ("token", "reference"))
    rank = extra_rank + rank * (BOUND_RANK if keys.bound else 1)
    most = None if one or rank <= SELECTIVE else MOST_SORTED
    return (Driver("records_token", _entry(hashes, keys), rank, unique, most=most),)


def _entry(hashes: _Hashes, keys: Keys) -> Sql:
    """The rows `t` of these hashes; of one code, in the order of `moment`."""
    if keys.bound:
        entry = any_of("t.h_patient", hashes.joined)
    else:
        entry = any_of("t.h_code", [*hashes.codes, *hashes.of_fulls])
    return both([entry, _matching("t", hashes)] if hashes.fulls else [entry])


def _hashes(condition: Condition, parameter: Parameter, values: Sequence[Value], keys: Keys) -> _Hashes:
    found = _Hashes([], [], [], [], [])
    tried = len(values) * sum(len(keys.of(slot)) for slot in parameter.slots)
    if tried > MOST_HASHES:
        words = f"“{parameter.name}” names too many values for so many patients. Name the patient."
        raise Invalid(words, code="too-costly", where=parameter.name)
    for slot in parameter.slots:
        meant = [each for value in values for each in _spelled_out(slot, value)]
        for hasher in keys.of(slot):
            for value in meant:
                match value:
                    case Coded(system, None):
                        found.systems.append(hasher.token(slot, system or "", "").system)
                        continue
                    case Coded(system, code):
                        hashes = hasher.token(slot, system or "", code or "")
                        if system is not None:
                            found.fulls.append(hashes.full)
                            found.of_fulls.append(hashes.code)
                            found.joined.append(hasher.join(slot, hashes.code))
                            continue
                    case Typed(system, code, ident):
                        hashes = hasher.typed_identifier(slot, system, code, ident)
                    case Words(words) if slot.kind == "string" and condition.modifier != "exact":
                        hashes = hasher.prefix(slot, folded(words))
                    case Words(words) | Day(text=words):
                        hashes = hasher.exact(slot, words)
                    case _:
                        raise TypeError(f"{value!r} is not compared by a hash")
                found.codes.append(hashes.code)
                found.joined.append(hasher.join(slot, hashes.code))
    return found


def _spelled_out(slot: Slot, value: Value) -> list[Value]:
    """The value as the slot holds it: plain codes stand there without the system that the standard implies."""
    implied = implied_codes(slot) if isinstance(value, Coded) and value.system is not None else None
    if not implied or not isinstance(value, Coded):
        return [value]
    if not value.system:
        return [Coded(None, value.code)]
    codes = [code for system, code in sorted(implied) if system == value.system]
    return [Coded(None, code) for code in codes if value.code is None or code == value.code.casefold()]


def _matching(alias: str, hashes: _Hashes, columns: tuple[str, str, str] = HASH) -> Sql:
    lists = zip(columns, (hashes.codes, hashes.fulls, hashes.systems), strict=True)
    return either([any_of(f"{alias}.{column}", values) for column, values in lists if values])


def _reference(condition: Condition, keys: Keys) -> Predicate:
    parameter = condition.parameter
    here: dict[str, list[str]] = {}
    elsewhere: list[Words] = []
    for value in condition.values:
        if not isinstance(value, Target):
            raise TypeError(f"{value!r} is no reference")
        if value.address:
            if parameter.target in ("", type_referred_to({"reference": value.address}, {})):
                elsewhere.append(Words(value.address))
        elif not (parameter.target and value.type and value.type != parameter.target):
            here.setdefault(value.type or parameter.target, []).append(value.ident)
    tests: list[Sql] = []
    drivers: list[Driver] = []
    if here:
        tests.append(exists("records_reference", [any_of("x.slot", parameter.numbers), _targets("x", here)]))
        if not elsewhere:
            one = (
                len(parameter.slots) == 1 and len(here) == 1 and all(type_ and len(here[type_]) == 1 for type_ in here)
            )
            where = both([_targets("t", here), any_of("t.slot", parameter.numbers)])
            rank = FEW if parameter.target == "Patient" else MORE if parameter.targets & CENTRAL else FEWER
            drivers.append(Driver("records_reference", where, rank, one))
    if elsewhere:
        hashes = _hashes(condition, parameter, elsewhere, keys)
        tests.append(exists("records_token", [any_of("x.slot", parameter.numbers), _matching("x", hashes)]))
    return Predicate(either(tests), tuple(drivers))


def _targets(alias: str, here: dict[str, list[str]]) -> Sql:
    parts = []
    for type_, idents in here.items():
        part = [any_of(f"{alias}.target_id", idents)]
        if type_:
            part.append(Sql(f"{alias}.target_type = %s", (type_,)))
        parts.append(both(part))
    return either(parts)


def _identifier(condition: Condition, keys: Keys) -> Predicate:
    """`:identifier`: what references name without pointing at it."""
    parameter = condition.parameter
    hashes = _Hashes([], [], [], [], [])
    for slot in parameter.slots:
        for hasher in keys.of(slot):
            for value in condition.values:
                if not isinstance(value, Coded) or value.code is None:
                    words = f"“{parameter.name}:identifier” is written as value or system|value."
                    raise Invalid(words, where=parameter.name)
                found = hasher.identifier(slot, value.system or "", value.code)
                if value.system is None:
                    hashes.codes.append(found.code)
                else:
                    hashes.fulls.append(found.full)
                    hashes.of_fulls.append(found.code)
                hashes.joined.append(hasher.join(slot, found.code))
    test = exists("records_token", [any_of("x.slot", parameter.numbers), _matching("x", hashes)])
    return Predicate(test, _token_drivers(parameter, hashes, keys))


def _date(condition: Condition, keys: Keys) -> Predicate:
    days = [each for each in condition.values if isinstance(each, Day)]
    compared = either([compared_day(each, "x.lo", "x.hi") for each in days])
    test = exists("records_date", [any_of(OWN_SLOT, condition.parameter.numbers), compared])
    return Predicate(test, _value_drivers(days, condition.parameter.numbers, keys), implied=True)


def _value_drivers(values: Sequence[Value], numbers: Sequence[int], keys: Keys) -> tuple[Driver, ...]:
    """A walk along the rows of these numbers or dates, where each of them enters an index."""
    found: list[Sql | None] = []
    for value in values:
        match value:
            case Amount():
                entry = entries.of_amount(value, numbers)
                unit = unit_of(value, "t", keys.common[0], UNIT)
                found.append(both([entry, *unit]) if entry else None)
            case Day():
                found.append(entries.of_day(value, numbers))
            case _:
                return ()
    tables = {"records_quantity" if isinstance(value, Amount) else "records_date" for value in values}
    walks = [each for each in found if each is not None]
    if len(walks) < len(found) or len(tables) != 1:
        return ()
    return (Driver(tables.pop(), either(walks), COUNTED, False, most=MOST_LED),)


def _main_date(condition: Condition) -> Predicate:
    days = [each for each in condition.values if isinstance(each, Day)]
    test = either([compared_day(each, "{m}.moment", "{m}.until") for each in days])
    if any(each.prefix in ("ne", "lt", "le", "eb", "ap") for each in days):
        test = both([test, Sql("{m}.moment > %s", (NO_MOMENT,))])
    widest = MAIN_DATES[condition.parameter.type][1]
    type_ = condition.parameter.type
    return Predicate(test, bounds=tuple(entries.of_moment(type_, days[0], widest)) if len(days) == 1 else ())


def _quantity(condition: Condition, keys: Keys) -> Predicate:
    (hasher,) = keys.common
    numbers = condition.parameter.numbers
    parts = [amount(each, "x", hasher, UNIT) for each in condition.values if isinstance(each, Amount)]
    test = exists("records_quantity", [any_of(OWN_SLOT, numbers), either(parts)])
    return Predicate(test, _value_drivers(condition.values, numbers, keys), implied=True)


def _composite(condition: Condition, keys: Keys) -> Predicate:
    """Both halves are compared within one row, whose hashes all belong to one slot and patient: lists may mix."""
    parameter = condition.parameter
    parts, codes = [], []
    for value in condition.values:
        if not isinstance(value, Pair):
            raise TypeError(f"{value!r} is no pair")
        codes.append(value.code)
        first = _matching("x", _hashes(condition, parameter, [value.code], keys))
        match value.other:
            case Coded():
                second = _matching("x", _hashes(condition, parameter, [value.other], keys), OTHER)
            case Words(words):
                hashes = [hasher.prefix(slot, folded(words)) for slot in parameter.slots for hasher in keys.of(slot)]
                second = any_of("x.o_code", [each.code for each in hashes])
            case Day():
                second = compared_day(value.other, "x.lo", "x.hi")
            case Target():
                second = either([_half(slot, value.other, each) for slot in parameter.slots for each in keys.of(slot)])
            case _:
                second = amount(value.other, "x", keys.common[0], OTHER)
        parts.append(both([first, second]))
    test = exists("records_composite", [any_of("x.slot", parameter.numbers), either(parts)])
    drivers: tuple[Driver, ...] = ()
    if set(parameter.first_slots) <= set(slots(parameter.type)):
        alone = replace(parameter, slots=parameter.first_slots, kind="token")
        drivers += _token_drivers(alone, _hashes(condition, alone, codes, keys), keys, 0.05)
    if set(parameter.second_slots) <= set(slots(parameter.type)):
        drivers += _value_drivers(
            [each.other for each in condition.values if isinstance(each, Pair)],
            [slot.number for slot in parameter.second_slots],
            keys,
        )
    return Predicate(test, drivers, implied=True)


def _half(slot: Slot, target: Target, hasher: Hasher) -> Sql:
    if target.ident and not target.type:
        return Sql("x.o_full = %s", (pointed(slot, "", ("", target.ident), hasher).full,))
    address = f"{target.type}/{target.ident}" if target.ident else target.address
    return Sql("x.o_code = %s", (pointed(slot, address, None, hasher).code,))


def _near(condition: Condition, keys: Keys) -> Predicate:
    parts = [within(each, "x.lo", "x.hi") for each in condition.values if isinstance(each, Near)]
    return Predicate(exists("records_quantity", [any_of(OWN_SLOT, condition.parameter.numbers), either(parts)]))


_BY_KIND: Final = {
    "token": _token,
    "reference": _reference,
    "identifier": _identifier,
    "date": _date,
    "quantity": _quantity,
    "position": _near,
    "composite": _composite,
}
