"""Is this a FHIR R4 resource that we can keep? Cheap questions first, the slowest last. Pure CPU, no database.

Order (DESIGN §3): caps → JSON schema → fhir.resources → meaning (required bindings, reference targets, invariants,
narrative). Resources inside others (contained, Bundle entries) are checked one by one.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from patients.errors import Finding, Invalid
from patients.records import definitions, wire
from patients.records.validation import caps, library, meaning, schema
from patients.records.validation.rules import Json, Surroundings

__all__ = ["check"]


def check(resource: Json) -> None:
    """Raise Invalid unless `resource` is a valid R4 resource of a type that is served. Findings carry FHIRPaths."""
    kind = resource.get("resourceType")
    if kind not in definitions.SERVED:
        words = f"Resources of type {kind} are not served here." if kind else "The element resourceType is missing."
        raise Invalid(words, Finding(words, "not-supported", str(kind or "")))
    try:
        text = wire.text(resource)
    except (TypeError, ValueError, RecursionError):
        raise _invalid([Finding("This is no JSON object that could be written.", "structure", str(kind))]) from None
    found, spelled = caps.findings(resource, text)
    if found:
        raise _invalid(found)
    if spelled:
        resource = _unspelled(resource)
    _check(resource, resource, b'"_value' in text)


def _check(resource: Json, container: Json, has_bare_values: bool, conditional: bool = False) -> None:
    """One resource without those inside, then each of these. `has_bare_values`: an extension may use `_value[x]`."""
    kind = resource.get("resourceType")
    if not isinstance(kind, str) or kind not in definitions.resource_types():
        raise _invalid([Finding(f"R4 knows no resource type {kind}.", "structure")])
    around = Surroundings(resource, container, conditional)
    found = (
        schema.findings(kind, resource)
        or library.findings(kind, _for_the_library(resource, has_bare_values))
        or meaning.findings(kind, around)
    )
    if found:
        raise _invalid(found)
    conditional = conditional or (kind == "Bundle" and resource.get("type") in ("transaction", "batch"))
    for inner, contained in around.inner:
        try:
            _check(inner, container if contained else inner, has_bare_values, conditional)
        except Invalid as problem:
            raise _placed(problem, kind, resource, inner) from None


def _for_the_library(resource: Json, has_bare_values: bool) -> Json:
    """Without the resources inside, which are checked on their own, and without what is legal but unknown to it."""
    outer = (
        {key: value for key, value in resource.items() if key != "contained"} if "contained" in resource else resource
    )
    if resource["resourceType"] == "Bundle" and "entry" in resource:
        entries = [{key: value for key, value in entry.items() if key != "resource"} for entry in resource["entry"]]
        outer = {**outer, "entry": [entry or {"id": "x"} for entry in entries]}
    if not has_bare_values:
        return outer
    found: Json = _without_bare_values(outer)
    return found


def _without_bare_values(node: Any) -> Any:
    """A copy in which no extension has a `_value[x]`: legal R4 (a value only extended), but the library refuses it."""
    if isinstance(node, list):
        return [_without_bare_values(each) for each in node]
    if not isinstance(node, dict):
        return node
    is_extension = "url" in node
    return {
        key: _without_bare_values(value)
        for key, value in node.items()
        if not (is_extension and key.startswith("_value"))
    }


def _unspelled(node: Any) -> Any:
    """A copy in which numbers are plain: `wire.Written` is only about spelling."""
    if isinstance(node, dict):
        return {key: _unspelled(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_unspelled(each) for each in node]
    return Decimal(node) if isinstance(node, wire.Written) else node


def _placed(problem: Invalid, kind: str, resource: Json, inner: Json) -> Invalid:
    """The same problem, seen from the resource outside: `Bundle.entry[2].resource.status`."""
    path = meaning.place_of(resource, inner)
    outside = schema.expression(kind, path)
    inside = str(inner.get("resourceType", ""))
    found = [Finding(each.text, each.code, outside + each.where.removeprefix(inside)) for each in problem.findings]
    return _invalid(found)


def _invalid(findings: list[Finding]) -> Invalid:
    return Invalid(findings[0].text, *findings)
