"""Bindings: the codes of every value set that an element is required to use, spelled out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from patients.records.definitions.build.package import Package
from patients.records.definitions.served import SERVED

# Defined outside FHIR (BCP 13, BCP 47, ISO 4217, UCUM, LOINC): their codes are not in the package.
UNLISTED = {
    "http://hl7.org/fhir/ValueSet/currencies",
    "http://hl7.org/fhir/ValueSet/all-languages",
    "http://hl7.org/fhir/ValueSet/mimetypes",
    "http://hl7.org/fhir/ValueSet/ucum-units",
    "http://loinc.org/vs/LL379-9",
}

FEW = 400  # codes of a value set that a search spells out

Codes = dict[str, set[str]]


def codes(package: Package) -> dict[str, dict[str, list[str]]]:
    """By value set: its codes by system."""
    required = sorted(
        {
            element.binding.value_set
            for element in package.elements.values()
            if element.binding and element.binding.strength == "required"
        }
    )
    return {
        url: {system: sorted(found) for system, found in sorted(expand(package, url).items())}
        for url in required
        if url not in UNLISTED
    }


def suggested(package: Package, known: dict[str, dict[str, list[str]]]) -> dict[str, dict[str, list[str]]]:
    """The same for other value sets to which elements of served types, or official profiles on them, are bound, as far
    as they can be told and are few.

    Nothing need keep to them; a search may ask for their codes (`:in`).
    """
    bound = {
        element.binding.value_set
        for path, element in package.elements.items()
        if element.binding and path.partition(".")[0] in SERVED
    } | _of_profiles(package)
    found = {}
    for url in sorted(bound - known.keys() - UNLISTED):
        try:
            listed = expand(package, url)
        except SystemExit:  # of a code system that is not in the package, such as SNOMED CT
            continue
        if 0 < sum(map(len, listed.values())) <= FEW:
            found[url] = {system: sorted(each) for system, each in sorted(listed.items())}
    return found


def _of_profiles(package: Package) -> set[str]:
    """What profiles on served types bind: the vital signs say more about their codes than Observation does."""
    return {
        raw["binding"]["valueSet"].partition("|")[0]
        for found in package.all("StructureDefinition")
        if found.get("derivation") == "constraint" and found["type"] in SERVED
        for raw in found.get("snapshot", {}).get("element", ())
        if "valueSet" in raw.get("binding", {})
    }


def expand(package: Package, url: str) -> Codes:
    """The codes of a value set by system. Stops the build where it cannot be told."""
    value_set = package.by_url.get(url)
    if value_set is None or value_set["resourceType"] != "ValueSet":
        raise SystemExit(f"no value set {url}")
    found: Codes = {}
    for part in value_set["compose"]["include"]:
        for system, listed in _included(package, part).items():
            found.setdefault(system, set()).update(listed)
    for part in value_set["compose"].get("exclude", ()):
        for system, listed in _included(package, part).items():
            found[system] -= listed
    return found


def _included(package: Package, part: dict[str, Any]) -> Codes:
    found: Codes | None = None
    if "system" in part:
        found = {part["system"]: _of_system(package, part)}
    for url in part.get("valueSet", ()):
        other = expand(package, url.partition("|")[0])
        found = other if found is None else {system: found[system] & other.get(system, set()) for system in found}
    return found or {}


def _of_system(package: Package, part: dict[str, Any]) -> set[str]:
    if "concept" in part:
        return {concept["code"] for concept in part["concept"]}
    system = package.by_url.get(part["system"])
    if system is None or system.get("content") != "complete":
        raise SystemExit(f"the codes of {part['system']} are not in the package")
    found = dict(_concepts(system["concept"], ()))
    chosen = set(found)
    for rule in part.get("filter", ()):
        if rule["op"] not in ("is-a", "descendent-of"):
            raise SystemExit(f"cannot filter {part['system']} by {rule['op']}")
        inside = {code for code, ancestors in found.items() if rule["value"] in ancestors}
        chosen &= inside | ({rule["value"]} if rule["op"] == "is-a" else set())
    return chosen


def _concepts(listed: list[dict[str, Any]], ancestors: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for concept in listed:
        yield concept["code"], ancestors
        yield from _concepts(concept.get("concept", []), (*ancestors, concept["code"]))
