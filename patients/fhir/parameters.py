"""What an operation is given: by name, in the address or in a Parameters resource. Nothing unknown is passed over.

https://hl7.org/fhir/R4/operations.html#executing · https://hl7.org/fhir/R4/parameters.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from patients.errors import Invalid
from patients.fhir import asking
from patients.fhir.asking import Asked
from patients.records import definitions
from patients.records.wire import Json

RESOURCE: Final = "Resource"  # the kind of a parameter that is a resource of any type
REFERENCE: Final = "Reference"

_ALIKE: Final = (  # what is sent as one of these can be read as another, if its text fits
    frozenset({"string", "code", "uri", "url", "canonical", "id"}),
    frozenset({"date", "dateTime", "instant"}),
    frozenset({"integer", "positiveInt", "unsignedInt"}),
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation. `kind` is a primitive of FHIR, `Reference`, a type of resource or `Resource`.

    `searching`: it is one of a search, and may have a modifier (`code:not`).
    """

    name: str
    kind: str
    needed: bool = False
    many: bool = False
    searching: bool = False

    @property
    def is_resource(self) -> bool:
        """Whether it is sent as a resource, in a body only."""
        return self.kind == RESOURCE or self.kind in definitions.resource_types()


@dataclass(frozen=True, slots=True)
class Given:
    """The values that were given, by name. What is not there is None or empty."""

    values: dict[str, list[Any]] = field(default_factory=dict)

    def texts(self, name: str) -> list[str]:
        """All values; a Reference as the address that it holds."""
        return [str(value) for value in self.values.get(name, ())]

    def text(self, name: str) -> str | None:
        """The first value, None where there is none."""
        return next(iter(self.texts(name)), None)

    def number(self, name: str) -> int | None:
        """The first value as a whole number: its form was checked before."""
        found = self.text(name)
        return None if found is None else int(found)

    def pairs(self, *but: str) -> list[tuple[str, str]]:
        """All values as in an address, without those of the parameters named."""
        return [(name, text) for name in self.values if name not in but for text in self.texts(name)]

    def flag(self, name: str) -> bool:
        """Whether it was given and is true."""
        return self.text(name) == "true"

    def resource(self, name: str) -> Json | None:
        """The resource that was sent as this parameter."""
        found: Json | None = next(iter(self.values.get(name, ())), None)
        return found


def read(asked: Asked, *expected: Parameter) -> Given:
    """The parameters of a request. Raises Refused (415, 413), and Invalid, naming the one at fault.

    An operation with a single resource among its parameters takes it as the whole body too.
    """
    known = {one.name: one for one in expected}
    found: dict[str, list[Any]] = {}
    for name, text in asked.pairs:
        if name not in asking.ABOUT_THE_ANSWER:
            _add(found, name, _known(known, name, name), _from_address(known, name, text), name)
    if asked.method == "POST":
        for name, value, where in _in_body(asked, known):
            _add(found, name, _known(known, name, where), value, where)
    for one in expected:
        if one.needed and one.name not in found:
            raise _refused(f"The parameter “{one.name}” is needed.", "required", one.name)
    asked.parsed = any(one.is_resource and one.name in found for one in expected)
    return Given(found)


def _from_address(known: dict[str, Parameter], name: str, text: str) -> str:
    one = _known(known, name, name)
    kind = one.kind
    if one.is_resource:
        raise _refused(f"The parameter “{name}” is a resource: send it in the body.", "value", name)
    if kind != REFERENCE and not _pattern(kind).fullmatch(text):
        raise _refused(f"The parameter “{name}” is no {kind}.", "value", name)
    return text


def _in_body(asked: Asked, known: dict[str, Parameter]) -> Iterator[tuple[str, Any, str]]:
    """Name, value and place of each parameter in the body; an empty body has none."""
    if not asking.length(asked.request):
        return
    asking.refuse_unless_sent_as(asked.request, asking.FHIR_JSON, asking.JSON)
    body: Json = asked.examined("object")
    kind = body.get("resourceType")
    if kind != "Parameters":
        alone = [one for one in known.values() if one.is_resource and one.kind in (RESOURCE, kind)]
        if len(alone) != 1:
            sent = f"The body is a {str(kind)[:64]}" if kind else "The body has no resourceType"
            raise _refused(f"{sent}; Parameters are expected.", "structure", "resourceType")
        yield alone[0].name, body, alone[0].name
        return
    entries = body.get("parameter", [])
    if not isinstance(entries, list):
        raise _refused("Parameters.parameter is a list.", "structure", "Parameters.parameter")
    for number, entry in enumerate(entries):
        where = f"Parameters.parameter[{number}]"
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            raise _refused("A parameter has a name.", "required", where)
        one = _known(known, entry["name"], where)
        yield entry["name"], _value(one, entry, where), where


def _value(one: Parameter, entry: Json, where: str) -> Any:
    said = [name for name in entry if name not in ("name", "id", "extension")]
    if len(said) != 1:
        raise _refused(f"The parameter “{one.name}” has one value.", "structure", where)
    name, value = said[0], entry[said[0]]
    if one.is_resource:
        kind = value.get("resourceType") if name == "resource" and isinstance(value, dict) else None
        if kind is None or one.kind not in (RESOURCE, kind):
            raise _refused(f"The parameter “{one.name}” is a resource ({one.kind}).", "structure", where)
        return value
    if one.kind == REFERENCE:
        address = value.get("reference") if name == "valueReference" and isinstance(value, dict) else None
        if not isinstance(address, str):
            raise _refused(f"The parameter “{one.name}” is a Reference with an address.", "structure", where)
        return address
    if name not in _names(one.kind):
        raise _refused(f"The parameter “{one.name}” is sent as {_names(one.kind)[0]}.", "structure", where)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    fits = isinstance(value, {"boolean": bool, "integer": int}.get(_family(one.kind), str))
    if not fits or not _pattern(one.kind).fullmatch(text):
        raise _refused(f"The parameter “{one.name}” is no {one.kind}.", "value", where)
    return text


@cache
def _names(kind: str) -> tuple[str, ...]:
    """The properties in which a primitive may be sent, its own first."""
    alike = next((group for group in _ALIKE if kind in group), frozenset({kind}))
    return tuple(f"value{one[0].upper()}{one[1:]}" for one in (kind, *sorted(alike - {kind})))


def _family(kind: str) -> str:
    return "integer" if kind in _ALIKE[2] else kind


@cache
def _pattern(kind: str) -> re.Pattern[str]:
    return re.compile(definitions.primitives()[kind], re.ASCII)


def _known(known: dict[str, Parameter], name: str, where: str) -> Parameter:
    plainly = name.partition(":")[0]
    one = known.get(name) or known.get(plainly)
    if one is None or (name != one.name and not one.searching):
        names = ", ".join(known) or "none"
        raise _refused(f"The parameter “{name[:40]}” is not known here; known are {names}.", "not-supported", where)
    return one


def _add(found: dict[str, list[Any]], name: str, one: Parameter, value: Any, where: str) -> None:
    held = found.setdefault(name, [])
    if held and not one.many:
        raise _refused(f"The parameter “{name}” is given twice.", "structure", where)
    held.append(value)


def _refused(text: str, code: str, where: str) -> Invalid:
    return Invalid(text, code=code, where=where)
