"""Every official parameter of every type finds exactly the documents in which its official expression finds the value.

The world: each of our fictitious resources, and it once more without each of its elements, as far as that is valid.
"""

from __future__ import annotations

import copy
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest

from patients.database import write
from patients.errors import Invalid
from patients.records import search, store
from tests.patients.records import fixtures
from tests.patients.records.search import expressions, oracle
from tests.patients.records.search.expressions import Node

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

Json = dict[str, Any]
MOMENT = re.compile(r"\d{4}(-\d\d(-\d\d(T.*)?)?)?")
SIGNS = re.compile(r"([\\,|$])")
KEPT = frozenset({"resourceType", "id"})
MOMENTS = ("", "Date", "DateTime", "Instant", "Period", "Timing")


@pytest.fixture
def world(db: None) -> dict[str, list[Json]]:
    """All documents by type."""
    found = defaultdict(list)
    for name in fixtures.NAMES:
        whole = fixtures.resource(name)
        for number, left_out in enumerate(["", *(set(whole) - KEPT)]):
            changed = {key: value for key, value in copy.deepcopy(whole).items() if key != left_out}
            try:
                prepared = store.prepare(changed)
            except Invalid:
                continue  # that element must stand
            with write():
                found[whole["resourceType"]].append(
                    store.create(
                        prepared, custodian="m", category="clinical", logical_id=f"{name}-{number}"[-64:]
                    ).content
                )
    return found


def test_every_parameter_finds_what_its_expression_finds(world: dict[str, list[Json]]) -> None:
    asked: Counter[str] = Counter()
    with_a_value = set()
    for type_, documents in world.items():
        for name, (kind, expression) in expressions.parameters(type_).items():
            read = {one["id"]: _counting(kind, expressions.values(one, expression)) for one in documents}
            _compare(type_, f"{name}:missing", "false", {ident for ident, nodes in read.items() if nodes})
            _compare(type_, f"{name}:missing", "true", {ident for ident, nodes in read.items() if not nodes})
            for modifier, given in set(_questions(name, kind, [node for nodes in read.values() for node in nodes])):
                expected = {
                    ident
                    for ident, nodes in read.items()
                    if any(_hit(kind, modifier, node, given) for node in nodes) != (modifier == "not")
                }
                _compare(type_, f"{name}:{modifier}" if modifier else name, given, expected)
                asked[kind] += 1
                with_a_value.add((type_, name))
    assert len(with_a_value) > 260, len(with_a_value)
    assert sum(asked.values()) > 700, asked
    assert {"token", "string", "date", "reference", "uri", "quantity"} <= set(asked)


def _compare(type_: str, name: str, given: str, expected: set[str]) -> None:
    page = search.run(search.parse(type_, [(name, given), ("_count", "500")]), search.Everything())
    assert {one.logical_id for one in page.rows} == expected, f"{type_}?{urlencode([(name, given)])}"


def _counting(kind: str, nodes: list[Node]) -> list[Node]:
    """The values that count for a parameter of this kind: words are no date."""
    if kind == "date":
        return [node for node in nodes if node[0] in MOMENTS and _span(node[1])]
    return [node for node in nodes if _texts(node[1])] if kind == "string" else nodes


def _questions(name: str, kind: str, nodes: list[Node]) -> Iterator[tuple[str, str]]:
    """Modifiers and values, made from what stands there."""
    for _, value in nodes:
        match kind:
            case "token":
                for system, code in _codings(value):
                    if code:
                        yield from (("", _escaped(code.upper())), ("not", _escaped(code)))
                    if code and system is not None:
                        yield "", f"{_escaped(system)}|{_escaped(code)}"
                    if system:
                        yield "", f"{_escaped(system)}|"
            case "string":
                for text in _texts(value):
                    if len(oracle.fold(text[:9])) >= 3:
                        yield "", _escaped(text[:9].lower())
                    yield "exact", _escaped(text)
            case "date" if name == "birthdate":
                yield "", value[:7]
            case "date":
                start = next(iter(_moments(value)), "2026")
                yield from (("", start[:10]), ("", f"ge{start}"), ("", f"eb{start}"), ("", f"ne{start[:4]}"))
            case "uri":
                yield from (("", _escaped(value)), ("above", _escaped(value + "/more")))
            case "reference" if (address := _address(value)) and not address.startswith("#"):
                yield "", _escaped(address)
                yield "", _escaped(address.rpartition("/")[2] if ":" not in address else address)
            case "quantity":
                for part in oracle.items(value, "low") or oracle.items(value, "high") or [value]:
                    yield from (("", f"{part['value']}"), ("", f"gt{part['value']}"))
                    if "code" in part:
                        yield "", f"le{part['value']}|{_escaped(part['system'])}|{_escaped(part['code'])}"


def _hit(kind: str, modifier: str, node: Node, given: str) -> bool:
    value, plain = node[1], re.sub(r"\\(.)", r"\1", given)
    match kind:
        case "token":
            return any(_same(each, plain) for each in _codings(value))
        case "string":
            if modifier == "exact":
                return plain in _texts(value)
            return any(oracle.begins(text, oracle.fold(plain)) for text in _texts(value))
        case "date" if MOMENT.fullmatch(given) and len(given) == 7 and isinstance(value, str) and len(value) == 10:
            return value.startswith(given)
        case "date":
            low, high = _span(value)
            return oracle.compared((low, high), *oracle.prefixed(given))
        case "uri":
            return plain.startswith(value) if modifier else plain == value
        case "reference":
            address = _address(value)
            return plain in (address, address.partition("|")[0]) or (
                "/" not in plain and re.fullmatch(rf"[A-Z]\w+/{re.escape(plain)}", address) is not None
            )
    return _measures(value, given)


def _same(coding: tuple[str | None, str], given: str) -> bool:
    system, code = coding
    wanted, bar, rest = given.rpartition("|")
    if not bar:
        return bool(code) and code.casefold() == given.casefold()
    return system == wanted and (not rest or code.casefold() == rest.casefold())


def _codings(value: Any) -> list[tuple[str | None, str]]:
    """System and code; no system (None) where the standard implies it."""
    if isinstance(value, bool):
        return [(None, str(value).lower())]
    if isinstance(value, str):
        return [(None, value)]
    if "coding" in value:
        return [(each.get("system", ""), each.get("code", "")) for each in value["coding"]]
    if value.get("system") in ("phone", "email", "url", "fax", "sms"):
        return [(None, re.sub(r"[\s/()–-]", "", value["value"]) if "@" not in value["value"] else value["value"])]
    found = [(value.get("system", ""), value[name]) for name in ("code", "value") if isinstance(value.get(name), str)]
    return found[:1]


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    names = ("text", "given", "prefix", "suffix", "line", "city", "district", "state", "country", "postalCode")
    families = [oracle.Family(each) for each in oracle.items(value, "family")]
    return [each for name in names for each in oracle.items(value, name) if each] + families


def _moments(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    period = value.get("repeat", {}).get("boundsPeriod", {}) if "repeat" in value else value
    return [*value.get("event", []), *(period[name] for name in ("start", "end") if name in period)]


def _span(value: Any) -> Any:
    if not isinstance(value, dict):
        return oracle.span(value)
    if not _moments(value):
        return None
    if "event" in value:
        spans = [oracle.span(each) for each in value["event"]]
        return min(low for low, _ in spans), max(high for _, high in spans)
    return oracle.span(value["repeat"]["boundsPeriod"] if "repeat" in value else value)


def _address(value: Any) -> str:
    if isinstance(value, str):
        return value
    if "resourceType" in value:
        return f"{value['resourceType']}/{value['id']}"
    return str(value.get("reference") or value.get("url") or "").partition("/_history/")[0]


def _measures(value: Json, given: str) -> bool:
    if "low" not in value and "high" not in value:
        return oracle.measures(value, given)
    low, high = (value.get(name, {}).get("value") for name in ("low", "high"))
    prefix, number = oracle.prefixed(given.partition("|")[0])
    least = Decimal("-Infinity") if low is None else Decimal(low)
    most = Decimal("Infinity") if high is None else Decimal(high)
    inside = least == most == Decimal(number)
    return {"eq": inside, "gt": most > Decimal(number), "le": least <= Decimal(number)}[prefix]


def _escaped(text: str) -> str:
    return SIGNS.sub(r"\\\1", text)
