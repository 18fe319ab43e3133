"""Invariants: what the standard says must hold for the elements of each type, beyond number, type and codes."""

from __future__ import annotations

from typing import Any

from patients.records.definitions.build.package import BASE, Package
from patients.records.definitions.served import SERVED

SIMPLE = BASE + "SimpleQuantity"


def invariants(package: Package) -> dict[str, dict[str, Any]]:
    """By key: severity, words, FHIRPath and the elements for which it is stated, for types served and their parts."""
    found: dict[str, dict[str, Any]] = {}
    for type_ in sorted(_reached(package)):
        for element in package.structures[type_]["snapshot"]["element"]:
            for constraint in element.get("constraint", ()):
                if constraint.get("source", BASE + type_) == BASE + type_:
                    _note(found, constraint, element["path"])
            if any(SIMPLE in each.get("profile", ()) for each in element.get("type", ())):
                for constraint in package.profile(SIMPLE)["snapshot"]["element"][0]["constraint"]:
                    if constraint.get("source", SIMPLE) == SIMPLE:
                        _note(found, constraint, element["path"])
    return dict(sorted(found.items()))


def _note(found: dict[str, dict[str, Any]], constraint: dict[str, Any], path: str) -> None:
    described = {name: constraint.get(name, "") for name in ("severity", "human", "expression")}
    found.setdefault(constraint["key"], {**described, "on": []})["on"].append(path)


def _reached(package: Package) -> set[str]:
    """The types served, the types of their elements, and what they all are kinds of."""
    found: set[str] = set()
    waiting = set(SERVED)
    while waiting:
        type_ = waiting.pop()
        found.add(type_)
        types = [
            each for path, element in package.elements.items() if path.startswith(type_ + ".") for each in element.types
        ]
        waiting |= {each for each in (*types, *package.ancestors(type_)) if each in package.structures} - found
    return found - {"Parameters"}
