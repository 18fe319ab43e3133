"""Is this a FHIR R4 resource that we can keep? Cheap questions first, the slowest last. Pure CPU, no database.

Order: caps → JSON schema → meaning (required bindings, reference targets, invariants, narrative) → fhir.resources.
Resources inside others (contained, Bundle entries) are checked one by one.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from patients.errors import Finding, Invalid
from patients.records import definitions, wire
from patients.records.validation import caps, inside, library, meaning, schema, thorough
from patients.records.validation.rules import Json, Surroundings

__all__ = ["MOST", "check", "findings"]

MOST: Final = 40  # of the faults that are told


def check(resource: Json) -> None:
    """Raise Invalid unless `resource` is a valid R4 resource of a type that is served.

    Whoever is refused reads all that is wrong, as far as one fault does not hide another, up to `MOST`. Each finding
    carries a FHIRPath.
    """
    if found := findings(resource, MOST):
        raise _invalid(found)


def findings(resource: Json, most: int) -> list[Finding]:
    """All that is wrong with it, as far as one fault does not hide another; at most so many."""
    try:
        resource, text = _acceptable(resource)
    except Invalid as problem:
        return list(problem.findings)
    try:
        _check(resource, library.needs_adapting(text))
    except Invalid as first:
        return list(dict.fromkeys(thorough.findings(resource, most) or first.findings))[:most]
    return []


def _acceptable(resource: Json) -> tuple[Json, bytes]:
    """The resource and its text, if it is of a type that is served and within the caps. Raises Invalid."""
    kind = resource.get("resourceType")
    if not isinstance(kind, str) or kind not in definitions.SERVED:
        words = f"Resources of type {kind} are not served here." if kind else "The element resourceType is missing."
        raise _invalid([Finding(words, "not-supported", "resourceType")])
    try:
        text = wire.text(resource)
    except (TypeError, ValueError, RecursionError):
        raise _invalid([Finding("This is no JSON object that could be written.", "structure", str(kind))]) from None
    found, spelled = caps.findings(resource, text)
    if found:
        raise _invalid(found)
    if spelled:
        resource = _unspelled(resource)
    return resource, text


def _check(resource: Json, adapt: bool, outer: Surroundings | None = None, contained: bool = False) -> None:
    """One resource: its shape, then each resource inside it, then the rest. `adapt`: the library needs its own copy."""
    kind = resource.get("resourceType")
    if not isinstance(kind, str) or kind not in definitions.resource_types():
        raise _invalid([Finding(f"R4 knows no resource type {str(kind)[:64]}.", "structure")])
    if found := schema.findings(kind, resource):
        raise _invalid(found)
    around = Surroundings.of(resource) if outer is None else outer.of_inner(resource, contained=contained)
    for path, inner in inside.resources(resource):
        try:
            _check(inner, adapt, around, path[0] == "contained")
        except Invalid as problem:
            outside = schema.expression(kind, path)
            raise _invalid(thorough.seen_from_outside(list(problem.findings), outside, inner)) from None
    alone = inside.without(resource)
    if found := meaning.findings(kind, around) or library.findings(kind, library.adapted(alone) if adapt else alone):
        raise _invalid(found)


def _unspelled(node: Any) -> Any:
    """A copy in which numbers and strings are plain: `wire.Written` and a StrEnum are only about spelling."""
    if isinstance(node, str):
        return str.__str__(node)
    if isinstance(node, dict):
        return {key: _unspelled(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_unspelled(each) for each in node]
    return Decimal(node) if isinstance(node, wire.Written) else node


def _invalid(findings: list[Finding]) -> Invalid:
    return Invalid(findings[0].text, *findings)
