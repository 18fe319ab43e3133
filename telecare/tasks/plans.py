"""Tasks that go along when another organisation takes a patient over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from patients.access import Search, repository
from patients.accounts.actor import Actor
from patients.network.plans import Planned, Plans
from patients.records.models import Document
from telecare.tasks import queries, resources
from telecare.tasks.resources import Kind, Task

ALONG = (Kind.ORDER, Kind.REVIEW)


def search(actor: Actor, patient: str) -> Search:
    """The open tasks about a patient."""
    return queries.search_of_patient(patient)


def planned(actor: Actor, documents: Sequence[Document]) -> list[Planned]:
    """In words: what is to be done, and until when."""
    return [Planned(one.text, one.due_at) for _document, one in _ours(actor, documents)]


def move(actor: Actor, patient: str, to: str, since: datetime) -> None:
    """Put the tasks on the other worklist, taken by nobody yet. Those due before stay here; those without a day go."""
    records, now = repository(actor), timezone.localtime()
    for document, one in _ours(actor, records.search(*search(actor, patient)).rows):
        if one.due_at is None or one.due_at >= since:
            after = resources.passed_on(document.content, f"Organization/{to}", at=now)
            records.update(after, if_match=document.version)


def _ours(actor: Actor, documents: Sequence[Document]) -> list[tuple[Document, Task]]:
    read = [(one, resources.task(one.content)) for one in documents]
    return [
        (document, task)
        for document, task in read
        if task.owner == f"Organization/{actor.organisation}" and task.kind in ALONG and not _is_invitation(task)
    ]


def _is_invitation(task: Task) -> bool:
    """Whether it asks the organisation itself whether it cares: nobody else can answer that."""
    return any(one.startswith("CareTeam/") for one in task.focus)


PLANS = Plans(search, planned, move)
