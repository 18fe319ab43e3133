"""The second opinion: the classes of `fhir.resources.R4B`, the only place that imports them for reading.

They know what a schema cannot say (a 30th of February, one choice of many) and are slow, so they come last.
https://hl7.org/fhir/R4/ ; R4B shares the elements and cardinalities of all types served with R4.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from fhir.resources.R4B import get_fhir_model_class
from pydantic import BaseModel, ValidationError

from patients.errors import Finding
from patients.records import definitions
from patients.records.validation.schema import MOST_FINDINGS, expression

Json = dict[str, Any]

# Said of a choice of which only `_value[x]` stands, which is legal; that one of them stands the schema has seen.
_HALF_SEEN = "Expect any of field value from this list"
_SPACES = dict.fromkeys([0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000], " ")
_RANDOM = "urn:uuid:00000000-0000-4000-8000-000000000000"
_UNKNOWN_TO_IT = re.compile(b'"_value|"valueMeta|"valueUuid|' + b"|".join(chr(space).encode() for space in _SPACES))


def findings(type_: str, resource: Json) -> list[Finding]:
    """What the library objects to. Types that are not served (inside a Bundle) are left to the schema."""
    if type_ not in definitions.SERVED:
        return []
    try:
        _model(type_).model_validate(resource)
    except ValidationError as problem:
        errors = problem.errors(include_url=False)
        return [_finding(type_, error) for error in errors if _HALF_SEEN not in error["msg"]][:MOST_FINDINGS]
    return []


def needs_adapting(text: bytes) -> bool:
    """Whether the JSON text holds something that is legal R4 but refused by the library, see `adapted`."""
    return _UNKNOWN_TO_IT.search(text) is not None


def adapted(node: Any) -> Any:
    """A copy for the library only, without the four legal things that it refuses.

    An extension may have a `_value[x]` instead of a value (a value that is itself only extended), or a `valueMeta`. A
    text may contain a no-break space: white space in the standard's expressions is that of XML Schema, which does not
    count it. A `valueUuid` may be of any version, not only of the fourth. Compared with R4 element by element for all
    types served (2026-11-22), these are all differences.
    """
    if isinstance(node, str):
        return node.translate(_SPACES)
    if isinstance(node, list):
        return [adapted(each) for each in node]
    if not isinstance(node, dict):
        return node
    is_extension = "url" in node
    return {
        key: _RANDOM if key == "valueUuid" else adapted(value)
        for key, value in node.items()
        if not (is_extension and (key.startswith("_value") or key == "valueMeta"))
    }


@cache
def _model(type_: str) -> type[BaseModel]:
    model: type[BaseModel] = get_fhir_model_class(type_)
    return model


def _finding(type_: str, error: Any) -> Finding:
    path = [step for step in error["loc"] if isinstance(step, int) or step.isidentifier()]
    words = str(error["msg"]).removeprefix("Value error, ").rstrip(".")
    return Finding(f"{words}.", "value", expression(type_, path))
