"""What people do with tasks: order, take, give back, complete, decline, cancel. The system asks for reviews."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from patients.access import repository
from patients.access.categories import as_narrow_as, category_of
from patients.accounts.actor import Actor
from patients.database import write
from patients.errors import Conflict, Finding, Invalid
from patients.records.models import Document
from telecare.tasks import queries, resources
from telecare.tasks.resources import Kind, Status

LONGEST = 2000


def order(
    actor: Actor,
    patient_id: str,
    *,
    text: str,
    organisation: str,
    due_at: datetime | None = None,
    urgent: bool = False,
    encounter: str | None = None,
    kind: Kind = Kind.ORDER,
    focus: str | None = None,
    read_back: str = "",
) -> Document:
    """Put a task on an organisation's worklist. Raises Invalid (empty, past), Missing for a foreign patient."""
    text = text.strip()
    if not text:
        raise Invalid(_("Please write what is to be done."), Finding(_("The text is missing."), "required", "text"))
    if len(text) > LONGEST:
        raise Invalid(_("Please shorten the text."), Finding(_("At most 2,000 characters."), "too-long", "text"))
    now = timezone.localtime()
    if due_at and due_at < now:
        raise Invalid(_("The due moment has passed."), Finding(_("Choose a later one."), "value", "due_at"))
    resource = resources.new_task(
        kind,
        text,
        patient_id=patient_id,
        owner=f"Organization/{organisation}",
        requester=actor.person,
        authored_at=now,
        due_at=due_at,
        urgent=urgent,
        focus=focus,
        encounter=f"Encounter/{encounter}" if encounter else None,
        read_back=read_back,
    )
    records = repository(actor)
    with write():
        return records.create(resource)


def take(actor: Actor, task_id: str, *, version: int | None = None) -> Document:
    """Say "I do it". Of two who take at once, the second learns that it is taken (Conflict)."""
    return _move(actor, task_id, Status.ACCEPTED, version)


def give_back(actor: Actor, task_id: str, *, version: int | None = None) -> Document:
    """Put a taken task back on the list."""
    return _move(actor, task_id, Status.REQUESTED, version)


def complete(actor: Actor, task_id: str, *, outcome: str = "", version: int | None = None) -> Document:
    """Say that it is done, and what came of it."""
    return _move(actor, task_id, Status.COMPLETED, version, outcome)


def decline(actor: Actor, task_id: str, *, reason: str, version: int | None = None) -> Document:
    """Say that it will not be done, and why: the one who asked must be able to act."""
    if not reason.strip():
        raise Invalid(_("Please write why."), Finding(_("The reason is missing."), "required", "reason"))
    return _move(actor, task_id, Status.REJECTED, version, reason)


def cancel(actor: Actor, task_id: str, *, reason: str = "", version: int | None = None) -> Document:
    """Take an order back."""
    return _move(actor, task_id, Status.CANCELLED, version, reason)


def open_or_join_review(actor: Actor, *, owner: str, text: str, focus: Document, label: str) -> Document:
    """Ask `owner` (a FHIR reference) to look at a value. An open review of the same label is joined, not doubled.

    It is as narrow as the value, and of one that is narrower than a review it tells no number.
    """
    records = repository(actor)
    now = timezone.localtime()
    patient = str(focus.patient)
    asked = resources.new_task(
        Kind.REVIEW,
        label,
        patient_id=patient,
        owner=owner,
        requester=None,
        authored_at=now,
        focus=focus.reference,
    )
    narrow = as_narrow_as(asked, focus.category)
    with write():
        for task in queries.open_review(actor, patient, owner):
            current = records.read("Task", task.id)
            if task.text.startswith(label) and current.category == category_of(narrow):
                return records.update(
                    resources.joined(current.content, focus.reference, at=now), if_match=current.version
                )
        if narrow is asked:
            narrow = {**asked, "description": f"{label}: {text}"}
        return records.create(narrow, custodian=owner.removeprefix("Organization/"))


def _move(actor: Actor, task_id: str, status: Status, version: int | None, outcome: str = "") -> Document:
    records = repository(actor)
    with write():
        document = records.read("Task", task_id)
        task = resources.task(document.content)
        if version is not None and version != document.version:
            raise Conflict(_("Somebody changed this task meanwhile. Please look at it again."))
        if status not in resources.MOVES.get(task.status, ()):
            raise Conflict(_("This task is already closed or taken. Please look at it again."))
        after = resources.moved(document.content, status, at=timezone.localtime(), by=actor.person, outcome=outcome)
        return records.update(after, if_match=document.version)
