"""Worklists: what waits for an organisation, and what waits for one patient."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from patients.access import Action, Repository, Search, Wish, allowed_among, decide, repository
from patients.accounts.actor import Actor
from patients.database import Number
from patients.errors import Missing
from patients.network import queries as network
from telecare.tasks import resources
from telecare.tasks.resources import OPEN, SYSTEM, Kind, Task

ORDER = Wish(Action.CREATE, type="Task", own=True)
MOST = 100  # rows of one worklist page


@dataclass(frozen=True, slots=True)
class Row:
    """A task in words: for whom, from whom, who took it, and how it stands (`state`, `word` as in a status)."""

    task: Task
    patient: str
    requester: str
    taken_by: str
    state: str
    word: str


@dataclass(frozen=True, slots=True)
class WorklistPage:
    """tasks/worklist.html"""

    organisation: str
    topic: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class TaskPage:
    """tasks/task.html. `focus`: references of what it is about; `may_move`: whether the reader may do something."""

    row: Row
    owner: str
    read_back: str
    focus: tuple[str, ...]
    may_move: bool


def worklist_page(actor: Actor) -> WorklistPage:
    """The worklist of the actor's organisation with names."""
    with repository(actor).look("worklist") as records:
        tasks = worklist(actor, records=records)
        names = network.names(_people(tasks, actor))
    own = f"Organization/{actor.organisation}"
    return WorklistPage(names.get(own, ""), f"worklist:{actor.organisation}", tuple(row(one, names) for one in tasks))


def task_page(actor: Actor, task_id: str, *, records: Repository | None = None) -> TaskPage:
    """One task with names. Raises Missing."""
    document = (records or repository(actor)).read("Task", task_id)
    found = resources.task(document.content)
    names = network.names(_people([found], actor))
    notes: list[Mapping[str, Any]] = document.content.get("note", [])
    return TaskPage(
        row(found, names),
        names.get(found.owner, ""),
        next((note["text"] for note in notes), ""),
        found.focus,
        may_move=found.is_open and (_ours(actor, found) or decide(actor, Action.UPDATE, document)),
    )


def _ours(actor: Actor, task: Task) -> bool:
    """Whether it is on the list of the actor's organisation, which does not only read in an emergency."""
    return task.owner == f"Organization/{actor.organisation}" and actor.emergency(task.patient) is None


@dataclass(frozen=True, slots=True)
class OrderPage:
    """tasks/new.html. `organisations`: those of the care team, as choices of a form."""

    patient: str
    name: str
    organisations: tuple[tuple[str, str], ...]


def order_page(actor: Actor, patient_id: str) -> OrderPage:
    """Who is concerned and who could do it. Raises Missing, also for who may read but not order."""
    if not allowed_among(actor, {"order": ORDER}, patient=patient_id):
        raise Missing("")
    with repository(actor).look("order") as records:
        name = network.card(records.read("Patient", patient_id)).name
        team = network.team(records, patient_id)
    places = [one for one in team.members if one.reference.startswith("Organization/")]
    choices = tuple((one.reference.removeprefix("Organization/"), one.name) for one in places)
    return OrderPage(patient_id, name, choices)


def row(task: Task, names: Mapping[str, str]) -> Row:
    """A task in words."""
    state, word = standing(task)
    return Row(
        task=task,
        patient=names.get(f"Patient/{task.patient}", "") if task.patient else "",
        requester=names.get(task.requester, ""),
        taken_by=names.get(task.taken_by, ""),
        state=state,
        word=word,
    )


def standing(task: Task) -> tuple[str, str]:
    """How a task stands: a state (ok, watch, urgent, info, idle) and a word."""
    closed = {
        "completed": ("ok", _("Done")),
        "rejected": ("watch", _("Declined")),
        "cancelled": ("idle", _("Taken back")),
    }
    if task.status in closed:
        return closed[task.status]
    if task.due_at and task.due_at < timezone.now():
        return "watch", _("Overdue")
    if task.due_at and timezone.localdate(task.due_at) == timezone.localdate():
        return ("urgent" if task.urgent else "watch"), _("By %(time)s") % {"time": _clock(task.due_at)}
    if task.urgent:
        return "urgent", _("Urgent")
    return ("info", _("Taken")) if task.status == "accepted" else ("idle", _("Still open"))


def _clock(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%H:%M")


def _people(tasks: Iterable[Task], actor: Actor) -> list[str]:
    references = {f"Organization/{actor.organisation}"}
    for one in tasks:
        references |= {one.owner, one.requester, one.taken_by, f"Patient/{one.patient}" if one.patient else ""}
    return sorted(reference for reference in references if reference)


def worklist(actor: Actor, *, records: Repository | None = None, kinds: Iterable[Kind] = ()) -> list[Task]:
    """The open tasks of the actor's organisation: urgent first, then by due moment, then oldest first."""
    if actor.organisation is None:
        return []
    return _found(actor, records, list(worklist_search(actor.organisation, kinds)[1]))


def worklist_search(organisation: str, kinds: Iterable[Kind] = ()) -> Search:
    """What `worklist` reads, for pages that read it together with other things."""
    return "Task", (("owner", f"Organization/{organisation}"), *_open(kinds))


def open_count(actor: Actor) -> Number:
    """How many tasks are open on the worklist of the actor's organisation."""
    if actor.organisation is None:
        return Number("0")
    pairs = [("owner", f"Organization/{actor.organisation}"), ("status", ",".join(OPEN))]
    return repository(actor).number("Task", pairs)


def of_patient(actor: Actor, patient_id: str, *, records: Repository | None = None) -> list[Task]:
    """The open tasks about one patient that the actor may see."""
    return _found(actor, records, list(search_of_patient(patient_id)[1]))


def search_of_patient(patient_id: str) -> Search:
    """What `of_patient` reads, for pages that read it together with other things."""
    return "Task", (("patient", f"Patient/{patient_id}"), *_open(()))


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


def about(actor: Actor, focus: str, owner: str) -> list[Task]:
    """The open tasks that wait for `owner` because of a document (FHIR references)."""
    return _found(actor, None, [("focus", focus), ("owner", owner), *_open(())])


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
