"""What the start pages and the shell show."""

from __future__ import annotations

from dataclasses import dataclass

from patients.accounts.actor import Actor


@dataclass(frozen=True, slots=True)
class Me:
    """The reader, as the shell names them: "Anna Siemer", "Pflegedienst Moorland"."""

    name: str
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """The figures on the rail: threads with something new, open tasks, people who wait."""

    messages: int = 0
    tasks: int = 0
    waiting: int = 0


def me(actor: Actor) -> Me:
    """Who is signed in."""
    return Me(name=actor.person or "")


def counts(actor: Actor) -> Counts:
    """The figures on the rail for this reader."""
    return Counts()
