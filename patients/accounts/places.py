"""What organisations and people are called. Their documents lie above us, so somebody above tells us."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from patients.accounts.actor import Actor

Find = Callable[[Actor, Iterable[str]], Mapping[str, str]]

_find: Find | None = None
_find_people: Find | None = None


def register(find: Find, find_people: Find) -> None:
    """Let `find(actor, ids)` name organisations by their ids, `find_people(actor, references)` those who work there."""
    global _find, _find_people
    _find, _find_people = find, find_people


def names(actor: Actor, ids: Iterable[str]) -> Mapping[str, str]:
    """The names of these organisations by id; those that nobody knows are left out."""
    return _find(actor, ids) if _find else {}


def people(actor: Actor, references: Iterable[str]) -> Mapping[str, str]:
    """The names of these people ("Practitioner/…"), likewise."""
    return _find_people(actor, references) if _find_people else {}
