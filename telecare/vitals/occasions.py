"""On what occasion somebody measures: those who know (visits) register a finder; vitals knows none of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from patients.access import Repository
from patients.accounts.actor import Actor


@dataclass(frozen=True, slots=True)
class Occasion:
    """What the page of measuring says about it ("Home visit since 10:17"), and the address to go back to."""

    words: str
    href: str


Finder = Callable[[Actor, str, Repository], Occasion | None]
_finders: list[Finder] = []


def on(finder: Finder) -> None:
    """Ask this finder, with the actor, the patient and the look of the page. Called from `apps.py`."""
    if finder not in _finders:
        _finders.append(finder)


def now(actor: Actor, patient_id: str, records: Repository) -> Occasion | None:
    """The occasion on which the actor measures this patient, if there is one."""
    found = (finder(actor, patient_id, records) for finder in _finders)
    return next((one for one in found if one is not None), None)
