"""Who reads in an emergency finds no page on which to write, order or call."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from patients.accounts.actor import Actor
from patients.accounts.models import User
from patients.accounts.queries import actor_of
from patients.network import services as network
from tests.patients.network.test_emergencies import WORDS, heinrich_himself

pytestmark = [pytest.mark.django_db]

WRITING = ("measure/", "measure/pulse/", "tasks/new/", "consultation/")


@pytest.mark.parametrize("page", WRITING)
def test_david_reads_in_an_emergency_and_is_offered_no_form(
    page: str, david: Actor, anna: Actor, clara: Actor, heinrich: Actor, browser: Callable[[Actor], Client]
) -> None:
    network.open_in_emergency(david, heinrich_himself(), kind="danger", reason=WORDS)
    reader = actor_of(User.objects.get(pk=david.account or 0))
    address = f"/patients/{heinrich.patient}/"
    assert browser(reader).get(address).status_code == 200
    for answer in (browser(reader).get(address + page), browser(reader).post(address + page, {"value0": "71"})):
        assert answer.status_code == 404
    for colleague in (anna, clara):
        assert browser(colleague).get(address + page).status_code == 200
