"""The shape of a resource: a JSON schema per type, made from the official structures and checked by jsonschema-rs.

Checked here: unknown properties, how often, JSON types, the primitives' regular expressions, required codes, empty
objects and lists. A resource inside another (contained, Bundle.entry) is checked on its own, see `__init__`.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import Any, Final, NamedTuple

import jsonschema_rs

from patients.errors import Finding
from patients.records import definitions, wire
from patients.records.definitions import Field
from patients.records.validation import languages, media_types

Path = tuple[str | int, ...]

UUID: Final = "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
OID: Final = r"[0-2](?:\.(?:0|[1-9][0-9]*))+"

MOST_TEXT: Final = 1024 * 1024  # https://hl7.org/fhir/R4/datatypes.html#string
MOST_FINDINGS: Final = 20
LARGE: Final = 20_000  # bytes
_LACKING: Final = frozenset({"required", "anyOf", "minProperties", "minItems"})  # something is missing
MOST_OF_LARGE: Final = 10
MOST_NAMED: Final = 12  # codes that are named when another was sent

_TEXT: Final = {
    "type": "string",
    "minLength": 1,
    "maxLength": MOST_TEXT,
    "pattern": r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$",
}
_ADDRESS: Final = {
    "type": "string",
    "minLength": 1,
    "pattern": r"^[^\s\x00-\x1f]*$",
    "not": {
        "type": "string",
        "pattern": r"^(?i:javascript|vbscript|data:text|data:application|data:image/svg)",
    },  # would run when followed
}
_NAME: Final = {  # an address; where it is a name, it has the form of one
    **_ADDRESS,
    "allOf": [
        {"if": {"pattern": f"^(?i:{scheme})"}, "then": {"pattern": f"^(?i:{scheme}){form}$"}}
        for scheme, form in (("urn:uuid:", UUID), ("urn:oid:", OID))
    ],
}

_MARK: Final = {"type": "string", "minLength": 1, "pattern": r"^[^\s\x00-\x1f]*$"}  # the id of an element

# Days that exist: 30 and 31, and the 29th of February in leap years only.
_YEAR: Final = "(?:[0-9](?:[0-9](?:[0-9][1-9]|[1-9]0)|[1-9]00)|[1-9]000)"
_LEAP_YEAR: Final = "(?:[0-9]{2}(?:0[48]|[13579][26]|[2468][048])|(?:0[48]|[13579][26]|[2468][048])00)"
_MONTH: Final = f"{_YEAR}(?:-(?:0[1-9]|1[0-2]))?"
_DAY: Final = (
    f"(?:{_YEAR}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    f"|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))|{_LEAP_YEAR}-02-29)"
)
_CLOCK: Final = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?"
_MOMENT: Final = f"{_DAY}T{_CLOCK}(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"

_BYTE: Final = r"(?:[0-9A-Za-z+/][\r\n\t ]*)"
_LAST_BYTES: Final = rf"(?:{_BYTE}{{2}}=[\r\n\t ]*=[\r\n\t ]*|{_BYTE}{{3}}=[\r\n\t ]*)"

# Where the official expression leans on \s and \S, what is meant is said plainly: regex engines differ about them.
_SPELLED: Final[dict[str, dict[str, Any]]] = {
    "boolean": {"type": "boolean"},
    "decimal": {"type": "number"},
    "integer": {"type": "integer", "whole": True, "minimum": -(2**31), "maximum": 2**31 - 1},
    "positiveInt": {"type": "integer", "whole": True, "minimum": 1, "maximum": 2**31 - 1},
    "unsignedInt": {"type": "integer", "whole": True, "minimum": 0, "maximum": 2**31 - 1},
    "string": _TEXT,
    "markdown": _TEXT,
    "xhtml": {"type": "string", "minLength": 1, "maxLength": MOST_TEXT},
    "base64Binary": {
        "type": "string",
        "minLength": 1,
        "pattern": rf"^[\r\n\t ]*(?:(?:{_BYTE}{{4}})+{_LAST_BYTES}?|{_LAST_BYTES})$",
    },
    "code": {"type": "string", "pattern": r"^[^\x00-\x20]+(?: [^\x00-\x20]+)*$"},
    "date": {"type": "string", "pattern": f"^(?:{_MONTH}|{_DAY})$"},
    "dateTime": {"type": "string", "pattern": f"^(?:{_MONTH}|{_DAY}|{_MOMENT})$"},
    "instant": {"type": "string", "pattern": f"^{_MOMENT}$"},
    "uri": _NAME,
    "url": _NAME,
    "canonical": _NAME,
}

# Value sets that are kept by others, outside FHIR: what can be said is what their codes look like.
_KEPT_BY_OTHERS: Final[dict[str, dict[str, Any]]] = {
    "http://hl7.org/fhir/ValueSet/mimetypes": {  # BCP 13
        "type": "string",
        "pattern": f"^{media_types.TYPE}$",
    },
    "http://hl7.org/fhir/ValueSet/all-languages": {  # BCP 47
        "type": "string",
        "pattern": f"^(?:{languages.TAG})$",
    },
    "http://hl7.org/fhir/ValueSet/currencies": {"type": "string", "pattern": "^[A-Z]{3}$"},  # ISO 4217
}


class _Whole:
    """Keyword `whole`: written without a fraction. JSON schema takes 5.0 for an integer, FHIR does not."""

    def __init__(self, parent_schema: dict[str, Any], value: Any, schema_path: list[str | int]) -> None:
        pass

    def validate(self, instance: Any) -> None:
        if isinstance(instance, (Decimal, float)):
            raise ValueError(f"{instance} is no whole number")


class Fault(NamedTuple):
    """One thing that is wrong with the shape, and how to go on looking without it."""

    finding: Finding
    path: Path  # in JSON
    surplus: tuple[str, ...]  # properties that do not belong to the element at `path`
    readable: bool  # what stands there has the right JSON type: further rules can look at it
    empty: bool  # nothing stands there


def faults(type_: str, resource: dict[str, Any], most: int) -> tuple[list[Fault], bool]:
    """What is wrong with the shape of the resource, and whether that is all.

    Of a large resource fewer are found: the first of each property, one after the other.
    """
    validator = _validator(type_)
    if validator.is_valid(resource):
        return [], True
    if len(wire.text(resource)) < LARGE:
        errors = list(islice(validator.iter_errors(resource), most + 1))
        return [_fault(type_, error) for error in errors[:most]], len(errors) <= most
    found: list[Fault] = []
    while len(found) < min(most, MOST_OF_LARGE) and (error := next(iter(_errors(validator, resource)), None)):
        fault = _fault(type_, error)
        if fault.path:
            fault = fault._replace(path=fault.path[:1], surplus=(), readable=False, empty=False)
        found.append(fault)
        if not fault.path and not fault.surplus:
            return found, False  # something is missing: no way to look past it
        resource = without(resource, fault)
    return found, validator.is_valid(resource)


def without(resource: dict[str, Any], fault: Fault) -> dict[str, Any]:
    """A copy of the resource without the property that is at fault: its whole list, so that places stay as they are."""
    path, names = fault.path, fault.surplus
    if not names:
        while path and isinstance(path[-1], int):
            path = path[:-1]
        if not path:
            return {"resourceType": resource["resourceType"]}
        name = str(path[-1]).removeprefix("_")
        path, names = path[:-1], (name, "_" + name)
    element: Any = resource
    for step in path:
        element = element[step]
    left = {key: value for key, value in element.items() if key not in names}
    found: dict[str, Any] = replaced(resource, path, left)
    return found


def replaced(node: Any, path: Path, value: Any) -> Any:
    """A copy with another value at this place; what is untouched is shared."""
    if not path:
        return value
    copy: Any = list(node) if isinstance(node, list) else dict(node)
    copy[path[0]] = replaced(node[path[0]], path[1:], value)
    return copy


def _fault(type_: str, error: Any) -> Fault:
    path, kind = tuple(error.instance_path), error.kind
    if kind.name == "anyOf" and kind.context and kind.context[0] and len(kind.context[0][0].instance_path) >= len(path):
        path, kind = tuple(kind.context[0][0].instance_path), kind.context[0][0].kind
    finding = _finding(type_, error)
    if kind.name == "additionalProperties":
        return Fault(finding, path, tuple(kind.unexpected), True, False)
    is_text = isinstance(error.instance, (str, int, Decimal)) and not isinstance(error.instance, bool)
    readable = kind.name != "type" and (is_text or kind.name in _LACKING) and kind.name != "const"
    if path[-1:] == ("resourceType",):
        path, readable = path[:-1], False  # of what is inside: which resource it is nobody knows
    elif kind.name == "required" and kind.property == "resourceType":
        readable = False
    return Fault(finding, path, (), readable, kind.name in ("minProperties", "minItems"))


def findings(type_: str, resource: dict[str, Any]) -> list[Finding]:
    """What is wrong with the shape of the resource: up to twenty findings, the first one only of a large resource."""
    validator = _validator(type_)
    if validator.is_valid(resource):
        return []
    found: dict[tuple[str, str], Finding] = {}
    for error in _errors(validator, resource):
        finding = _finding(type_, error)
        found.setdefault((finding.where, finding.text), finding)
        if len(found) == MOST_FINDINGS:
            break
    return list(found.values())


def _errors(validator: Any, resource: dict[str, Any]) -> Iterable[Any]:
    """All errors are gathered before the first is seen, and each costs: a large resource is told one only."""
    if len(wire.text(resource)) < LARGE:
        errors: Iterable[Any] = validator.iter_errors(resource)
        return errors
    try:
        validator.validate(resource)
    except jsonschema_rs.ValidationError as error:
        return [error]
    return []


@cache
def _validator(type_: str) -> Any:
    return jsonschema_rs.validator_for(
        schema(type_), pattern_options=jsonschema_rs.RegexOptions(), keywords={"whole": _Whole}
    )


def schema(type_: str) -> dict[str, Any]:
    """The JSON schema (2020-12) of one resource type, with everything it refers to."""
    wanted, defined = [type_], {"Element": _element()}
    while wanted:
        name = wanted.pop()
        if name not in defined:
            defined[name] = _object(name, name == type_)
            wanted += [each.type for each in definitions.structure(name).fields.values() if _is_complex(each.type)]
            wanted.append("Extension")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": f"#/$defs/{type_}",
        "$defs": defined | {name: _primitive(name) for name in definitions.primitives()},
    }


def _is_complex(name: str) -> bool:
    return name not in definitions.primitives() and name != "Resource"


def _object(name: str, is_resource: bool) -> dict[str, Any]:
    structure = definitions.structure(name)
    properties: dict[str, Any] = {"resourceType": {"const": name}} if is_resource else {}
    required = ["resourceType"] if is_resource else []
    either: list[dict[str, Any]] = []
    for field, described in structure.fields.items():
        content = _MARK if field == "id" and not is_resource else _content(described)
        if (name, field) == ("Bundle.entry", "fullUrl"):  # within a Bundle any name will do
            content = _ADDRESS
        properties[field] = _several(described, content)
        if described.type in definitions.primitives() and not described.plain:
            properties["_" + field] = _several(described, {"$ref": "#/$defs/Element"})
            if described.least:
                either.append(_one_of([field]))
        elif described.least:
            required.append(field)
    either += [_one_of(names) for names, least in structure.choices if least]
    found = {"type": "object", "properties": properties, "additionalProperties": False, "minProperties": 1}
    return found | ({"required": required} if required else {}) | ({"allOf": either} if either else {})


def _one_of(names: list[str] | tuple[str, ...]) -> dict[str, Any]:
    """A value must stand, or an extension that says why there is none."""
    return {"anyOf": [{"required": [name]} for field in names for name in (field, "_" + field)]}


def _several(described: Field, content: dict[str, Any]) -> dict[str, Any]:
    if not described.many:
        return content
    if described.type in definitions.primitives():
        content = {"anyOf": [content, {"type": "null"}]}  # a gap that the other of `given` and `_given` fills
    return {"type": "array", "minItems": 1, "items": content}


def _content(described: Field) -> dict[str, Any]:
    if described.type == "Resource":
        return {"type": "object", "required": ["resourceType"], "properties": {"resourceType": {"type": "string"}}}
    if described.type == "code" and described.codes and (codes := definitions.codes(described.codes)) is not None:
        return {"enum": sorted({code for _, code in codes})}
    if described.type == "code" and described.codes in _KEPT_BY_OTHERS:
        return _KEPT_BY_OTHERS[described.codes]
    return {"$ref": f"#/$defs/{described.type}"}


def _element() -> dict[str, Any]:
    properties = {
        "id": _MARK,
        "extension": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/Extension"}},
    }
    return {"type": "object", "properties": properties, "additionalProperties": False, "minProperties": 1}


def _primitive(name: str) -> dict[str, Any]:
    return _SPELLED.get(name) or {"type": "string", "pattern": f"^(?:{definitions.primitives()[name]})$"}


def _finding(type_: str, error: Any) -> Finding:
    where = expression(type_, error.instance_path)
    kind = error.kind
    match kind.name:
        case "additionalProperties":
            names = ", ".join(sorted(kind.unexpected)[:5])
            return Finding(f"There is no such element: {names[:200]}.", "structure", where)
        case "required":
            return Finding(f"The element {kind.property} is missing.", "required", where)
        case "anyOf" if kind.context and kind.context[0]:
            return _finding(type_, kind.context[0][0])  # the first way is the usual one: a value, not an extension
        case "enum":
            named = f": {', '.join(kind.options)}" if len(kind.options) <= MOST_NAMED else ""
            return Finding(f"This code is none of those required here{named}.", "code-invalid", where)
        case "pattern":
            return Finding("This value does not have the form that its type requires.", "value", where)
        case "not":
            return Finding("This address would run a script.", "security", where)
        case "minProperties" | "minItems" | "minLength":
            return Finding("Nothing may be empty: leave the element out instead.", "invalid", where)
        case "maxLength":
            return Finding(f"A text may have {MOST_TEXT:,} characters at most.", "too-long", where)
        case "type":
            return Finding(f"The JSON type {', '.join(kind.types)} is expected here.", "value", where)
    return Finding("This value is outside of what its type allows.", "value", where)


def expression(type_: str, path: Iterable[str | int]) -> str:
    """The FHIRPath of a JSON path: `Patient.name[0].given[1]`, `Observation.value.unit` (in JSON: valueQuantity)."""
    found, at = type_, type_
    for step in path:
        if isinstance(step, int):
            found += f"[{step}]"
            continue
        name = step.removeprefix("_")
        described = definitions.structure(at) if definitions.has_structure(at) else None
        found += "." + (described.stems.get(name, name) if described else name)
        field = described.fields.get(name) if described else None
        at = field.type if field and name == step else "Extension" if name == "extension" else ""
    return found
