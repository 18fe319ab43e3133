"""Elements that can be read in part: that a property stands there is known, what it says is not.

A rule that asks what nobody can read has no answer; it is neither kept nor broken (`Unreadable`). All others are asked
as ever, so that one faulty property hides only what depends on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from patients.records.validation.rules import Json

Path = tuple[str | int, ...]
Lost = Mapping[Path, frozenset[str]]  # by JSON path of an element: its properties that cannot be read


class Unreadable(Exception):
    """Somebody asked what a property says that cannot be read."""


class Partly(dict[str, Any]):
    """An element without the properties that cannot be read: `in` and a walk over its names know them all the same."""

    def __init__(self, readable: Json, lost: frozenset[str]) -> None:
        super().__init__(readable)
        self._lost = lost

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in self._lost

    def __iter__(self) -> Iterator[str]:
        return chain(super().__iter__(), self._lost)

    def __getitem__(self, name: str) -> Any:
        self._ask(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self._ask(name)
        return super().get(name, default)

    def _ask(self, name: str) -> None:
        if name in self._lost:
            raise Unreadable(name)


def told(resource: Json, lost: Lost) -> dict[int, Json]:
    """What rules are asked of in place of the elements that lost something or hold one that did, by their `id()`.

    `resource` stands without what was lost.
    """
    found: dict[int, Json] = {}

    def build(node: Any, path: Path) -> Any:
        if not any(each[: len(path)] == path for each in lost):
            return node
        if isinstance(node, list):
            return [build(each, (*path, number)) for number, each in enumerate(node)]
        if isinstance(node, dict):
            inside = {name: build(each, (*path, name)) for name, each in node.items()}
            found[id(node)] = Partly(inside, lost.get(path, frozenset()))
            return found[id(node)]
        return node

    build(resource, ())
    return found
