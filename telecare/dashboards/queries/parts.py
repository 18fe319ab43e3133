"""The parts that several start pages share: rows of tasks, threads and reviews, trends of many patients at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from messaging.chat.queries import Entry
from patients.access import Repository
from patients.network import queries as network
from telecare.dashboards.queries.shapes import Person, Review, TaskRow, ThreadRow, Word
from telecare.tasks import queries as tasks
from telecare.tasks.resources import Kind, Task
from telecare.vitals import queries as vitals
from telecare.vitals.queries.measured import Series
from telecare.vitals.queries.pages import trend
from telecare.vitals.trends import Trend

SHOWN = 5  # rows of a card; the rest behind "All"
DAYS = 14  # of the small trends


def people(records: Repository, patients: Iterable[str]) -> dict[str, Person]:
    """Patients in a row, by id; those who may not be seen are left out."""
    found = records.read_many("Patient", sorted(set(patients)))
    cards = {ident: network.card(document) for ident, document in found.items()}
    return {
        ident: Person(
            ident, card.name, card.birth_date.year if card.birth_date else None, card.address.partition(",")[0]
        )
        for ident, card in cards.items()
    }


def first_day() -> datetime:
    """From when on the small trends show values."""
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS)


def trends_of(records: Repository, patients: Iterable[str]) -> dict[str, list[Trend]]:
    """The last days of several patients, with two statements whatever their number."""
    wanted = sorted(set(patients))
    if not wanted:
        return {}
    found = vitals.series_of(records, wanted, since=first_day())
    names = network.names(_authors(found))
    return {patient: [trend(one, names) for one in known] for patient, known in found.items()}


def trends_as_one(records: Repository, whole: Sequence[str]) -> list[Trend]:
    """The same of the several records of one person, with the values of all of them in each trend."""
    found = {"": vitals.as_one(vitals.series_of(records, whole, since=first_day()).values())}
    names = network.names(_authors(found))
    return [trend(one, names) for one in found[""]]


def foremost(trends: Sequence[Trend]) -> Trend | None:
    """The kind that matters at a visit: outside its limit, else with a limit, else measured most often."""
    ranked = sorted(trends, key=lambda one: (one.state == "watch", any(one.limits), len(one.points)), reverse=True)
    return ranked[0] if ranked else None


def task_rows(found: Iterable[Task], people_: Mapping[str, Person], names: Mapping[str, str]) -> tuple[TaskRow, ...]:
    """Tasks as cards show them."""
    rows = []
    for task in found:
        state, word = tasks.standing(task)
        rows.append(
            TaskRow(
                id=task.id,
                title=task.text,
                state=Word(state, word),
                person=people_.get(task.patient or ""),
                by=names.get(task.requester, ""),
                review=task.kind is Kind.REVIEW,
            )
        )
    return tuple(rows)


def thread_rows(entries: Iterable[Entry]) -> tuple[ThreadRow, ...]:
    """Threads with their newest message."""
    return tuple(thread_row(entry) for entry in entries)


def thread_row(entry: Entry) -> ThreadRow:
    """One thread with its newest message."""
    return ThreadRow(
        id=str(entry.patient),
        title=entry.name,
        author=entry.author,
        text=entry.text,
        at=entry.at,
        unread=entry.unread,
    )


def reviews(
    found: Iterable[Task], people_: Mapping[str, Person], trends: Mapping[str, Sequence[Trend]]
) -> tuple[Review, ...]:
    """Values that ask for a look: each open review with the trend that it is about."""
    rows = []
    for task in found:
        person = people_.get(task.patient or "")
        shown = _reviewed(task, trends.get(task.patient or "", ()))
        if task.kind is Kind.REVIEW and person and shown and shown.latest:
            rows.append(Review(task.id, person, shown, shown.latest.at, shown.latest.by))
    return tuple(rows)


def _reviewed(task: Task, trends: Sequence[Trend]) -> Trend | None:
    """The trend whose name the review begins with."""
    return next((one for one in trends if task.text.startswith(one.title)), foremost(trends))


def _authors(found: Mapping[str, Sequence[Series]]) -> set[str]:
    limits = {one.limit.author for known in found.values() for one in known if one.limit}
    return limits | {one.last.performer for known in found.values() for one in known if one.last and one.last.performer}
