"""Asking for operations, and reading answers that come in parts."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from tests.patients.fhir.conftest import Json


def whole(answer: Any) -> Json:
    """The JSON of an answer, streamed or not."""
    assert answer.status_code == 200, answer.content
    text = answer.getvalue()
    found: Json = json.loads(text, parse_float=Decimal)
    return found


def resources(bundle: Json, mode: str = "") -> list[Json]:
    """The resources of a Bundle, or only those that match or were included."""
    entries = bundle.get("entry", [])
    return [one["resource"] for one in entries if not mode or one.get("search", {}).get("mode") == mode]


def names(found: list[Json]) -> set[str]:
    return {f"{one['resourceType']}/{one['id']}" for one in found}


def parameters(**given: Any) -> Json:
    """A Parameters resource: texts as valueString, flags, numbers and resources as what they are."""
    return {"resourceType": "Parameters", "parameter": [_one(name, value) for name, value in given.items()]}


def _one(name: str, value: Any) -> Json:
    name = name.replace("_", "-") if not name.startswith("_") else name
    if isinstance(value, bool):
        return {"name": name, "valueBoolean": value}
    if isinstance(value, int):
        return {"name": name, "valueInteger": value}
    if isinstance(value, str):
        return {"name": name, "valueString": value}
    if "resourceType" not in value:  # {"valueDate": "2026-11-17"}
        return {"name": name, **value}
    return {"name": name, "resource": value}
