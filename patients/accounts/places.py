"""What organisations and people are called. Their documents lie above us, so somebody above tells us."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from patients.accounts.actor import Actor

Find = Callable[[Actor, Iterable[str]], Mapping[str, str]]

_find: Find | None = None
_find_people: Find | None = None
_find_around: Callable[[str], Iterable[str]] | None = None


def register(find: Find, find_people: Find, find_around: Callable[[str], Iterable[str]]) -> None:
    """Let `find(actor, ids)` name organisations by their ids, `find_people(actor, references)` those who work there.

    `find_around(reference)` gives the names of a person and of where they work.
    """
    global _find, _find_people, _find_around
    _find, _find_people, _find_around = find, find_people, find_around


def names(actor: Actor, ids: Iterable[str]) -> Mapping[str, str]:
    """The names of these organisations by id; those that nobody knows are left out."""
    return _find(actor, ids) if _find else {}


def people(actor: Actor, references: Iterable[str]) -> Mapping[str, str]:
    """The names of these people ("Practitioner/…"), likewise."""
    return _find_people(actor, references) if _find_people else {}


def around(person: str) -> Iterable[str]:
    """What this person (a reference) and where they work are called: to look at their own password."""
    return _find_around(person) if _find_around and person else ()
