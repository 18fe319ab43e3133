"""A corpus of labelled resources, made from valid ones: one thing is changed in each, at a known place.

`faults` are changes after which the resource is no longer R4, `lawful` those after which it still is. Both are made in
the same order each time, from whatever valid resource they are given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from patients.records import definitions

Json = dict[str, Any]
Path = tuple[str | int, ...]
Wanted = Callable[[str, str], bool]  # of a label at a structure's property: whether one more such case is wanted

GONE: Final = object()  # as a new value: the property is taken away


class Place(NamedTuple):
    """One property of one element somewhere in a resource, whether it stands there or not."""

    path: Path  # of the element
    owner: str  # structure of the element
    name: str
    field: definitions.Field
    element: Json

    @property
    def value(self) -> Any:
        """What stands there (the first of a list), or None."""
        found = self.element.get(self.name)
        return found[0] if self.field.many and found else found


class Change(NamedTuple):
    """What is done to one element."""

    label: str
    sets: Json  # new values of its properties
    where: Path | None = None  # below the element: the place that must be named; None: any


class Case(NamedTuple):
    """A resource with one change."""

    label: str
    at: str  # structure and property that were changed
    where: str | None  # FHIRPath that must be named
    resource: Json

    def __str__(self) -> str:
        return f"{self.label} at {self.at}"


def everything(label: str, at: str) -> bool:
    return True


def few(most: int) -> Wanted:
    """At most so many cases of each label at each property: more of the same say nothing new."""
    seen: Counter[tuple[str, str]] = Counter()

    def wanted(label: str, at: str) -> bool:
        seen[label, at] += 1
        return seen[label, at] <= most

    return wanted


def case(resource: Json, path: Path, at: str, change: Change) -> Case:
    """The resource with this change to the element at `path`; the original stays as it is."""
    changed = with_element(resource, path, {**reach(resource, path), **change.sets})
    where = None if change.where is None else expression(resource, changed, (*path, *change.where))
    return Case(change.label, at, where, changed)


def with_element(node: Any, path: Path, element: Json) -> Any:
    """A copy of the resource with another element at `path`; what is untouched is shared."""
    if not path:
        return {key: value for key, value in element.items() if value is not GONE}
    step, *rest = path
    copy = list(node) if isinstance(node, list) else dict(node)
    copy[step] = with_element(node[step], tuple(rest), element)
    return copy


def reach(resource: Json, path: Path) -> Json:
    node: Any = resource
    for step in path:
        node = node[step]
    found: Json = node
    return found


def elements(resource: Json) -> Iterator[tuple[Path, str, Json]]:
    """Every element with its place and structure, the outermost first; those inside contained resources as well."""
    waiting: list[tuple[Path, str, Json]] = [((), resource["resourceType"], resource)]
    for path, structure, element in waiting:
        yield path, structure, element
        for name, field in definitions.structure(structure).fields.items():
            if name not in element or field.type in definitions.primitives():
                continue
            value = element[name]
            below = [((name, i), each) for i, each in enumerate(value)] if field.many else [((name,), value)]
            waiting += [
                ((*path, *at), each["resourceType"] if field.type == "Resource" else field.type, each)
                for at, each in below
            ]


def places(resource: Json) -> Iterator[Place]:
    """Every property that stands somewhere in the resource."""
    for path, structure, element in elements(resource):
        for name, field in definitions.structure(structure).fields.items():
            if name in element:
                yield Place(path, structure, name, field, element)


def gaps(resource: Json) -> Iterator[Place]:
    """Every property that could stand somewhere in the resource and does not."""
    for path, structure, element in elements(resource):
        described = definitions.structure(structure)
        taken = {name for names, _ in described.choices if not element.keys().isdisjoint(names) for name in names}
        for name, field in described.fields.items():
            if name not in element and name not in taken and "_" + name not in element and field.type != "Resource":
                yield Place(path, structure, name, field, element)


def expression(before: Json, after: Json, path: Path) -> str:
    """The FHIRPath of a JSON path, written here once more and more simply than in the code under test."""
    found, structure = str(before["resourceType"]), str(before["resourceType"])
    node: Any = after
    for step in path:
        if isinstance(step, int):
            found += f"[{step}]"
            node = node[step] if isinstance(node, list) and step < len(node) else None
        else:
            described = definitions.structure(structure) if definitions.has_structure(structure) else None
            name = step.removeprefix("_")
            found += "." + (described.stems.get(name, name) if described else name)
            field = described.fields.get(name) if described else None
            structure = "Extension" if name == "extension" else field.type if field and name == step else ""
            node = node.get(step) if isinstance(node, dict) else None
        if isinstance(node, dict) and "resourceType" in node:
            structure = node["resourceType"]
    return found
