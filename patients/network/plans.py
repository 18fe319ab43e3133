"""What is planned for a patient and goes along when another organisation takes over. Features above bring it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from patients.access import Search
from patients.accounts.actor import Actor
from patients.records.models import Document


@dataclass(frozen=True, slots=True)
class Planned:
    """One thing that an organisation has planned for a patient; `at`: when it takes place or is due, if at all."""

    what: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Plans:
    """What a feature has planned.

    `search(actor, patient)`: where it stands, for `Repository.ahead`. `planned(actor, documents)`: what of it is the
    actor's organisation's, by time. `move(actor, patient, to, since)`: let `to` have what is theirs and
    begins or is due at that moment or later, or at no certain one. Inside `write()`.
    """

    search: Callable[[Actor, str], Search]
    planned: Callable[[Actor, Sequence[Document]], list[Planned]]
    move: Callable[[Actor, str, str, datetime], None]


_known: list[Plans] = []


def register(plans: Plans) -> None:
    """Let these plans go along, too."""
    _known.append(plans)


def searches(actor: Actor, patient: str) -> list[Search]:
    """Where all plans for a patient stand."""
    return [one.search(actor, patient) for one in _known]


def planned(actor: Actor, found: Iterable[Sequence[Document]]) -> tuple[Planned, ...]:
    """All plans of the actor's organisation among what the searches found, in their order; without a time last."""
    rows = [row for one, documents in zip(_known, found, strict=True) for row in one.planned(actor, documents)]
    return tuple(sorted(rows, key=lambda row: (row.at is None, row.at.timestamp() if row.at else 0.0)))


def move(actor: Actor, patient: str, *, to: str, since: datetime) -> None:
    """Let another organisation have what is planned from a moment on. Inside `write()`."""
    for one in _known:
        one.move(actor, patient, to, since)
