"""The second opinion: the classes of `fhir.resources.R4B`, the only place that imports them for reading.

They know what a schema cannot say (a 30th of February, one choice of many) and are slow, so they come last.
https://hl7.org/fhir/R4/ ; R4B shares the elements and cardinalities of all types served with R4.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from fhir.resources.R4B import get_fhir_model_class
from pydantic import BaseModel, ValidationError

from patients.errors import Finding
from patients.records import definitions
from patients.records.validation.schema import MOST_FINDINGS, expression


def findings(type_: str, resource: dict[str, Any]) -> list[Finding]:
    """What the library objects to. Types that are not served (inside a Bundle) are left to the schema."""
    if type_ not in definitions.SERVED:
        return []
    try:
        _model(type_).model_validate(resource)
    except ValidationError as problem:
        return [_finding(type_, error) for error in problem.errors(include_url=False)[:MOST_FINDINGS]]
    return []


@cache
def _model(type_: str) -> type[BaseModel]:
    model: type[BaseModel] = get_fhir_model_class(type_)
    return model


def _finding(type_: str, error: Any) -> Finding:
    path = [step for step in error["loc"] if isinstance(step, int) or step.isidentifier()]
    words = str(error["msg"]).removeprefix("Value error, ").rstrip(".")
    return Finding(f"{words}.", "value", expression(type_, path))
