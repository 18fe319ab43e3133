"""Requests of access and readings in an emergency as their pages show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from patients.accounts.actor import Actor, Role
from patients.network import queries as network
from patients.network import resources
from patients.network.resources import asking
from patients.network.services import may_ask
from telecare.privacy import identity


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said: `state` and `word` as in a status."""

    by: str
    at: datetime
    text: str
    state: str
    word: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One request in words. `who` is whom it is about."""

    id: str
    who: str
    asker: str
    organisation: str
    reason: str
    at: datetime
    open: bool
    answer: Said | None


@dataclass(frozen=True, slots=True)
class WhyPage:
    """privacy/why.html. `may_ask`: whether this role asks for access; `may_open`: reads in an emergency."""

    organisation: str
    may_ask: bool
    may_open: bool
    own: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class RequestsPage:
    """privacy/requests.html. `personal`: the patient or representative answers."""

    rows: tuple[Asked, ...]
    personal: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading in an emergency, in words."""

    id: str
    who: str
    patient: str
    reader: str
    organisation: str
    why: str
    reason: str
    since: datetime
    until: datetime
    over: bool
    reviews: tuple[Said, ...]
    may_review: bool


@dataclass(frozen=True, slots=True)
class ReadingsPage:
    """privacy/emergencies.html. `personal`: the patient reads about their own record."""

    rows: tuple[Reading, ...]
    personal: bool


def why_page(actor: Actor, *, may_open: bool) -> WhyPage:
    """Why somebody may be missing, and what the reader's organisation has asked. It is alike whoever is missing."""
    own = network.own_requests(actor) if may_ask(actor) else []
    names = network.names([*_self(actor), *_named(own)])
    return WhyPage(
        organisation=names.get(f"Organization/{actor.organisation}", ""),
        may_ask=may_ask(actor),
        may_open=may_open,
        own=tuple(_asked(one, names, _described(one)) for one in own),
    )


def requests_page(actor: Actor) -> RequestsPage:
    """What waits for an answer of the reader."""
    found = network.requests_to_answer(actor)
    names = network.names([*_self(actor), *_named(found), *(f"Patient/{one.patient}" for one in found)])
    personal = actor.role in (Role.PATIENT, Role.REPRESENTATIVE)
    return RequestsPage(tuple(_asked(one, names, names.get(f"Patient/{one.patient}", "")) for one in found), personal)


def emergencies_page(actor: Actor) -> ReadingsPage:
    """Readings in an emergency that concern the reader: as officer, as team, as the person."""
    found = network.readings_to_review(actor)
    wanted = {f"Patient/{one.patient}" for one in found} | {one.reader for one in found} | set(_self(actor))
    wanted |= {f"Organization/{one.organisation}" for one in found} | {said.by for one in found for said in one.reviews}
    names = network.names(wanted)
    personal = actor.role in (Role.PATIENT, Role.REPRESENTATIVE, Role.RELATIVE)
    return ReadingsPage(tuple(_reading(actor, one, names, personal) for one in found), personal)


def _reading(actor: Actor, one: asking.Emergency, names: dict[str, str], personal: bool) -> Reading:
    return Reading(
        id=one.id,
        who=names.get(f"Patient/{one.patient}", ""),
        patient=one.patient,
        reader=names.get(one.reader, _("Somebody who is not entered any more")),
        organisation=names.get(f"Organization/{one.organisation}", ""),
        why=identity.reason_words(one.kind),
        reason=one.reason,
        since=one.since,
        until=one.until,
        over=one.over,
        reviews=tuple(
            Said(names.get(said.by, ""), said.at, said.text, _STATES.get(said.verdict, "info"),
                 identity.verdict_words(said.verdict))
            for said in one.reviews
        ),
        may_review=not personal and one.reader != actor.person,
    )  # fmt: skip


_STATES = {"in-order": "ok", "to-clarify": "watch", "not-in-order": "urgent"}


def _asked(one: asking.Request, names: dict[str, str], who: str) -> Asked:
    answer = None
    if one.answer is not None:
        granted = one.status == asking.GRANTED
        state, word = ("ok", _("Granted")) if granted else ("watch", _("Declined"))
        answer = Said(names.get(one.answer.by, ""), one.answer.at, one.answer.text, state, word)
    return Asked(
        id=one.id,
        who=who,
        asker=names.get(one.asker, ""),
        organisation=names.get(f"Organization/{one.organisation}", ""),
        reason=one.reason,
        at=one.at,
        open=one.status == asking.OPEN,
        answer=answer,
    )


def _self(actor: Actor) -> list[str]:
    """What the frame of the page asks for as well: asked for together, it costs nothing."""
    return [actor.person or "", f"Organization/{actor.organisation}" if actor.organisation else ""]


def _described(one: asking.Request) -> str:
    """Whom those who ask mean, in their own words."""
    return str(resources.name_of(one.person)) if one.person else ""


def _named(found: Sequence[asking.Request]) -> list[str]:
    people = [one.asker for one in found] + [one.answer.by for one in found if one.answer]
    return [*people, *(f"Organization/{one.organisation}" for one in found)]
