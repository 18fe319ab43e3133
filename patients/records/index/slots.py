"""The slots of the index: one for each place in a resource that any search parameter looks at.

Parameters that look at the same place share its slot: `patient` and `subject`, `code` and `combo-code`. A slot is known
in the database by a number that depends on nothing but its name, so that new parameters need no migration.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Final

from patients.records import definitions
from patients.records.definitions import Path
from patients.records.index import text

# kind of the rows that a parameter of this kind reads
ROWS: Final = {"token": "token", "string": "string", "uri": "uri", "reference": "reference", "date": "date",
               "quantity": "quantity", "number": "quantity"}  # fmt: skip

# The date by which documents of a type are ordered and which stands in their own row (`moment`, `until`): it is never
# repeated in one document. The second entry is the longest range it can cover, where it cannot be a period.
SECOND: Final = 1_000_000
YEAR: Final = 366 * 86_400 * 1_000_000 + 7_200_000_000
MAIN_DATES: Final[Mapping[str, tuple[str, int | None]]] = MappingProxyType(
    {
        "AllergyIntolerance": ("date", YEAR),
        "Appointment": ("date", SECOND),
        "AuditEvent": ("date", SECOND),
        "Basic": ("created", YEAR),
        "Bundle": ("timestamp", SECOND),
        "CarePlan": ("date", None),
        "CareTeam": ("date", None),
        "Communication": ("sent", YEAR),
        "CommunicationRequest": ("authored", YEAR),
        "Composition": ("date", YEAR),
        "Condition": ("recorded-date", YEAR),
        "Consent": ("date", YEAR),
        "DetectedIssue": ("identified", None),
        "DiagnosticReport": ("date", None),
        "DocumentReference": ("date", SECOND),
        "Encounter": ("date", None),
        "EpisodeOfCare": ("date", None),
        "Flag": ("date", None),
        "Goal": ("start-date", YEAR),
        "Immunization": ("date", YEAR),
        "List": ("date", YEAR),
        "Media": ("created", None),
        "MedicationRequest": ("authoredon", YEAR),
        "MedicationStatement": ("effective", None),
        "Observation": ("date", None),
        "PractitionerRole": ("date", None),
        "Procedure": ("date", None),
        "Provenance": ("recorded", SECOND),
        "Questionnaire": ("date", YEAR),
        "QuestionnaireResponse": ("authored", YEAR),
        "Schedule": ("date", None),
        "ServiceRequest": ("authored", YEAR),
        "Slot": ("start", SECOND),
        "Task": ("authored-on", YEAR),
    }
)
MOMENTS: Final = frozenset({"date", "dateTime", "instant", "Period", "Timing"})  # what a date may be found in
SHORT: Final = frozenset({"state", "country"})  # elements that hold codes of two letters
HALVES: Final = ("token", "string", "quantity", "date", "reference")  # what the second half of a composite may be
NEAR: Final = ("Location", "near")
BIRTH_DATES: Final = frozenset({"birthdate"})  # kept blind: by year, month and day

TRUE_AND_FALSE: Final = "http://hl7.org/fhir/special-values"

# Types whose codes say what somebody suffers from: their values are hashed with a key per patient, but for the elements
# that tell nothing
DIAGNOSES: Final = frozenset(
    [
        "AllergyIntolerance",
        "CarePlan",
        "Composition",
        "Condition",
        "DetectedIssue",
        "DiagnosticReport",
        "DocumentReference",
        "Flag",
        "Goal",
        "Immunization",
        "List",
        "Media",
        "MedicationRequest",
        "MedicationStatement",
        "Procedure",
        "QuestionnaireResponse",
        "ServiceRequest",
    ]
)
TELLING_NOTHING: Final = frozenset({"identifier", "status", "intent", "priority", "groupIdentifier", "requisition"})
DIAGNOSES_ELSEWHERE: Final = frozenset(
    {
        ("Appointment", "reasonCode"),
        ("Encounter", "reasonCode"),
        ("EpisodeOfCare", "type"),
        ("Observation", "valueCodeableConcept"),
        ("Observation", "valueString"),
    }
)


@dataclass(frozen=True, slots=True)
class Slot:
    """One place, read as one kind of value."""

    type: str
    name: str  # `Observation.component.code as token`
    number: int
    kind: str  # token string uri reference date quantity birth main composite position
    path: Path
    per_patient: bool
    components: tuple[definitions.Component, ...] = ()
    entry: str = ""  # the element of the resource without which there is nothing to read

    @property
    def shortest(self) -> int:
        """Letters of the shortest beginning by which a text here is found."""
        return 1 if self.path.steps[-1:] and self.path.steps[-1] in SHORT else text.SHORTEST


@dataclass(frozen=True, slots=True)
class Parameter:
    """A search parameter as it is answered: its slots, and the only type its references may have (`patient`)."""

    type: str
    name: str
    kind: str
    slots: tuple[Slot, ...]
    target: str = ""
    targets: frozenset[str] = frozenset()
    components: tuple[str, ...] = ()  # kinds of a composite's two halves
    first_slots: tuple[Slot, ...] = ()  # those of a composite's first half alone, where they exist
    second_slots: tuple[Slot, ...] = ()  # and of its second one
    refused: str = ""  # why it cannot be answered

    @property
    def numbers(self) -> tuple[int, ...]:
        """Those of its slots, as the index knows them."""
        return tuple(slot.number for slot in self.slots)


@cache
def parameters(type_: str) -> Mapping[str, Parameter]:
    """All search parameters of a type by name. `_id` and `_lastUpdated` stand in the document's own row instead."""
    found = {
        name: _parameter(type_, official)
        for name, official in definitions.search_parameters(type_).items()
        if name not in ("_id", "_lastUpdated")
    }
    return MappingProxyType(found)


@cache
def slots(type_: str) -> tuple[Slot, ...]:
    """Every slot of a type, once."""
    return tuple({slot.number: slot for each in parameters(type_).values() for slot in each.slots}.values())


@cache
def implied_codes(slot: Slot) -> frozenset[tuple[str, str]]:
    """The systems and codes (folded) of a place that holds plain codes: their system is implied by the standard."""
    if slot.path.type == "boolean":
        return frozenset((TRUE_AND_FALSE, word) for word in ("true", "false"))
    if slot.path.type != "code":
        return frozenset()
    place, values = slot.type, ""
    for step in slot.path.steps:
        described = definitions.structure(place).fields.get(step) if isinstance(step, str) else None
        if described is None:
            return frozenset()
        place, values = described.type, described.codes
    return frozenset((system, code.casefold()) for system, code in definitions.codes(values) or ())


def main_date(type_: str) -> Parameter | None:
    """The date parameter whose value stands in the document's own row."""
    main = MAIN_DATES.get(type_)
    return parameters(type_)[main[0]] if main else None


def _parameter(type_: str, official: definitions.Parameter) -> Parameter:
    if official.kind == "composite":
        return _composite(type_, official)
    if (type_, official.name) == NEAR:
        return Parameter(
            type_, official.name, official.kind, tuple(_slot(type_, "position", p) for p in official.paths)
        )
    kind = ROWS.get(official.kind)
    if kind is None:
        return Parameter(type_, official.name, official.kind, (), refused="it is not supported")
    if official.name in BIRTH_DATES:
        kind = "birth"
    elif (type_, official.name) == (type_, MAIN_DATES.get(type_, ("",))[0]):
        kind = "main"
    paths = [path for path in official.paths if official.kind != "date" or path.type in MOMENTS]
    filters = {step[1] for path in paths for step in path.steps if isinstance(step, tuple) and step[0] == "refers"}
    made = tuple(_slot(type_, kind, path) for path in map(_unfiltered, paths))
    unique = tuple(dict.fromkeys(made))
    return Parameter(type_, official.name, official.kind, unique, next(iter(filters), ""), official.targets)


def _composite(type_: str, official: definitions.Parameter) -> Parameter:
    components = tuple(replace(component, kind=_kind(component)) for component in official.components)
    kinds = tuple(component.kind for component in components)
    if len(kinds) != 2 or kinds[0] != "token" or kinds[1] not in HALVES:
        return Parameter(type_, official.name, "composite", (), components=kinds, refused="it is not supported")
    made, firsts, seconds = [], [], []
    for path in official.paths:
        halves = " $ ".join("|".join(_spelled(inner) for inner in half.paths) for half in official.components)
        name = f"{type_}{_spelled(path)} [{halves}] as composite"
        inside = [inner for half in official.components for inner in half.paths]
        telling = _bears_a_diagnosis(type_, path, *inside)
        made.append(Slot(type_, name, _number(name), "composite", path, telling, components, _entry(path)))
        firsts += [
            _slot(type_, "token", Path((*path.steps, *inner.steps), inner.type))
            for inner in official.components[0].paths
        ]
        seconds += [
            _slot(type_, ROWS[kinds[1]], Path((*path.steps, *inner.steps), inner.type))
            for inner in official.components[1].paths
        ]
    return Parameter(
        type_,
        official.name,
        "composite",
        tuple(made),
        components=kinds,
        first_slots=tuple(firsts),
        second_slots=tuple(seconds),
    )


def _kind(component: definitions.Component) -> str:
    """What stands there. R4 swaps the names of the halves of DocumentReference.relationship, not their paths."""
    if all(path.type == "Reference" for path in component.paths):
        return "reference"
    return "token" if component.kind == "reference" else component.kind


def _slot(type_: str, kind: str, path: Path) -> Slot:
    name = f"{type_}{_spelled(path)} as {kind}"
    return Slot(type_, name, _number(name), kind, path, _bears_a_diagnosis(type_, path), (), _entry(path))


def _entry(path: Path) -> str:
    """The first element of the path; empty where it begins with something else."""
    return path.steps[0] if path.steps and isinstance(path.steps[0], str) else ""


def _bears_a_diagnosis(type_: str, *paths: Path) -> bool:
    fields = [step for path in paths for step in path.steps if isinstance(step, str)]
    if type_ in DIAGNOSES:
        return not fields or fields[0] not in TELLING_NOTHING
    return any((type_, field) in DIAGNOSES_ELSEWHERE for field in fields)


def _unfiltered(path: Path) -> Path:
    return Path(tuple(step for step in path.steps if isinstance(step, str) or step[0] != "refers"), path.type)


def _spelled(path: Path) -> str:
    return "".join(f".{step}" if isinstance(step, str) else f".{step[0]}({','.join(step[1:])})" for step in path.steps)


def _number(name: str) -> int:
    value = zlib.crc32(name.encode())
    return value - 2**32 if value >= 2**31 else value
