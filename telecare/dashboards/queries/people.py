"""Lists: the patients whom the reader may see."""

from __future__ import annotations

from dataclasses import dataclass

from patients.accounts.actor import Actor
from patients.network import queries as network

SHORTEST = 3  # letters of a name from which it is searched
MOST = 200


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """dashboards/people.html. `asked`: what was searched for; `short`: it was too short to search."""

    people: tuple[network.Person, ...]
    asked: str = ""
    short: bool = False


def people_page(actor: Actor, asked: str) -> PeoplePage:
    """The patients whom the reader may see; with a name or birth date, those who fit."""
    words = asked.split()
    if not words:
        return PeoplePage(tuple(network.patients_of(actor, most=MOST)))
    if min(map(len, words)) < SHORTEST:
        return PeoplePage((), asked, short=True)
    return PeoplePage(tuple(network.patients_of(actor, named=asked, most=MOST)), asked)
