"""What other packages derive from documents into tables of their own, inside the transaction that saves the document.

A projection is told of every write of its type and of nothing else, so that its table can be rebuilt from the
documents: `reindex` empties it with `reset` and tells it of every living document again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from patients.records.models import Document


class Project(Protocol):
    """`content` is None when the document was deleted; `previous` is None for a new or rebuilt one."""

    def __call__(self, document: Document, content: dict[str, Any] | None, previous: dict[str, Any] | None) -> None: ...


@dataclass(frozen=True, slots=True)
class Projection:
    """One table that follows the documents of a type, and how it is emptied."""

    project: Project
    reset: Callable[[], None] | None


_projections: dict[str, list[Projection]] = defaultdict(list)


def on(type_: str, project: Project, *, reset: Callable[[], None] | None = None) -> None:
    """Call `project` whenever a document of this type is written. An exception of it undoes the write.

    `reset` empties the table; one that serves several types is called once. Registering twice is one registration.
    """
    projection = Projection(project, reset)
    if projection not in _projections[type_]:
        _projections[type_].append(projection)


def forget(type_: str, project: Project) -> None:
    """Take a projection back."""
    _projections[type_] = [each for each in _projections[type_] if each.project != project]


def wanted(type_: str) -> bool:
    """Whether anything is derived from documents of this type."""
    return bool(_projections.get(type_))


def types() -> tuple[str, ...]:
    """The types that something is derived from."""
    return tuple(type_ for type_, found in _projections.items() if found)


def run(document: Document, content: dict[str, Any] | None, previous: dict[str, Any] | None) -> None:
    """Tell of one write. The saving transaction is open."""
    for projection in _projections.get(document.type, ()):
        projection.project(document, content, previous)


def reset() -> None:
    """Empty every table that is derived from documents."""
    for empty in {each.reset for found in _projections.values() for each in found if each.reset}:
        empty()
