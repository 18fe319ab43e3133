"""`_summary` and `_elements`: a part of a resource, marked as such. Numbers keep their digits.

What is mandatory and what changes the meaning of the rest (`doNotPerform`) is never left out, so that a part cannot be
taken for something else. https://hl7.org/fhir/R4/search.html#summary · https://hl7.org/fhir/R4/search.html#elements
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from patients.fhir.asking import Pairs
from patients.records import definitions, wire
from patients.records.search import refused

SUMMARY: Final = "_summary"
ELEMENTS: Final = "_elements"
PARAMETERS: Final = (SUMMARY, ELEMENTS)
COUNT: Final = "count"
SUMMARIES: Final = ("true", "text", "data", COUNT, "false")
SUBSETTED: Final = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}

_ALWAYS: Final = frozenset({"resourceType", "id", "meta"})


@dataclass(frozen=True, slots=True)
class Subset:
    """Which part of a resource is told; all of it where neither parameter was given."""

    summary: str = "false"
    elements: frozenset[str] = frozenset()

    @property
    def whole(self) -> bool:
        """Whether nothing is left out."""
        return self.summary == "false" and not self.elements

    def of(self, text: bytes) -> bytes:
        """The JSON text of the part, with the tag SUBSETTED."""
        if self.whole:
            return text
        resource = wire.opened(text)
        kept = self._kept(resource)
        head: wire.Json = {name: kept.pop(name) for name in ("resourceType", "id") if name in kept}
        return wire.text({**head, "meta": _tagged(kept.pop("meta", {})), **kept})

    def _kept(self, resource: wire.Json) -> wire.Json:
        if self.summary == "data":
            return {name: value for name, value in resource.items() if name != "text"}
        type_ = resource["resourceType"]
        if self.summary == "true":
            return _summary(type_, resource)
        wanted = _needed(type_) | (self.elements or {"text"})
        stems = definitions.structure(type_).stems
        return {
            name: value
            for name, value in resource.items()
            if (plain := name.removeprefix("_")) in wanted or stems.get(plain) in wanted
        }

    @property
    def without_elements(self) -> Subset:
        """For what is included beside matches: `_elements` speaks of these alone."""
        return Subset(self.summary)


def parse(pairs: Pairs, types: Iterable[str]) -> Subset:
    """What the two parameters ask for, for resources of these types. Raises Invalid, naming the one at fault."""
    summaries = [value for name, value in pairs if name == SUMMARY]
    asked = [each for name, value in pairs if name == ELEMENTS for each in value.split(",")]
    if len(summaries) > 1:
        raise refused(SUMMARY, "is given twice")
    summary = summaries[0] if summaries else "false"
    if summary not in SUMMARIES:
        raise refused(SUMMARY, f"cannot be “{summary[:20]}”; it is one of {', '.join(SUMMARIES)}")
    if asked and summary != "false":
        raise refused(ELEMENTS, "and _summary exclude each other")
    known = frozenset[str]().union(*(_names(type_) for type_ in types))
    unknown = next((each for each in asked if each not in known and each not in _ALWAYS), None)
    if unknown is not None:
        raise refused(ELEMENTS, f"names “{unknown[:40]}”, which is no element of {' or '.join(sorted(types))[:80]}")
    return Subset(summary, frozenset(asked))


def of_one(pairs: Pairs, type_: str) -> Subset:
    """The same for reading one resource, which cannot be counted."""
    return of_each(pairs, [type_])


def of_each(pairs: Pairs, types: Iterable[str]) -> Subset:
    """The same for reading resources that are told one by one, as in a history."""
    found = parse(pairs, types)
    if found.summary == COUNT:
        raise refused(SUMMARY, "cannot be “count” where no search is")
    return found


def _tagged(meta: wire.Json) -> wire.Json:
    tags = meta.get("tag", [])
    return meta if SUBSETTED in tags else {**meta, "tag": [*tags, SUBSETTED]}


def _summary(type_: str, element: wire.Json) -> wire.Json:
    """The summary elements of a type or backbone element, each reduced in the same way."""
    fields, wanted = definitions.structure(type_).fields, _in_summary(type_)
    return {
        name: _reduced(fields[name].type, value) if name in fields else value
        for name, value in element.items()
        if name.removeprefix("_") in wanted
    }


def _reduced(type_: str, value: Any) -> Any:
    if not definitions.has_structure(type_) or not _divided(type_):
        return value
    if isinstance(value, list):
        return [_summary(type_, each) for each in value]
    return _summary(type_, value)


@lru_cache(maxsize=1024)
def _in_summary(type_: str) -> frozenset[str]:
    fields = definitions.structure(type_).fields
    return _needed(type_) | {name for name, field in fields.items() if field.summary}


@lru_cache(maxsize=1024)
def _divided(type_: str) -> bool:
    """Whether the standard says of a data type or backbone element which of its parts belong to a summary."""
    fields = definitions.structure(type_).fields
    return any(field.summary for name, field in fields.items() if name != "modifierExtension")


@lru_cache(maxsize=1024)
def _needed(type_: str) -> frozenset[str]:
    """What is never left out: identity, what must stand, what changes the meaning of the rest."""
    structure = definitions.structure(type_)
    choices = {name for names, least in structure.choices if least for name in names}
    return _ALWAYS | choices | {name for name, field in structure.fields.items() if field.least or field.modifier}


@lru_cache(maxsize=64)
def _names(type_: str) -> frozenset[str]:
    structure = definitions.structure(type_)
    return frozenset(structure.fields) | frozenset(structure.stems.values())
