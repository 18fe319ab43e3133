"""The nurse's day: visits, values to check, waiting room, messages, tasks."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from messaging.chat import queries as chat
from patients.access import repository
from patients.accounts.actor import Actor
from patients.network import queries as network
from telecare.consultations import queries as consultations
from telecare.dashboards.queries import parts
from telecare.dashboards.queries.shapes import NurseDay, Person, Visit
from telecare.dashboards.queries.waiting import waiting_rows
from telecare.tasks import queries as tasks
from telecare.tasks.resources import Kind
from telecare.visits import queries as visits
from telecare.visits.resources import Status
from telecare.visits.resources import Visit as Planned
from telecare.vitals.trends import Trend


def nurse_day(actor: Actor) -> NurseDay:
    """What a nurse, assistant or lead of a nursing service sees first."""
    now = timezone.localtime()
    with repository(actor).look("start page") as records:
        if own := actor.organisation:
            records.ahead([visits.tour_search(own, now.date()), tasks.worklist_search(own)])
        tour = visits.tour(actor, now.date(), records=records)
        waiting = tasks.worklist(actor, records=records)
        expected = consultations.expected(actor)
        concerned = [one.patient for one in tour] + [one.patient for one in waiting if one.patient]
        people = parts.people(records, [*concerned, *(one.patient for one in expected)])
        trends = parts.trends_of(records, concerned)
    names = network.names([actor.person or "", *(one.requester for one in waiting)])
    threads = chat.inbox(actor)
    to_do = [one for one in waiting if one.kind is not Kind.REVIEW]
    next_stop = _next(tour, now)
    return NurseDay(
        name=names.get(actor.person or "", "").split(" ")[0],
        now=now,
        visits=tuple(
            _visit(one, people[one.patient], trends.get(one.patient, []), now=one is next_stop)
            for one in tour
            if one.patient in people
        ),
        reviews=parts.reviews(waiting, people, trends),
        waiting=waiting_rows(expected, people),
        threads=parts.thread_rows(threads[: parts.SHOWN]),
        unread=sum(one.unread > 0 for one in threads),
        tasks=parts.task_rows(to_do[: parts.SHOWN], people, names),
        open_tasks=len(to_do),
    )


def _next(tour: list[Planned], now: datetime) -> Planned | None:
    """The visit that runs, else the first that is still planned."""
    running = next((one for one in tour if one.status == Status.RUNNING), None)
    return running or next((one for one in tour if one.status == Status.PLANNED), None)


def _visit(one: Planned, person: Person, trends: list[Trend], *, now: bool) -> Visit:
    words = {Status.FINISHED.value: "done", Status.RUNNING.value: "running"}
    state = words.get(one.status, "now" if now else "planned")
    return Visit(
        id=one.id,
        at=one.starts_at,
        person=person,
        place=person.street,
        what=", ".join(one.works),
        state=state,
        trend=parts.foremost(trends),
    )
