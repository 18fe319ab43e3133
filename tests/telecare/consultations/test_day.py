"""What the start pages say of those who wait."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from patients.accounts.models import User
from telecare.consultations import queries, services
from telecare.consultations.models import Invitation
from tests.cast import HEINRICH
from tests.telecare.consultations.conftest import MARKT

pytestmark = pytest.mark.django_db


def start_page(actor) -> str:
    browser = Client()
    browser.force_login(User.objects.get(pk=actor.account))
    answer = browser.get("/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_clara_reads_on_her_start_page_that_heinrich_waits(clara, consultation, guest):
    services.wait(guest, consultation, sound=True, picture=True)
    [one] = [one for one in queries.expected(clara) if one.id == consultation]
    assert one.arrived_at is not None
    assert not one.knocked
    assert "Heinrich Brandt" in start_page(clara)


def test_who_came_without_the_pin_is_to_be_recognised(clara, consultation, guest):
    Invitation.objects.filter(consultation=consultation).update(knocked=True)
    services.wait(guest, consultation, sound=True, picture=True)
    [one] = [one for one in queries.expected(clara) if one.id == consultation]
    assert one.knocked
    assert "PIN" in start_page(clara)


def test_a_call_that_was_called_in_shows_no_appointment_and_who_took_it_on_comes_back_to_it(
    anna, clara, home_visit_call
):
    services.wait(anna, home_visit_call, sound=True, picture=True)
    assert "ohne Termin" in start_page(clara)
    services.claim(clara, home_visit_call)
    page = start_page(clara)
    assert "Zum Gespräch" in page
    assert f"/consultations/{home_visit_call}/" in page


def test_a_booked_one_shows_the_time_of_its_appointment(clara, consultation, guest):
    services.wait(guest, consultation)
    assert "ohne Termin" not in start_page(clara)


def test_around_midnight_nobody_who_comes_or_waits_is_missing(monkeypatch, anna, clara):
    midnight = timezone.make_aware(datetime.combine(timezone.localdate() + timedelta(days=2), time.min))
    before, after = (midnight + timedelta(minutes=minutes) for minutes in (-10, 10))
    monkeypatch.setattr(timezone, "now", lambda: before)
    called = services.call_in(anna, HEINRICH, organisation=MARKT, reason="Atemnot")
    booked = services.book(clara, HEINRICH, starts_at=after, doctor=clara.person or "", reason="Kontrolle")
    later = services.book(clara, HEINRICH, starts_at=midnight + timedelta(hours=9), reason="Verband")
    assert {one.id for one in queries.expected(clara)} == {called, booked}
    monkeypatch.setattr(timezone, "now", lambda: after)
    assert {one.id for one in queries.expected(clara)} == {called, booked, later}
