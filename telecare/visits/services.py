"""What a nursing service does with visits: plan, begin, finish, cancel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

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
        raise Invalid(
            _("A visit ends after it begins, on the same day."),
            Finding(_("Please check the times."), "value", "ends_at"),
        )
    visit = resources.new_visit(
        patient_id, starts_at, ends_at, works, organisation=actor.organisation, nurse=nurse or actor.person
    )
    with write():
        return repository(actor).create(visit, logical_id=logical_id)


def begin_visit(actor: Actor, visit_id: str) -> Document:
    """The nurse is there. Beginning again what already runs changes nothing."""
    with write():
        document = _visit(actor, visit_id)
        status = document.content["status"]
        if status == Status.RUNNING:
            return document
        if status != Status.PLANNED:
            raise Conflict(_("This visit is already finished or cancelled."))
        return _update(actor, document, resources.begun(document.content, timezone.localtime(), nurse=actor.person))


def finish_visit(actor: Actor, visit_id: str) -> Document:
    """The nurse leaves."""
    with write():
        document = _visit(actor, visit_id)
        status = document.content["status"]
        if status == Status.FINISHED:
            return document
        if status != Status.RUNNING:
            raise Conflict(_("This visit has not begun."))
        return _update(actor, document, resources.finished(document.content, timezone.localtime()))


def cancel_visit(actor: Actor, visit_id: str) -> Document:
    """The visit does not take place."""
    with write():
        document = _visit(actor, visit_id)
        if document.content["status"] != Status.PLANNED:
            raise Conflict(_("Only a planned visit can be cancelled."))
        return _update(actor, document, resources.cancelled(document.content))


def _visit(actor: Actor, visit_id: str) -> Document:
    document = repository(actor).read("Encounter", visit_id)
    if resources.visit(document.content) is None:
        raise Missing("")
    return document


def _update(actor: Actor, document: Document, after: Resource) -> Document:
    return repository(actor).update(after, if_match=document.version)
