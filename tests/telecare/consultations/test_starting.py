"""One press on a patient's page begins a call, or joins the one that is under way."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from patients.accounts.models import User
from telecare.consultations import services
from telecare.consultations.models import Consultation
from tests.telecare.consultations.conftest import enter


@pytest.fixture
def press(heinrich):
    """Somebody presses "Begin video" on Heinrich's page; where it leads."""

    def by(actor):
        client = Client()
        client.force_login(User.objects.get(pk=actor.account))
        return client.post(reverse("consultations:start", args=[heinrich.patient]))

    return by


def test_anna_calls_in_the_only_practice_with_one_press(press, anna, clara):
    answer = press(anna)
    assert answer.status_code == 302
    (card,) = Consultation.objects.all()
    assert card.organisation == clara.organisation
    assert answer["Location"] == reverse("consultations:room", args=[card.id])


def test_clara_joins_the_call_in_which_anna_waits(press, anna, clara):
    called_in = press(anna)["Location"]
    assert press(clara)["Location"] == called_in
    assert Consultation.objects.count() == 1


def test_pressing_twice_is_one_call(press, anna):
    assert press(anna)["Location"] == press(anna)["Location"]


def test_after_the_call_has_ended_one_press_begins_a_new_one(press, anna, clara):
    first = press(anna)["Location"]
    ended = first.split("/")[-2]
    enter(clara, ended)
    services.end_call(clara, ended)
    second = press(anna)["Location"]
    assert second != first
    services.reopen(clara, ended)  # the earlier one goes on as well, and the later one counts
    assert press(anna)["Location"] == second


@pytest.mark.parametrize("who", ["bernd", "david"])
def test_who_does_not_care_for_heinrich_begins_nothing(press, cast, who):
    assert press(cast[who]).status_code == 404
    assert not Consultation.objects.exists()
