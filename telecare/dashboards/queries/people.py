"""Lists: the patients whom the reader may see."""

from __future__ import annotations

from dataclasses import dataclass

from patients.access import Deed
from patients.access.ceilings import may
from patients.accounts.actor import Actor
from patients.network import queries as network

SHORTEST = 3  # letters of a name from which it is searched
MOST = 200


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """dashboards/people.html. `asked`: what was searched for; `short`: too short; `may_admit`: take on others."""

    people: tuple[network.Person, ...]
    asked: str = ""
    short: bool = False
    may_admit: bool = False


def people_page(actor: Actor, asked: str) -> PeoplePage:
    """The patients whom the reader may see; with a name or birth date, those who fit."""
    words = asked.split()
    admits = actor.organisation is not None and may(actor.role, Deed.ADMIT)
    if not words:
        return PeoplePage(tuple(network.patients_of(actor, most=MOST)), may_admit=admits)
    if min(map(len, words)) < SHORTEST:
        return PeoplePage((), asked, short=True, may_admit=admits)
    return PeoplePage(tuple(network.patients_of(actor, named=asked, most=MOST)), asked, may_admit=admits)
