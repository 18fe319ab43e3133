"""What can be asked: for each parameter of a type its modifiers, comparisons and chains, or why it is refused.

The parser, the CapabilityStatement and `parameters.csv` read this registry (`table` writes the file, a test tries each
of its words).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final, get_args

from patients.records import definitions
from patients.records.index.slots import BIRTH_DATES, Parameter, parameters
from patients.records.search.query import Prefix

MODIFIERS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "token": ("missing", "not"),
        "string": ("exact", "missing"),
        "reference": ("identifier", "missing"),
        "uri": ("above", "missing"),
    }
)
CODED: Final = frozenset({"CodeableConcept", "Coding", "code"})
COMPARED: Final = tuple(get_args(Prefix))
WHY_NOT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "contains": "would need the open text, which is sealed",
        "text": "would need the open text, which is sealed",
        "below": "would need the beginnings of sealed values; :above and whole values are found",
        "above": "is answered for addresses only",
        "iterate": "is not supported",
    }
)


@dataclass(frozen=True, slots=True)
class Offer:
    """How one parameter of one type can be asked."""

    parameter: Parameter
    modifiers: tuple[str, ...]  # but for types
    types: tuple[str, ...]  # reference: served types that may be named, as in subject:Patient
    prefixes: tuple[str, ...]  # of a date or quantity, also as the second half of a composite
    sorts: bool
    chained: bool  # reference: whether a chain or `_has` leads along it
    why_not_chained: str = ""

    @property
    def refused(self) -> str:
        """Why it cannot be asked at all; empty where it can."""
        return self.parameter.refused


@cache
def offers(type_: str) -> Mapping[str, Offer]:
    """All parameters of a type that stand in the index, by name. `_id` and `_lastUpdated` are the document's own."""
    return MappingProxyType({name: _offer(parameter) for name, parameter in parameters(type_).items()})


def _offer(parameter: Parameter) -> Offer:
    if parameter.refused:
        return Offer(parameter, (), (), (), sorts=False, chained=False)
    birth = parameter.name in BIRTH_DATES
    second = parameter.components[1] if parameter.components else parameter.kind
    prefixes = () if second not in ("date", "quantity", "number") else ("eq",) if birth else COMPARED
    why_not = _why_not_followed(parameter) if parameter.kind == "reference" else ""
    return Offer(
        parameter,
        _modifiers(parameter),
        targets(parameter) if parameter.kind == "reference" else (),
        prefixes,
        sorts=parameter.kind == "date" and not birth,
        chained=parameter.kind == "reference" and not why_not,
        why_not_chained=why_not,
    )


def _modifiers(parameter: Parameter) -> tuple[str, ...]:
    found = list(MODIFIERS.get(parameter.kind, ("missing",)))
    if parameter.kind == "token":
        types = {slot.path.type for slot in parameter.slots}
        found += ["in", "not-in"] if types & CODED else []
        found += ["of-type"] if "Identifier" in types else []
    return tuple(sorted(found))


def targets(parameter: Parameter) -> tuple[str, ...]:
    """The served types that a reference may point to."""
    if parameter.target:
        return (parameter.target,) if parameter.target in definitions.SERVED else ()
    return tuple(sorted(parameter.targets & definitions.SERVED if parameter.targets else definitions.SERVED))


def _why_not_followed(parameter: Parameter) -> str:
    """Why no chain leads along this reference; empty where one does."""
    types = {slot.path.type for slot in parameter.slots}
    if "Resource" in types:
        return "points into the Bundle itself, which is not looked into"
    if "Reference" not in types:
        return "holds canonical addresses, which are not followed"
    return "" if targets(parameter) else "points to nothing that is served here"
