"""Break-glass: reading the record of somebody in need, whom one's organisation does not care for.

Exact identity and the reason come first. It lasts for minutes, it reads only, the patient is told, and others look at
it afterwards.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from patients import audit, events
from patients.access import Deed, allowed, codes, repository, turns
from patients.access.ceilings import may
from patients.access.permit import PERMIT
from patients.access.writing import missing
from patients.accounts.actor import Actor, Purpose, Role
from patients.audit.queries import acts_of
from patients.database import in_turn, write
from patients.errors import Denied, Finding, Invalid
from patients.network import admission, identifiers
from patients.network.resources import Resource, asking
from patients.records import store
from patients.records.models import Document

OPENED: Final = "emergency"  # as it stands in the log
REVIEWED: Final = "review of an emergency"
SHORTEST: Final = 10  # letters of a reason
LONGEST: Final = 1000
MOST_TRIES: Final = 10  # of one account in an hour
MOST_OPENED: Final = 5


def open_in_emergency(actor: Actor, person: Resource, *, kind: str, reason: str) -> list[Document]:
    """Open the record of exactly this person for reading. Returns the Task (two, if the person has two records).

    `person` is a Patient with birth date and insurance number, or with name, birth date and address. Raises Denied for
    other roles and too many tries, Invalid for a missing reason or where nobody is exactly this person.
    """
    _check_may(actor)
    words = _checked_reason(kind, reason)
    _check_exact(person)
    _check_tries(actor)
    known = admission.same_person(actor, person, why=OPENED)
    if not known:
        audit.record(actor, action=OPENED, outcome="denied", type="Patient")
        raise Invalid(_nobody())
    asked = [_task(actor, one.logical_id, kind, words) for one in known]
    with write():
        in_turn([f"{OPENED} {actor.account}"])
        if acts_of(actor.account, OPENED, within=timedelta(hours=1)).done >= MOST_OPENED:  # others came meanwhile
            raise Denied(_too_many())
        patients = [one.logical_id for one in known]
        turns.to_change_rights(patients)
        if store.existing("Patient", patients) != {*patients}:  # erased meanwhile
            raise Invalid(_nobody())
        return [_opened(actor, one) for one in asked]


def end_emergency(actor: Actor, task: str) -> Document:
    """End one's own reading now; open pages and sockets are cut. Ending it twice is no error."""
    with write():
        document = _stored(task)
        if document.content.get("requester", {}).get("reference") != actor.person or not actor.active:
            raise missing()
        return _ended(actor, document)


def end_when_over(task: str, actor: Actor) -> None:
    """The time is over: what still listens is cut. For the system (`actor`)."""
    with write():
        document = _stored(task)
        if asking.reading_of(document.content).over:
            _ended(actor, document)


def review_emergency(actor: Actor, task: str, *, verdict: str, words: str) -> Document:
    """Say afterwards how it was: the data protection officer of the reading organisation, or the patient's team.

    Raises Missing for others, Denied for who has read themselves, Invalid without words where it was not in order.
    """
    text = words.strip()[:LONGEST]
    with write():
        document = _stored(task)
        found = asking.reading_of(document.content)
        if not may_review(actor, document):
            raise missing()
        if verdict not in asking.VERDICTS:
            raise Invalid(_("Please choose how it was."))
        if not text and verdict != "in-order":
            missed = Finding(_("The words are missing."), "required", "words")
            raise Invalid(_("Please write what is not in order."), missed)
        if found.reader == actor.person:
            raise Denied(_("Whoever has read does not review it."))
        said = asking.Word(str(actor.person), timezone.localtime(), text, verdict)
        audit.record(actor, action=REVIEWED, patient=found.patient, type="Task", ident=task)
        after = repository(actor.as_system(REVIEWED)).update(
            asking.with_word(document.content, said), if_match=document.version, permit=PERMIT
        )
        events.emit("emergency.reviewed", patient=found.patient, task=task)
    return after


def may_review(actor: Actor, document: Document) -> bool:
    """Whether the actor looks at this reading afterwards."""
    if not actor.active:
        return False
    if actor.role is Role.DATA_PROTECTION_OFFICER:
        return document.custodian == actor.organisation
    return actor.organisation is not None and allowed(actor, Deed.ADMIT, patient=str(document.patient))


def _task(actor: Actor, patient: str, kind: str, words: str) -> store.Prepared:
    since = timezone.localtime()
    until = since + timedelta(minutes=settings.EMERGENCY_MINUTES)
    task = asking.emergency(
        patient,
        reader=str(actor.person),
        organisation=str(actor.organisation),
        kind=kind,
        reason=words,
        since=since,
        until=until,
    )
    return store.prepare(task)


def _opened(actor: Actor, task: store.Prepared) -> Document:
    reader, patient = replace(actor, purpose=Purpose.EMERGENCY), task.patients[0]
    audit.record(reader, action=OPENED, patient=patient, type="Patient", ident=patient)
    document = repository(reader).create(task, custodian=actor.organisation, permit=PERMIT)
    events.emit("emergency.opened", patient=patient, task=document.logical_id, minutes=settings.EMERGENCY_MINUTES)
    return document


def _ended(actor: Actor, document: Document) -> Document:
    if document.content["status"] == "completed":
        return document
    after = asking.ended(document.content, timezone.localtime())
    closed = repository(actor.as_system("end of an emergency")).update(after, if_match=document.version, permit=PERMIT)
    events.emit("emergency.ended", patient=str(document.patient), task=document.logical_id)
    return closed


def _stored(task: str) -> Document:
    turns.to_change("Task", task)
    document = store.get("Task", task, for_update=True)
    if document.deleted or not asking.is_about(document.content, codes.EMERGENCY_ACCESS):
        raise missing()
    return document


def _check_may(actor: Actor) -> None:
    if not actor.active or not may(actor.role, Deed.EMERGENCY) or actor.person is None:
        raise Denied(_("Your role does not read in an emergency. In danger call 112."))
    if actor.organisation is None:
        raise Denied(_("You are not acting for an organisation. Choose one first."))


def _checked_reason(kind: str, reason: str) -> str:
    words = reason.strip()
    if kind not in asking.REASONS:
        raise Invalid(_("Please choose what has happened."), Finding(_("Choose one."), "required", "kind"))
    if len(words) < SHORTEST:
        text = _("Please write the reason in one sentence. The person and those who review it will read it.")
        raise Invalid(text, code="required", where="reason")
    if len(words) > LONGEST:
        raise Invalid(_("Please shorten the text."), Finding(_("At most 1,000 characters."), "too-long", "reason"))
    return words


def _check_exact(person: Resource) -> None:
    """Raise Invalid unless somebody is named beyond doubt."""
    identifiers.check(person, None)
    admission.check_exact(person)


def _check_tries(actor: Actor) -> None:
    tried = acts_of(actor.account, OPENED, within=timedelta(hours=1))
    if tried.done >= MOST_OPENED or tried.all >= MOST_TRIES:
        if tried.all < 2 * MOST_TRIES:  # the log is not filled by who goes on trying
            audit.record(actor, action=OPENED, outcome="denied", type="Patient", detail="too-many")
        raise Denied(_too_many())


def _nobody() -> str:
    return _("Nobody is known here with exactly these details. Please check the spelling and the birth date.")


def _too_many() -> str:
    return _("Too many emergency accesses in one hour. Please call the person's practice, or 112.")
