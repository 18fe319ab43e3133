"""A corpus of invalid resources, made from the valid ones: one thing is wrong with each, at a known place.

`generated` makes valid ones of every type at random from the official definitions: nothing legal may be refused.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from patients.records import definitions
from tests.patients.records import fixtures

Json = dict[str, Any]


class Case(NamedTuple):
    """A resource with one fault, what the fault is, and the FHIRPath that must be named."""

    fault: str
    where: str
    resource: Json

    def __str__(self) -> str:
        return f"{self.fault} at {self.where}"


class Place(NamedTuple):
    """One property of one element somewhere in a resource."""

    path: tuple[str | int, ...]  # of the element
    name: str
    field: definitions.Field


def cases(name: str) -> Iterator[Case]:
    """All single faults that can be made in a fixture."""
    good = fixtures.resource(name)
    for place in places(good):
        for fault, change in _faults(place):
            bad = copy.deepcopy(good)
            element = reach(bad, place.path)
            if (where := change(element, place)) is not None:
                yield Case(fault, _expression(good, (*place.path, *where)), bad)


def places(resource: Json) -> Iterator[Place]:
    """Every property that the official structures describe; what is inside contained resources and entries as well."""
    waiting: list[tuple[Json, tuple[str | int, ...], str]] = [(resource, (), resource["resourceType"])]
    while waiting:
        element, path, structure = waiting.pop()
        fields = definitions.structure(structure).fields
        for name, value in element.items():
            if name not in fields:
                continue
            field = fields[name]
            yield Place(path, name, field)
            below = (
                [((*path, name, i), each) for i, each in enumerate(value)] if field.many else [((*path, name), value)]
            )
            if field.type not in definitions.primitives():
                waiting += [
                    (each, at, each["resourceType"] if field.type == "Resource" else field.type) for at, each in below
                ]


def reach(resource: Json, path: tuple[str | int, ...]) -> Json:
    node: Any = resource
    for step in path:
        node = node[step]
    found: Json = node
    return found


Change = Callable[[Json, Place], tuple[str | int, ...] | None]


def _faults(place: Place) -> Iterator[tuple[str, Change]]:
    yield "unknown element", _unknown
    yield "wrong JSON type", _wrong_type
    yield "empty", _empty
    if place.field.many:
        yield "not a list", _not_a_list
    else:
        yield "list instead of one", _list
    if place.field.type in ("dateTime", "date", "instant", "time", "id", "uri", "url", "canonical", "base64Binary"):
        yield "wrong form", _wrong_form
    if place.field.codes and definitions.codes(place.field.codes) is not None:
        yield "unknown code", _unknown_code
    if place.field.type == "Reference":
        yield "script as reference", _script
        if place.field.targets:
            yield "wrong target", _wrong_target
    if place.field.type == "Narrative":
        yield "script in narrative", _narrative
    if place.field.least:
        yield "missing", _missing


def _unknown(element: Json, place: Place) -> tuple[str | int, ...]:
    element[place.name + "Surprise"] = "x"
    return ()


def _wrong_type(element: Json, place: Place) -> tuple[str | int, ...]:
    wrong: Any = "5" if place.field.type in ("integer", "positiveInt", "unsignedInt", "decimal", "boolean") else 5
    element[place.name] = [wrong] if place.field.many else wrong
    return (place.name, 0) if place.field.many else (place.name,)


def _empty(element: Json, place: Place) -> tuple[str | int, ...] | None:
    if place.field.type in ("integer", "positiveInt", "unsignedInt", "decimal", "boolean", "Resource"):
        return None
    empty: Any = "" if place.field.type in definitions.primitives() else {}
    element[place.name] = [empty] if place.field.many else empty
    return (place.name, 0) if place.field.many else (place.name,)


def _not_a_list(element: Json, place: Place) -> tuple[str | int, ...]:
    element[place.name] = element[place.name][0]
    return (place.name,)


def _list(element: Json, place: Place) -> tuple[str | int, ...]:
    element[place.name] = [element[place.name]]
    return (place.name,)


def _wrong_form(element: Json, place: Place) -> tuple[str | int, ...]:
    wrong = {"id": "x" * 65, "uri": "a b", "url": "a b", "canonical": "a b", "base64Binary": "?"}
    element[place.name] = wrong.get(place.field.type, "2026-13-01T25:00")
    if place.field.many:
        element[place.name] = [element[place.name]]
        return (place.name, 0)
    return (place.name,)


def _unknown_code(element: Json, place: Place) -> tuple[str | int, ...]:
    wrong: Any = "no-such-code"
    if place.field.type == "CodeableConcept":
        wrong = {"coding": [{"system": "https://telecare.example/fhir/CodeSystem/none", "code": "no-such-code"}]}
    element[place.name] = [wrong] if place.field.many else wrong
    return (place.name, 0) if place.field.many else (place.name,)


def _script(element: Json, place: Place) -> tuple[str | int, ...]:
    return _point(element, place, "javascript:alert(1)")


def _wrong_target(element: Json, place: Place) -> tuple[str | int, ...]:
    other = next(name for name in sorted(definitions.SERVED, reverse=True) if name not in place.field.targets)
    return _point(element, place, f"{other}/1")


def _point(element: Json, place: Place, address: str) -> tuple[str | int, ...]:
    reference = {"reference": address}
    element[place.name] = [reference] if place.field.many else reference
    return (place.name, 0) if place.field.many else (place.name,)


def _narrative(element: Json, place: Place) -> tuple[str | int, ...]:
    div = '<div xmlns="http://www.w3.org/1999/xhtml"><p onclick="x()">Blutdruck</p></div>'
    element[place.name] = {"status": "generated", "div": div}
    return (place.name,)


def _missing(element: Json, place: Place) -> tuple[str | int, ...]:
    del element[place.name]
    element.pop("_" + place.name, None)
    return ()


def _expression(resource: Json, path: tuple[str | int, ...]) -> str:
    """The FHIRPath of a JSON path, written here once more and more simply than in the code under test."""
    found, structure = str(resource["resourceType"]), str(resource["resourceType"])
    node: Any = resource
    for step in path:
        if isinstance(step, int):
            found += f"[{step}]"
            node = node[step] if step < len(node) else None
            structure = node["resourceType"] if isinstance(node, dict) and "resourceType" in node else structure
            continue
        described = definitions.structure(structure)
        found += "." + described.stems.get(step, step)
        structure = described.fields[step].type
        node = node[step]
        if isinstance(node, dict) and "resourceType" in node:
            structure = node["resourceType"]
    return found


VALUES: dict[str, list[Any]] = {
    "boolean": [True, False],
    "decimal": [Decimal("0.40"), 1, -3, Decimal("1E-7"), 123456789012345678901234],
    "integer": [0, -5, 2147483647],
    "positiveInt": [1, 5],
    "unsignedInt": [0, 7],
    "string": ["Ärztin", "10\u00a0mg", "zwei\nZeilen\t\r", " x", "'\"<>&", "👩‍⚕️", "\u3000"],
    "markdown": ["**wichtig**\n- ja"],
    "code": ["a", "a b"],
    "id": ["a-1.B", "x" * 64],
    "uri": ["urn:oid:1.2.3", "https://praxis.example/ä?b#c", "abc"],
    "url": ["https://praxis.example/", "ftp://praxis.example/x", "mailto:a@praxis.example"],
    "canonical": ["https://praxis.example/Questionnaire/x|1.0"],
    "oid": ["urn:oid:1.2.3"],
    "uuid": ["urn:uuid:c757873d-ec9a-4326-a141-556f43239520"],
    "date": ["2020", "2020-02", "2020-02-29", "1900-01-01"],
    "dateTime": ["2020", "2020-02", "2020-02-29", "2020-01-01T10:00:00Z", "2016-12-31T23:59:60.123456789+02:00"],
    "instant": ["2020-01-01T10:00:00Z", "2020-01-01T10:00:00.1234567+14:00"],
    "time": ["10:00:00", "23:59:59.999"],
    "base64Binary": ["YWJj", "YW Jj\n", "YQ=="],
    "xhtml": ['<div xmlns="http://www.w3.org/1999/xhtml"><p>ja</p></div>'],
}


def generated(type_: str, seed: int) -> Json:
    """A resource of this type with elements chosen at random: right in shape, without any meaning."""
    chance = random.Random(f"{type_} {seed}")
    return {"resourceType": type_} | _generated(type_, chance, 0, 0.3)


def _generated(name: str, chance: random.Random, depth: int, share: float) -> Json:
    structure = definitions.structure(name)
    of_choice = {member for members, _ in structure.choices for member in members}
    wanted = {chance.choice(members) for members, least in structure.choices if least or chance.random() < share}
    found: Json = {}
    for field, described in structure.fields.items():
        if field in of_choice:
            if field not in wanted:
                continue
        elif not described.least and (chance.random() > share or depth > 3):
            continue
        if described.type == "Resource" or (field in ("extension", "modifierExtension") and depth > 2):
            continue
        many = [_value(described, chance, depth, share) for _ in range(chance.choice((1, 2)))]
        found[field] = many if described.many else many[0]
    return found


def _value(field: definitions.Field, chance: random.Random, depth: int, share: float) -> Any:
    codes = definitions.codes(field.codes) if field.codes else None
    if field.type in definitions.primitives():
        return chance.choice(sorted(codes))[1] if codes else chance.choice(VALUES[field.type])
    if field.type == "Reference" and field.targets:
        return {"reference": f"{chance.choice(sorted(field.targets))}/x"}
    made = _generated(field.type, chance, depth + 1, share * 0.6)
    return made or {"extension": [{"url": "https://praxis.example/x", "valueString": "x"}]}
