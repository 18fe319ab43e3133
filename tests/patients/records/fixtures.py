"""Fictitious resources of every type served, as files: Heinrich Brandt, his daughter Ida, Anna and Dr. Voss."""

from __future__ import annotations

import copy
from functools import cache
from pathlib import Path
from typing import Any

from patients.records import wire
from patients.records.definitions import Parameter
from patients.records.definitions.paths import follow

FOLDER = Path(__file__).resolve().parents[2] / "fixtures" / "fhir"
NAMES = tuple(sorted(path.stem for path in FOLDER.glob("*.json")))


@cache
def text_of(name: str) -> bytes:
    return (FOLDER / f"{name}.json").read_bytes()


@cache
def _parsed(name: str) -> dict[str, Any]:
    return wire.parse(text_of(name))


def resource(name: str, /, **changes: Any) -> dict[str, Any]:
    """A fresh copy of a fixture (`Observation-blutdruck`), with elements changed or, by None, taken away."""
    fresh = copy.deepcopy(_parsed(name)) | changes
    return {key: value for key, value in fresh.items() if value is not None}


def values(resource: dict[str, Any], parameter: Parameter) -> list[tuple[str, Any]]:
    """What the paths of a parameter lead to, each with its FHIR type."""
    return [(path.type, each) for path in parameter.paths for each in follow(path, resource, resource)]
