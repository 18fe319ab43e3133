"""On-call duty: which services of an organisation can be called, and who answers now and next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils import timezone

from patients.access import Search
from patients.access.models import EVER, FOREVER
from patients.accounts.actor import Actor
from patients.network import resources
from patients.network.resources import working
from patients.records.models import Document

ALL: Final = (("_count", "500"), ("_total", "none"))


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody answers for a service from start to end; `now` while it lasts."""

    id: str
    person: str
    start: datetime
    end: datetime
    now: bool
    mine: bool


@dataclass(frozen=True, slots=True)
class OnCall:
    """A service that can be called, and who answers when: turns that last or come."""

    id: str
    name: str
    phone: str
    turns: tuple[Turn, ...]

    @property
    def now(self) -> tuple[Turn, ...]:
        """Who answers at present."""
        return tuple(one for one in self.turns if one.now)


def on_call_searches(places: Sequence[str]) -> tuple[Search, Search]:
    """The services on call of these organisations ("Organization/…"), and their turns that last or come.

    By the moment, not the day: `ge` of a day leaves out what began before and ends in it (FHIR R4, search prefixes).
    """
    here, now, kind = ",".join(places), timezone.now().isoformat(timespec="seconds"), "|".join(working.ON_CALL)
    return (
        ("HealthcareService", (("organization", here), ("service-category", kind), ("active", "true"), *ALL)),
        (
            "Schedule",
            (("actor:HealthcareService.organization", here), ("date", f"ge{now}"), ("active", "true"), *ALL),
        ),
    )


def provider_of(service: Document) -> str:
    """The id of the organisation that offers a HealthcareService."""
    return str(service.content.get("providedBy", {}).get("reference", "")).removeprefix("Organization/")


def on_call(
    services: Iterable[Document], turns: Sequence[Document], called: Mapping[str, str], actor: Actor
) -> tuple[OnCall, ...]:
    """The services with their turns, the next first."""
    now = timezone.now()
    by_service: dict[str, list[Turn]] = defaultdict(list)
    for document in turns:
        service, person, span = working.turn_of(document.content)
        if span.until > now and span.since != EVER and span.until != FOREVER:
            turn = Turn(
                document.logical_id,
                called.get(person, person),
                span.since,
                span.until,
                now in span,
                person == actor.person,
            )
            by_service[service].append(turn)
    return tuple(
        OnCall(
            one.logical_id,
            str(one.content.get("name", "")),
            resources.phone_of(one.content),
            tuple(sorted(by_service[one.logical_id], key=lambda turn: (turn.start, turn.end, turn.id))),
        )
        for one in services
    )
