"""Worklists: what waits for an organisation, and what waits for one patient."""

from __future__ import annotations

from collections.abc import Iterable

from patients.access import Repository, repository
from patients.accounts.actor import Actor
from telecare.tasks import resources
from telecare.tasks.resources import OPEN, SYSTEM, Kind, Task

MOST = 100  # rows of one worklist page


def worklist(actor: Actor, *, records: Repository | None = None, kinds: Iterable[Kind] = ()) -> list[Task]:
    """The open tasks of the actor's organisation: urgent first, then by due moment, then oldest first."""
    if actor.organisation is None:
        return []
    pairs = [("owner", f"Organization/{actor.organisation}"), *_open(kinds)]
    return _found(actor, records, pairs)


def of_patient(actor: Actor, patient_id: str, *, records: Repository | None = None) -> list[Task]:
    """The open tasks about one patient that the actor may see."""
    return _found(actor, records, [("patient", f"Patient/{patient_id}"), *_open(())])


def of_encounter(actor: Actor, encounter_id: str, *, records: Repository | None = None) -> list[Task]:
    """All tasks that came out of one consultation, whatever their state."""
    return _found(actor, records, [("encounter", f"Encounter/{encounter_id}")])


def one(actor: Actor, task_id: str) -> Task:
    """One task. Raises Missing."""
    return resources.task(repository(actor).read("Task", task_id).content)


def open_review(actor: Actor, patient_id: str, owner: str) -> list[Task]:
    """The open reviews of a patient's values that wait for `owner` (a FHIR reference)."""
    pairs = [("patient", f"Patient/{patient_id}"), ("owner", owner), *_open((Kind.REVIEW,))]
    return _found(actor, None, pairs)


def _open(kinds: Iterable[Kind]) -> list[tuple[str, str]]:
    pairs = [("status", ",".join(OPEN)), ("_count", str(MOST)), ("_total", "none")]
    if kinds:
        pairs.append(("code", ",".join(f"{SYSTEM}|{kind}" for kind in kinds)))
    return pairs


def _found(actor: Actor, records: Repository | None, pairs: list[tuple[str, str]]) -> list[Task]:
    page = (records or repository(actor)).search("Task", pairs)
    return sorted((resources.task(row.content) for row in page.rows), key=_urgency)


def _urgency(task: Task) -> tuple[bool, bool, float, float]:
    due = task.due_at.timestamp() if task.due_at else 0.0
    authored = task.authored_at.timestamp() if task.authored_at else 0.0
    return (not task.urgent, task.due_at is None, due, authored)
