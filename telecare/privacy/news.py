"""What follows when access is asked for or opened: jobs, and news to those concerned. Only ids travel."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Final

from django.utils import timezone

from messaging import jobs
from messaging.realtime import publish, topics
from patients.access.joining import known_as
from patients.access.models import CREATE, Right
from patients.accounts.actor import system
from patients.accounts.models import Membership, User
from patients.errors import Missing
from patients.network.resources import asking
from patients.network.services import emergencies, requests
from patients.network.services.erasure import OFFICE
from patients.records import store

DELIVER: Final = "privacy.deliver"
END: Final = "privacy.end-emergency"


def asked(request: str) -> None:
    """A request was written: it is delivered by a job, which takes as long as it takes."""
    jobs.add(DELIVER, request=request)


def deliver(request: str) -> None:
    """The job that puts a request before the team."""
    with suppress(Missing):  # erased meanwhile
        requests.deliver_request(request)


def requested(patient: str, task: str) -> None:
    """Those who may answer hear of it: the organisations that care, and the person."""
    now = timezone.now()
    rows = Right.objects.filter(patient=patient, person="", custodian="", since__lte=now, until__gt=now)
    caring = {organisation for organisation, may in rows.values_list("organisation", "actions") if may & CREATE}
    for organisation in sorted(caring):
        publish(topics.worklist(organisation), "access.requested", data={"id": task})
    _tell_person(patient, "access.requested", task)


def answered(patient: str, task: str, request: str) -> None:
    """Who asked hears that there is an answer."""
    _tell(asking.request_of(store.get("Task", request).content).asker, "access.answered", request)


def opened(patient: str, task: str, minutes: int) -> None:
    """The person and those who review are told at once; and what listens is cut when the time is over."""
    jobs.add(END, run_at=timezone.now() + timedelta(minutes=minutes), task=task)
    for person in (*known_as(patient), *officers(asking.reading_of(store.get("Task", task).content).organisation)):
        for account in _accounts(person):
            publish.on_commit(topics.me(account), "emergency.opened", data={"id": task})


def end(task: str) -> None:
    """The job at the end of the time."""
    with suppress(Missing):  # erased meanwhile
        emergencies.end_when_over(task, system(END))


def reviewed(patient: str, task: str) -> None:
    """The person is told that it was looked at."""
    _tell_person(patient, "emergency.reviewed", task)


def erasure_asked(organisation: str, task: str) -> None:
    """Those who answer for the organisation hear of it."""
    for person in officers(organisation):
        _tell(person, "erasure.asked", task)


def erasure_answered(patient: str, task: str) -> None:
    """The person hears that there is an answer."""
    _tell_person(patient, "erasure.answered", task)


def officers(organisation: str) -> list[str]:
    """Who answers for the organisation."""
    found = Membership.objects.filter(organisation=organisation, role__in=[role.value for role in OFFICE])
    return sorted(set(found.values_list("person", flat=True)))


def _tell_person(patient: str, on: str, ident: str) -> None:
    for person in known_as(patient):
        _tell(person, on, ident)


def _tell(person: str, on: str, ident: str) -> None:
    for account in _accounts(person):
        publish(topics.me(account), on, data={"id": ident})


def _accounts(person: str) -> list[int]:
    return list(User.objects.filter(person=person).values_list("pk", flat=True)) if person else []
