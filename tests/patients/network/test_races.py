"""Limits by the hour, when several come at the same moment; and a record that is erased while somebody opens it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from patients.accounts.actor import Actor, system
from patients.accounts.models import OneTimeCode
from patients.database import write
from patients.errors import Conflict, Denied, Missing, Problem
from patients.network import services
from patients.network.resources import Address, Name
from patients.network.services import emergencies, requests
from patients.network.services.erasure import erase
from patients.records.models import Document, Hold
from tests.cast import HEINRICH, ident
from tests.meanwhile import Other
from tests.patients.network.test_emergencies import WORDS, heinrich_himself, opened

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.storage]


def test_openings_at_the_same_moment_count_together(david: Actor) -> None:
    for _ in range(emergencies.MOST_OPENED - 1):
        opened(david)
    with write():
        opened(david)
        other = Other(lambda: opened(david))
        other.comes()
    with pytest.raises(Denied):
        other.ends()
    assert Document.objects.filter(type="Task", patient=HEINRICH).count() == emergencies.MOST_OPENED


def test_requests_at_the_same_moment_count_together(david: Actor) -> None:
    def ask() -> Document:
        return services.request_access(david, heinrich_himself(), reason=WORDS)

    for _ in range(requests.MOST_AN_HOUR - 1):
        ask()
    with write():
        ask()
        other = Other(ask)
        other.comes()
    with pytest.raises(Denied):
        other.ends()
    assert Document.objects.filter(type="Task", patient=None).count() == requests.MOST_AN_HOUR


def test_nobody_opens_in_an_emergency_what_is_being_erased(david: Actor) -> None:
    with write():
        erase(system("the last day"), HEINRICH)
        other = Other(lambda: opened(david))
        other.comes()
    with pytest.raises(Problem):
        other.ends()
    assert not Document.objects.filter(patient=HEINRICH)


def test_who_cares_no_longer_prints_no_sign_in(heinrich: Actor, anna: Actor) -> None:
    with write():
        services.end_link(heinrich, HEINRICH, organisation=ident("moorland"))
        other = Other(lambda: services.print_sign_in(anna, HEINRICH, f"Patient/{HEINRICH}"))
        other.comes()
    with pytest.raises((Denied, Missing)):
        other.ends()
    assert not OneTimeCode.objects.exists()


def test_one_person_is_taken_on_once(anna: Actor, david: Actor) -> None:
    def take_on(actor: Actor) -> Document:
        address = Address("Am Deich 1", "49377", "Lüttmoor")
        return services.admit_patient(actor, name=Name("Onken", "Eilert"), birth_date=date(1950, 5, 1), address=address)

    with write():
        take_on(anna)
        other = Other(lambda: take_on(david))
        other.comes()
    with pytest.raises(Conflict):
        other.ends()
    assert Document.objects.filter(type="Patient").count() == 3  # with Heinrich and Wilma


def test_nothing_is_held_that_is_being_erased(dora: Actor) -> None:
    until = timezone.localdate() + timedelta(days=30)
    with write():
        erase(system("the last day"), HEINRICH)
        other = Other(lambda: services.hold(dora, HEINRICH, custodian=ident("markt"), until=until, reason="§ 630f BGB"))
        other.comes()
    with pytest.raises(Missing):
        other.ends()
    assert not Hold.objects.exists()


def test_what_is_held_is_not_erased_at_the_same_moment(dora: Actor) -> None:
    until = timezone.localdate() + timedelta(days=30)
    with write():
        services.hold(dora, HEINRICH, custodian=ident("markt"), until=until, reason="§ 630f BGB")
        other = Other(lambda: erase(system("the last day"), HEINRICH, custodian=ident("markt")))
        other.comes()
    assert [one.erased for one in other.ends()] == [False]
