"""Resources that stand inside others: contained ones, and those of Bundle and Parameters. Each is checked alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
Path = tuple[str | int, ...]


def resources(resource: Json) -> Iterator[tuple[Path, Json]]:
    """Every resource directly inside this one, whose shape is known to be right, with its JSON path."""
    for place, inner in enumerate(resource.get("contained", ())):
        yield ("contained", place), inner
    if resource["resourceType"] == "Bundle":
        for place, entry in enumerate(resource.get("entry", ())):
            if "resource" in entry:
                yield ("entry", place, "resource"), entry["resource"]
            if "outcome" in (response := entry.get("response", {})):
                yield ("entry", place, "response", "outcome"), response["outcome"]
    if resource["resourceType"] == "Parameters":
        yield from _of_parameters(resource.get("parameter", ()), ("parameter",))


def _of_parameters(parameters: Any, path: Path) -> Iterator[tuple[Path, Json]]:
    for place, parameter in enumerate(parameters):
        if "resource" in parameter:
            yield (*path, place, "resource"), parameter["resource"]
        yield from _of_parameters(parameter.get("part", ()), (*path, place, "part"))


def without(resource: Json) -> Json:
    """The resource without those inside it; the same object where there are none."""
    if "contained" in resource:
        resource = {key: value for key, value in resource.items() if key != "contained"}
    if resource["resourceType"] == "Bundle" and "entry" in resource:
        resource = {**resource, "entry": [_emptied(entry) for entry in resource["entry"]]}
    return resource


def _emptied(entry: Json) -> Json:
    left = {key: value for key, value in entry.items() if key != "resource"}
    if "outcome" in left.get("response", {}):
        left["response"] = {key: value for key, value in left["response"].items() if key != "outcome"}
    return left or {"id": "empty"}  # an entry may not be empty
