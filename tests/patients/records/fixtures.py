"""Fictitious resources of every type served, as files: Heinrich Brandt, his daughter Ida, Anna and Dr. Voss."""

from __future__ import annotations

import copy
from functools import cache
from pathlib import Path
from typing import Any

from patients.records import wire

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
