"""Requests of erasure as their pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from patients.access.joining import is_own
from patients.access.writing import missing
from patients.accounts.actor import Actor
from patients.network import queries as network
from patients.network.resources import asking
from patients.network.services import may_ask_for_erasure
from telecare.privacy import identity


@dataclass(frozen=True, slots=True)
class Row:
    """One request in words. `who`: for the person the organisation, for the officer the person."""

    id: str
    who: str
    words: str
    at: datetime
    state: str
    word: str
    answer: str
    by: str
    ground: str
    until: date | None
    open: bool


@dataclass(frozen=True, slots=True)
class AskPage:
    """privacy/erasure.html. `custodians`: who keeps something and was not asked yet, as choices of a form.

    `others`: the person's further records, each of which is asked for alone: ids, and by whom each is kept.
    """

    patient: str
    own: bool
    custodians: tuple[tuple[str, str], ...]
    rows: tuple[Row, ...]
    others: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class AnswerPage:
    """privacy/erasures.html"""

    rows: tuple[Row, ...]


def ask_page(actor: Actor, patient: str) -> AskPage:
    """What was asked and answered, and who could be asked. Raises Missing for others than the person."""
    if not may_ask_for_erasure(actor, patient):
        raise missing()
    found, kept = network.erasures(actor, patient), network.custodians(patient)
    names = network.names(
        [actor.person or "", *(f"Organization/{one}" for one in kept), *_people(found, patient=False)]
    )
    waiting = {one.custodian for one in found if one.status in (asking.RECEIVED, asking.CARRIED_OUT_LATER)}
    choices = [(one, names.get(f"Organization/{one}", one)) for one in kept if one not in waiting]
    rows = tuple(_row(one, names, names.get(f"Organization/{one.custodian}", "")) for one in found)
    return AskPage(patient, is_own(actor, patient), tuple(choices), rows, network.other_records(actor, patient))


def answer_page(actor: Actor) -> AnswerPage:
    """What the reader's organisation was asked."""
    found = network.erasures_to_answer(actor)
    names = network.names([actor.person or "", f"Organization/{actor.organisation}", *_people(found, patient=True)])
    return AnswerPage(tuple(_row(one, names, names.get(f"Patient/{one.patient}", "")) for one in found))


def _people(found: list[asking.Erasure], *, patient: bool) -> list[str]:
    whose = [f"Patient/{one.patient}" if patient else f"Organization/{one.custodian}" for one in found]
    return [*whose, *(one.answer.by for one in found if one.answer)]


def _row(one: asking.Erasure, names: dict[str, str], who: str) -> Row:
    state, word = _standing(one.status)
    return Row(
        id=one.id,
        who=who,
        words=one.words,
        at=one.at,
        state=state,
        word=word,
        answer=one.answer.text if one.answer else "",
        by=names.get(one.answer.by, "") if one.answer else "",
        ground=identity.ground_words(one.answer.verdict) if one.answer else "",
        until=parse_date(one.until) if one.until else None,
        open=one.status == asking.RECEIVED,
    )


def _standing(status: str) -> tuple[str, str]:
    return {
        asking.RECEIVED: ("idle", _("Sent")),
        asking.CARRIED_OUT_LATER: ("info", _("Granted, to be carried out")),
        asking.ERASED: ("ok", _("Erased")),
        asking.KEPT: ("watch", _("Kept")),
    }.get(status, ("idle", status))
