"""The practice's day: waiting room, values to check, appointments, messages, tasks."""

from __future__ import annotations

from django.utils import timezone

from messaging.chat import queries as chat
from patients.access import Deed, repository
from patients.access.ceilings import may
from patients.accounts.actor import Actor, Role
from patients.network import queries as network
from telecare.consultations import queries as consultations
from telecare.dashboards.queries import parts
from telecare.dashboards.queries.shapes import PracticeDay
from telecare.dashboards.queries.waiting import appointment_rows, waiting_rows
from telecare.tasks import queries as tasks
from telecare.tasks.resources import Kind


def practice_day(actor: Actor) -> PracticeDay:
    """What a doctor or an assistant of a practice sees first; other organisations with a worklist as well."""
    now = timezone.localtime()
    with repository(actor).look("start page") as records:
        waiting = tasks.worklist(actor, records=records)
        expected = consultations.expected(actor)
        reviews = [one for one in waiting if one.kind is Kind.REVIEW]
        to_do = [one for one in waiting if one.kind is not Kind.REVIEW]
        concerned = [one.patient for one in waiting if one.patient]
        people = parts.people(records, [*concerned, *(one.patient for one in expected)])
        trends = parts.trends_of(records, [one.patient for one in reviews if one.patient])
    names = network.names([actor.person or "", *(one.requester for one in waiting), *(one.owner for one in waiting)])
    threads = chat.inbox(actor)
    name = names.get(actor.person or "", "")
    here = [one for one in expected if one.arrived_at]
    return PracticeDay(
        name=" ".join(name.split(" ")[0::2]) if actor.role is Role.DOCTOR and name.count(" ") == 2 else name,
        now=now,
        waiting=waiting_rows(here, people),
        reviews=parts.reviews(reviews, people, trends),
        appointments=appointment_rows([one for one in expected if not one.arrived_at], people),
        threads=parts.thread_rows(threads[: parts.SHOWN]),
        unread=sum(one.unread > 0 for one in threads),
        tasks=parts.task_rows(to_do[: parts.SHOWN], people, names),
        open_tasks=len(to_do),
        consults=may(actor.role, Deed.CONSULT),
    )
