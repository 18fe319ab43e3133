"""Asking for erasure: the person asks each custodian, and each answers for what it keeps itself (GDPR Art. 17)."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from patients import audit, events
from patients.access import Action, allowed, codes, repository, turns
from patients.access.categories import CONSENT
from patients.access.permit import PERMIT
from patients.access.writing import missing
from patients.accounts.actor import Actor, Role
from patients.database import write
from patients.errors import Conflict, Finding, Invalid, Missing
from patients.network.queries import asking as queries
from patients.network.resources import asking
from patients.network.services.erasure import LONGEST_REASON, OFFICE, erase, hold, holds
from patients.records import store
from patients.records.models import Document

ASKED: Final = "request of erasure"  # as it stands in the log
ANSWERED: Final = "answer to a request of erasure"
LONGEST: Final = 1000


def request_erasure(actor: Actor, patient: str, *, custodians: Iterable[str], words: str = "") -> list[Document]:
    """Ask these organisations to erase what they keep. Returns the Tasks; one that waits for an answer is not doubled.

    For the person and the representative. Raises Missing for others, Invalid for who keeps nothing.
    """
    if not may_ask_for_erasure(actor, patient):
        raise missing()
    wanted = list(dict.fromkeys(custodians))
    if not wanted or set(wanted) - set(queries.custodians(patient)):
        raise Invalid(_("Please choose who is to erase."), Finding(_("Choose at least one."), "required", "custodians"))
    if len(words) > LONGEST:
        raise Invalid(_("Please shorten the text."), Finding(_("At most 1,000 characters."), "too-long", "words"))
    waiting = {one.custodian for one in queries.erasures(actor, patient) if one.status in _OPEN}
    made = []
    with write():
        for custodian in (one for one in wanted if one not in waiting):
            now = timezone.localtime()
            task = asking.erasure(patient, custodian, asker=str(actor.person), words=words.strip(), at=now)
            audit.record(actor, action=ASKED, patient=patient, type="Organization", ident=custodian)
            made.append(repository(actor).create(task, custodian=f"Patient/{patient}", permit=PERMIT))
            events.emit("erasure.asked", organisation=custodian, task=made[-1].logical_id)
    return made


def grant_erasure(actor: Actor, task: str) -> None:
    """Erase what one's own organisation keeps: now and for good, or after the last day of a hold.

    Where nobody else keeps anything, what all share goes as well, this request with it.
    """
    with write():
        document = _open_request(actor, task)
        patient, custodian = str(document.patient), str(actor.organisation)
        held = holds(actor, patient, custodians=[custodian])
        if held:
            _answer(
                actor, task, asking.CARRIED_OUT_LATER, "", _("Granted, after the last day of keeping."), held[0].until
            )
        else:
            _answer(actor, task, asking.ERASED, "", _("Granted."), None)
        with suppress(Missing):  # nothing is kept any more
            erase(actor, patient, custodian=custodian)


def refuse_erasure(actor: Actor, task: str, *, ground: str, words: str, until: date) -> Document:
    """Keep it, with the legal ground, words that the person understands, and a last day: nothing is erased before."""
    if ground not in asking.GROUNDS:
        check_erasure(actor, task)
        raise Invalid(_("Please choose the legal ground."), Finding(_("Choose one."), "required", "ground"))
    text = words.strip()[:LONGEST_REASON]
    with write():
        document = _answer(actor, task, asking.KEPT, ground, text, until)
        with suppress(Missing):
            hold(actor, str(document.patient), custodian=str(actor.organisation), until=until, reason=text)
    return document


def check_erasure(actor: Actor, task: str) -> None:
    """Raise as an answer would: Missing for who does not answer, Conflict where it was answered."""
    with write():
        _open_request(actor, task)


def may_ask_for_erasure(actor: Actor, patient: str) -> bool:
    """The person, and who represents them in what concerns consents."""
    family = actor.role in (Role.PATIENT, Role.REPRESENTATIVE)
    return family and allowed(actor, Action.READ, patient=patient, category=CONSENT)


_OPEN: Final = (asking.RECEIVED, asking.CARRIED_OUT_LATER)


def _open_request(actor: Actor, task: str) -> Document:
    turns.to_change("Task", task)
    document = store.get("Task", task, for_update=True)
    if document.deleted or not asking.is_about(document.content, codes.ERASURE_REQUEST):
        raise missing()
    own = asking.erasure_of(document.content).custodian == (actor.organisation or "-")
    if not (own and actor.active and actor.role in OFFICE):
        raise missing()
    if document.content["status"] != asking.RECEIVED:
        raise Conflict(_("This request was answered meanwhile."))
    return document


def _answer(actor: Actor, task: str, status: str, ground: str, words: str, until: date | None) -> Document:
    with write():
        document = _open_request(actor, task)
        if not words:
            missed = Finding(_("The words are missing."), "required", "words")
            raise Invalid(_("Please write why, so that the person understands it."), missed)
        if ground and until is not None and until <= timezone.localdate():
            raise Invalid(
                _("The last day of keeping lies in the past."), Finding(_("Choose a later day."), "value", "until")
            )
        patient = str(document.patient)
        audit.record(actor, action=ANSWERED, patient=patient, type="Task", ident=task)
        said = asking.Word(str(actor.person), timezone.localtime(), words, ground)
        after = repository(actor.as_system(ANSWERED)).update(
            asking.erasure_answered(document.content, status, said, until=until),
            if_match=document.version,
            permit=PERMIT,
        )
        events.emit("erasure.answered", patient=patient, task=task)
    return after
