"""What a nursing service does with visits: plan, begin, hand over, finish, cancel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from messaging.chat import services as chat
from patients.access import repository
from patients.accounts.actor import Actor
from patients.database import write
from patients.errors import Conflict, Denied, Finding, Invalid, Missing
from patients.records.models import Document
from telecare.visits import resources
from telecare.visits.resources import Resource, Status

LONGEST = timedelta(hours=12)


def plan_visit(
    actor: Actor,
    patient_id: str,
    *,
    starts_at: datetime,
    ends_at: datetime,
    works: Sequence[str] = (),
    nurse: str | None = None,
    logical_id: str | None = None,
) -> Document:
    """Put a visit on the tour of the actor's organisation. `nurse`: a FHIR reference, or nobody yet."""
    if actor.organisation is None:
        raise Denied(_("Visits are planned by a nursing service."))
    if not starts_at < ends_at <= starts_at + LONGEST:
        raise _times(_("A visit ends after it begins, on the same day."))
    visit = resources.new_visit(
        patient_id, starts_at, ends_at, works, organisation=actor.organisation, nurse=nurse or actor.person
    )
    with write():
        return repository(actor).create(visit, logical_id=logical_id)


def begin_visit(actor: Actor, visit_id: str, *, at: datetime | None = None) -> Document:
    """The nurse is there, now or `at` (written down later). Beginning again what already runs changes nothing."""
    began_at = _past(at)
    with write():
        document = _visit(actor, visit_id)
        status = document.content["status"]
        if status == Status.RUNNING:
            return document
        if status != Status.PLANNED:
            raise Conflict(_("This visit is already finished or cancelled."))
        return _update(actor, document, resources.begun(document.content, began_at, nurse=actor.person))


def finish_visit(actor: Actor, visit_id: str, *, at: datetime | None = None) -> Document:
    """The nurse leaves, now or `at` (written down later). Finishing again changes nothing."""
    ended_at = _past(at)
    with write():
        document = _visit(actor, visit_id)
        status = document.content["status"]
        if status == Status.FINISHED:
            return document
        if status != Status.RUNNING:
            raise Conflict(_("This visit has not begun."))
        visit = resources.visit(document.content)
        if visit is not None and ended_at < visit.starts_at:
            raise _times(_("A visit ends after it begins, on the same day."))
        return _update(actor, document, resources.finished(document.content, ended_at))


def hand_over(actor: Actor, visit_id: str, *, text: str, cid: UUID) -> None:
    """Tell the care team in its thread what the next one must know. `cid` makes sending again harmless."""
    if not text.strip():
        raise Invalid(_("Please write something."), Finding(_("The text is missing."), "required", "text"))
    visit = resources.visit(_visit(actor, visit_id).content)
    if visit is None:
        raise Missing("")
    thread = chat.open_thread(actor, visit.patient)
    chat.send(actor, thread.pk, cid=cid, text=_("Hand-over: %(text)s") % {"text": text.strip()})


def cancel_visit(actor: Actor, visit_id: str) -> Document:
    """The visit does not take place."""
    with write():
        document = _visit(actor, visit_id)
        if document.content["status"] != Status.PLANNED:
            raise Conflict(_("Only a planned visit can be cancelled."))
        return _update(actor, document, resources.cancelled(document.content))


def _past(at: datetime | None) -> datetime:
    now = timezone.localtime()
    if at is not None and at > now:
        raise _times(_("This moment has not come yet."))
    return at or now


def _times(words: str) -> Invalid:
    return Invalid(words, Finding(_("Please check the times."), "value", "Encounter.period"))


def _visit(actor: Actor, visit_id: str) -> Document:
    document = repository(actor).read("Encounter", visit_id)
    if resources.visit(document.content) is None:
        raise Missing("")
    return document


def _update(actor: Actor, document: Document, after: Resource) -> Document:
    return repository(actor).update(after, if_match=document.version)
