"""What the start pages say of those who wait."""

from __future__ import annotations

import pytest
from django.test import Client

from patients.accounts.models import User
from telecare.consultations import queries, services
from telecare.consultations.models import Invitation

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
