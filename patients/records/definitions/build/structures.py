"""Structures: which elements each type has, of which type, how often, bound to which codes, pointing to what."""

from __future__ import annotations

from typing import Any

from patients.records.definitions.build.package import REGEX, Element, Package

LANGUAGES = "http://hl7.org/fhir/ValueSet/all-languages"
ABSTRACT = {"Element", "BackboneElement", "Resource", "DomainResource"}


def structures(package: Package) -> dict[str, Any]:
    """By type or backbone path: its fields (name → description) and its choices (name → fields, least)."""
    nodes: dict[str, Any] = {}
    for path, elements in package.children.items():
        kind = package.structures[path.partition(".")[0]]["kind"]
        if kind == "primitive-type" or path in ABSTRACT:
            continue
        fields = {name: described for element in elements for name, described in _fields(package, element).items()}
        if kind == "resource" and "." not in path and "id" in fields:
            fields["id"]["type"] = "id"  # the snapshots say string: a known slip of R4
        nodes[path] = {"fields": fields}
        if choices := [[list(element.fields()), element.least] for element in elements if element.is_choice]:
            nodes[path]["choices"] = choices
    return dict(sorted(nodes.items()))


def _fields(package: Package, element: Element) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for name, code in element.fields().items():
        described: dict[str, Any] = {"type": package.inside(element.path, code)}
        if element.repeats:
            described["many"] = True
        if element.plain:
            described["plain"] = True
        if element.summary:
            described["summary"] = True
        if element.modifier:
            described["modifier"] = True
        if element.least and not element.is_choice:
            described["least"] = element.least
        if element.binding and element.binding.strength == "required":
            described["codes"] = element.binding.value_set
        elif element.binding and code == "code" and element.binding.at_most == LANGUAGES:
            described["codes"] = LANGUAGES
        if code == "Reference" and element.targets and "Resource" not in element.targets:
            described["targets"] = list(element.targets)
        found[name] = described
    return found


def primitives(package: Package) -> dict[str, str]:
    """The official regular expression of each primitive type; empty where there is none."""
    found = {}
    for name, structure in package.structures.items():
        if structure["kind"] == "primitive-type":
            value = structure["snapshot"]["element"][-1]
            said = [each for type_ in value["type"] for each in type_.get("extension", ()) if each["url"] == REGEX]
            found[name] = str(said[0]["valueString"]) if said else ""
    return dict(sorted(found.items()))


def resources(package: Package) -> list[str]:
    """The names of all resource types of R4, abstract ones left out."""
    return sorted(
        name for name, found in package.structures.items() if found["kind"] == "resource" and name not in ABSTRACT
    )
