"""What FHIR R4 4.0.1 says about the types that are served: search parameters, patients, schema, bindings, references.

The data are derived from the official package by `make definitions` and read when first needed.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path as File
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from django.conf import settings

from patients.records.definitions.paths import Path, follow, type_referred_to
from patients.records.definitions.served import SERVED

__all__ = [
    "ID",
    "SERVED",
    "Component",
    "Field",
    "Invariant",
    "Parameter",
    "Path",
    "Structure",
    "address_names",
    "codes",
    "compartment",
    "compartments",
    "has_structure",
    "invariants",
    "patients_of",
    "primitives",
    "relative",
    "resource_types",
    "search_parameters",
    "structure",
    "type_referred_to",
    "value_set",
    "version",
]

ID: Final = re.compile(r"[A-Za-z0-9.-]{1,64}")  # https://hl7.org/fhir/R4/datatypes.html#id

_DATA: Final = File(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Component:
    """One half of a composite parameter: its paths start at the elements the composite finds."""

    name: str
    kind: str
    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One search parameter of one type. https://hl7.org/fhir/R4/search.html"""

    name: str
    kind: str  # token string date reference quantity uri number composite special
    url: str
    paths: tuple[Path, ...]
    targets: frozenset[str]  # reference: types it may point to
    components: tuple[Component, ...]  # composite only


class Field(NamedTuple):
    """One JSON property of a structure."""

    type: str  # a primitive, a data type, the path of a backbone (`Observation.component`) or `Resource`
    many: bool
    least: int
    codes: str  # value set whose codes are required; empty: none
    targets: frozenset[str]  # types a Reference may point to; empty: any
    plain: bool  # a primitive that has no extensions of its own (`id`, `Extension.url`)
    summary: bool  # part of `_summary=true`
    modifier: bool  # changes what the others mean: never left out


@dataclass(frozen=True, slots=True)
class Structure:
    """The properties of a type or backbone element, and those of which only one may stand (`value[x]`)."""

    fields: Mapping[str, Field]
    choices: tuple[tuple[tuple[str, ...], int], ...]  # names, and how many must stand (0 or 1)
    stems: Mapping[str, str]  # what FHIRPath calls the members of a choice: valueQuantity → value


class Invariant(NamedTuple):
    """A rule of the standard about elements. https://hl7.org/fhir/R4/conformance-rules.html#constraints"""

    key: str
    severity: str  # error, or warning: good practice only
    words: str
    expression: str  # FHIRPath
    on: tuple[str, ...]  # elements for which it is stated


def search_parameters(type_: str) -> Mapping[str, Parameter]:
    """All official search parameters of a type by name, `_id` … `_source` among them; empty for types not served."""
    return _parameters().get(type_, MappingProxyType({}))


def patients_of(resource: dict[str, Any]) -> tuple[str, ...]:
    """The logical ids of all patients the resource concerns, in document order; a Patient concerns itself.

    Only references that are relative (`Patient/…`) or begin with our own address name a patient of ours. The element
    the record is about counts first; where it names no patient, the others that put it into the patient compartment
    count. A Bundle concerns all patients of its entries.
    """
    kind = resource.get("resourceType", "")
    if kind == "Patient":
        return (resource["id"],) if "id" in resource else ()
    if kind == "Bundle":
        inner = [entry["resource"] for entry in resource.get("entry", ()) if "resource" in entry]
        return tuple(dict.fromkeys(patient for each in inner for patient in patients_of(each)))
    for rank in _patient_paths().get(kind, ()):
        found = [each.get("reference", "") for path in rank for each in follow(path, resource, resource)]
        references = [relative(address) for address in found]
        named = [reference.split("/")[1] for reference in references if reference.startswith("Patient/")]
        if named:
            return tuple(dict.fromkeys(named))
    return ()


def relative(address: str) -> str:
    """A reference as it is, but relative where it begins with our own address: both lead to the same."""
    return address.removeprefix(f"{settings.PUBLIC_URL}/fhir/")


def compartments() -> frozenset[str]:
    """The types that others are grouped around: `Patient`, `Encounter` …"""
    return frozenset(_search()["compartments"])


def compartment(name: str) -> Mapping[str, tuple[str, ...]]:
    """By type, the search parameters that put a resource into this compartment; `{def}` is the resource itself."""
    return MappingProxyType({type_: tuple(names) for type_, names in _search()["compartments"][name].items()})


@cache
def resource_types() -> frozenset[str]:
    """The names of all R4 resource types, served or not."""
    return frozenset(_structures()["resources"])


def primitives() -> Mapping[str, str]:
    """The primitive types, each with its official regular expression (empty where there is none)."""
    return _structures()["primitives"]  # type: ignore[no-any-return]


@cache
def structure(name: str) -> Structure:
    """The structure of a type or backbone path. Raises KeyError for what R4 does not know."""
    raw = _structures()["structures"][name]
    fields = {field: _field(described) for field, described in raw["fields"].items()}
    choices = tuple((tuple(names), least) for names, least in raw.get("choices", ()))
    stems = {name: name[: -len(fields[name].type)] for names, _ in choices for name in names}
    return Structure(MappingProxyType(fields), choices, MappingProxyType(stems))


def has_structure(name: str) -> bool:
    """Whether R4 knows a type or backbone path of this name that has elements."""
    return name in _structures()["structures"]


@cache
def address_names() -> frozenset[str]:
    """The names of all properties that may hold an address: `reference`, `system`, `valueCanonical` …"""
    each = (field for raw in _structures()["structures"].values() for field in raw["fields"].items())
    return frozenset(["reference", *(name for name, raw in each if raw["type"] in ("uri", "url", "canonical"))])


def version() -> str:
    """The version of FHIR these data describe."""
    return str(_structures()["version"])


@cache
def invariants() -> Mapping[str, Invariant]:
    """All official invariants of the types served and of their data types, by key."""
    return {
        key: Invariant(key, raw["severity"], raw["human"], raw["expression"], tuple(raw["on"]))
        for key, raw in _read("invariants").items()
    }


@cache
def codes(value_set: str) -> frozenset[tuple[str, str]] | None:
    """The (system, code) pairs of a required value set; None where they are defined outside FHIR (MIME types …)."""
    return _pairs(_structures()["codes"].get(value_set))


def value_set(url: str) -> frozenset[tuple[str, str]] | None:
    """The (system, code) pairs of a value set to which served types, or official profiles on them, are bound.

    None for any other: unknown, defined outside FHIR (SNOMED CT, LOINC …), or with more than some hundred codes.
    """
    return _pairs(_structures()["codes"].get(url) or _value_sets().get(url))


def _pairs(listed: Mapping[str, list[str]] | None) -> frozenset[tuple[str, str]] | None:
    return None if listed is None else frozenset((system, code) for system, found in listed.items() for code in found)


def _read(name: str) -> Any:
    return json.loads(gzip.decompress((_DATA / f"{name}.json.gz").read_bytes()))


@cache
def _search() -> dict[str, Any]:
    found: dict[str, Any] = _read("search")
    return found


@cache
def _value_sets() -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = _read("valuesets")
    return found


@cache
def _structures() -> dict[str, Any]:
    found: dict[str, Any] = _read("structures")
    return found


def _field(raw: dict[str, Any]) -> Field:
    targets = frozenset(raw.get("targets", ()))
    many, plain = raw.get("many", False), raw.get("plain", False)
    summary, modifier = raw.get("summary", False), raw.get("modifier", False)
    return Field(raw["type"], many, raw.get("least", 0), raw.get("codes", ""), targets, plain, summary, modifier)


@cache
def _parameters() -> dict[str, Mapping[str, Parameter]]:
    return {
        type_: MappingProxyType({name: _parameter(name, raw) for name, raw in named.items()})
        for type_, named in _search()["parameters"].items()
    }


@cache
def _patient_paths() -> dict[str, tuple[tuple[Path, ...], ...]]:
    return {type_: tuple(_paths(rank) for rank in ranks) for type_, ranks in _search()["patients"].items()}


def _parameter(name: str, raw: dict[str, Any]) -> Parameter:
    components = [Component(each["name"], each["kind"], _paths(each["paths"])) for each in raw.get("components", ())]
    url = raw["url"] if "://" in raw["url"] else f"http://hl7.org/fhir/SearchParameter/{raw['url']}"
    targets = frozenset(raw.get("targets", ()))
    return Parameter(name, raw["kind"], url, _paths(raw["paths"]), targets, tuple(components))


def _paths(raw: list[list[Any]]) -> tuple[Path, ...]:
    def step(each: str | list[str]) -> str | tuple[str, ...]:
        return each if isinstance(each, str) else tuple(each)

    return tuple(Path(tuple(step(each) for each in steps), type_) for *steps, type_ in raw)
