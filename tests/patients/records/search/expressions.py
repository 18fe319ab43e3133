"""The official expressions of the search parameters, followed naively through plain JSON.

They stand in tests/fixtures/search-expressions.json as `SearchParameter` of R4 4.0.1 (CC0-1.0) has them: kind and
expression. Nothing here knows the paths that the code compiles from the same expressions.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

Json = dict[str, Any]
Node = tuple[str, Any]  # the type that the name of a choice tells (valueQuantity), else empty; and what stands there

FILE: Final = Path(__file__).resolve().parents[3] / "fixtures" / "search-expressions.json"
OFFICIAL: Final[dict[str, dict[str, str]]] = json.loads(FILE.read_text("utf-8"))
CHOICES: Final = re.compile(
    r"Age|Attachment|Boolean|CodeableConcept|Coding|Code|Date|DateTime|Decimal|Duration|Identifier|Instant|Integer|Period|"
    r"Quantity|Range|Ratio|Reference|SampledData|String|Time|Timing|Uri|Url|Canonical|Id|Markdown"
)


def parameters(type_: str) -> dict[str, tuple[str, str]]:
    """Kind and expression of each parameter, but composites."""
    told = OFFICIAL["*"] | OFFICIAL.get(type_, {})
    return {name: (text.partition(" ")[0], text.partition(" ")[2]) for name, text in told.items()}


def values(resource: Json, expression: str) -> list[Node]:
    """All that the expression finds."""
    return [node for part in _split(expression, "|") for node in _part(resource, part)]


def _part(resource: Json, expression: str) -> list[Node]:
    if " and " in expression:  # Patient.deceased.exists() and Patient.deceased != false
        return [("Boolean", any(value is not False for _, value in _part(resource, "Patient.deceased")))]
    first, *steps = _split(expression, ".")
    if first.startswith("("):
        inner, _, wanted = first[1:-1].rpartition(" as ")
        found = _of_type(_part(resource, inner), wanted)
    else:
        found = [("", resource)]
    for step in steps:
        found = _step(found, step, resource)
    return found


def _step(found: list[Node], step: str, resource: Json) -> list[Node]:
    if choice := re.fullmatch(r"(?:as|ofType)\((\w+)\)", step):
        return _of_type(found, choice[1])
    if pointing := re.fullmatch(r"where\(resolve\(\) is (\w+)\)", step):
        return [node for node in found if _points_to(node[1], resource) == pointing[1]]
    if equal := re.fullmatch(r"where\((\w+)\s*=\s*'(.*)'\)", step):
        return [node for node in found if node[1].get(equal[1]) == equal[2]]
    if having := re.fullmatch(r"where\(hasExtension\('(.*)'\)\)", step):
        return [node for node in found if _extensions(node, having[1])]
    if extension := re.fullmatch(r"extension\('(.*)'\)", step):
        return [value for node in found for each in _extensions(node, extension[1]) for value in _named(each, "value")]
    if numbered := re.fullmatch(r"(\w+)\[0\]", step):
        return [value for node in found for value in _named(node, numbered[1])][:1]
    return [value for node in found for value in _named(node, step)]


def _named(node: Node, name: str) -> list[Node]:
    """What stands under a name, or under one that begins so and ends with a type."""
    if not isinstance(node[1], dict):
        return []
    found = []
    for key, value in node[1].items():
        type_ = key.removeprefix(name)
        if key == name or (key.startswith(name) and CHOICES.fullmatch(type_)):
            found += [("" if key == name else type_, each) for each in (value if isinstance(value, list) else [value])]
    return [each for each in found if each[1] is not None]


def _of_type(found: list[Node], wanted: str) -> list[Node]:
    return [node for node in found if node[0].casefold() == wanted.casefold()]


def _extensions(node: Node, url: str) -> list[Node]:
    return [each for each in _named(node, "extension") if each[1].get("url") == url]


def _points_to(reference: Json, resource: Json) -> str:
    address = str(reference.get("reference", ""))
    if address.startswith("#"):
        return next(
            (str(one["resourceType"]) for one in resource.get("contained", []) if f"#{one['id']}" == address), ""
        )
    found = re.search(r"(?:^|/)([A-Z]\w+)/[\w.-]+(?:/_history/\w+)?$", address)
    return found[1] if found else str(reference.get("type", ""))


def _split(text: str, sign: str) -> list[str]:
    """At each sign that stands in no brackets and no quotes."""
    parts, depth, quoted = [""], 0, False
    for each in text:
        quoted ^= each == "'"
        depth += 0 if quoted else (each == "(") - (each == ")")
        if each == sign and not depth and not quoted:
            parts.append("")
        else:
            parts[-1] += each
    return [part.strip() for part in parts]
