"""All that is wrong with a resource: the same steps as `check`, each going on after the one before has found something.

A fault of shape is taken out of the way before the rules look at the rest. The rules know that it stands there and
cannot ask what it says (`partly`), so that they do not speak of what was taken away.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from patients.errors import Finding
from patients.records import definitions
from patients.records.validation import inside, meaning, partly, schema
from patients.records.validation.rules import Json, Surroundings

_MORE = "There are more faults of shape. They, and the rules, are looked at when these are mended."


def findings(resource: Json, most: int) -> list[Finding]:
    """The findings about a resource and those inside it. The library is not asked."""
    return _look(resource, None, False, most)[0]


def _look(resource: Json, outer: Surroundings | None, contained: bool, most: int) -> tuple[list[Finding], Json]:
    """The findings, and what is left of the resource without what cannot be read."""
    kind = resource.get("resourceType")
    if not isinstance(kind, str) or kind not in definitions.resource_types():
        return [Finding(f"R4 knows no resource type {str(kind)[:64]}.", "structure")], _nameless(resource)
    faults, are_all = schema.faults(kind, resource, most)
    found = [fault.finding for fault in faults]
    if not are_all:  # what else stands there may be anything: no rule could read it
        return [*found, Finding(_MORE, "too-costly", kind)], {"resourceType": kind}
    resource, damaged, lost = _sound(kind, resource, faults)
    around = Surroundings.of(resource) if outer is None else outer.of_inner(resource, contained=contained)
    for path, inner in inside.resources(resource):
        if len(found) >= most:
            return found, resource
        within, sound = _look(inner, around, path[0] == "contained", most - len(found))
        found += seen_from_outside(within, schema.expression(kind, path), inner)
        if sound is not inner:
            resource = schema.replaced(resource, path, sound)
    if around.container is around.resource:
        around.container = resource
    around.resource, around.told = resource, partly.told(resource, lost)
    found += meaning.findings(kind, around, most, damaged)
    if any(fault.path[:1] == ("contained",) and not fault.readable for fault in faults):
        found = [one for one in found if not one.text.endswith("(ref-1)")]  # what is contained could not be read
    return found, resource


def seen_from_outside(found: list[Finding], outside: str, inner: Json) -> list[Finding]:
    """The same findings, seen from the resource outside: `Bundle.entry[2].resource.status`."""
    kind = str(inner.get("resourceType", ""))
    return [replace(each, where=outside + each.where.removeprefix(kind)) for each in found]


def _sound(kind: str, resource: Json, faults: list[schema.Fault]) -> tuple[Json, set[str], partly.Lost]:
    """What is left without what cannot be read, which elements lost something thereby, and what each of them lost."""
    damaged: set[str] = set()
    lost: dict[schema.Path, frozenset[str]] = {}
    for fault in faults:
        if not _still_there(resource, fault.path):
            continue
        if fault.surplus:
            resource = schema.without(resource, fault)
        elif fault.empty:
            damaged.add(fault.finding.where)
        elif not fault.readable:
            owner = _owner(fault.path)
            before = _at(resource, owner)
            resource = schema.without(resource, fault)
            lost[owner] = lost.get(owner, frozenset()) | (before.keys() - _at(resource, owner).keys())
            damaged |= {schema.expression(kind, owner[:length]) for length in range(1, len(owner) + 1)}
            damaged |= set() if owner else {kind}
    return resource, damaged, lost


def _at(node: Any, path: schema.Path) -> Json:
    for step in path:
        node = node[step]
    found: Json = node
    return found


def _nameless(resource: Json) -> Json:
    """Of a resource of unknown type nothing can be said but which one it is."""
    return {
        name: value for name, value in resource.items() if name in ("resourceType", "id") and isinstance(value, str)
    }


def _owner(path: schema.Path) -> schema.Path:
    """The element whose property stands at this place."""
    while path and isinstance(path[-1], int):
        path = path[:-1]
    return path[:-1]


def _still_there(node: object, path: schema.Path) -> bool:
    """Whether something stands at this place: an earlier fault may have taken it along."""
    for step in path:
        if not isinstance(node, (dict, list)):
            return False
        if step not in (node if isinstance(node, dict) else range(len(node))):
            return False
        node = node[step]  # type: ignore[index]
    return True
