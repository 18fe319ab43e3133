"""Whoever is signed out, by whatever way, is out everywhere at once: socket, call, what is on its way, next request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from patients.accounts import services as accounts
from patients.accounts.actor import Actor, system
from patients.accounts.models import Session, User
from patients.database import write
from patients.network import services as network
from patients.records.models import Document
from tests.cast import HEINRICH
from tests.messaging.conftest import Live, live
from tests.patients.attachments.conftest import storage
from tests.telecare.consultations.conftest import home_visit_call
from tests.telecare.privacy.opened import everything_open, long_letter

__all__ = ["home_visit_call", "live", "storage"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.realtime]

OLD, NEW = "kitchen table at seven", "ein ganz anderer langer Satz"
Cast = dict[str, Actor]


def function_of(actor: Actor) -> str:
    roles = Document.objects.filter(type="PractitionerRole", deleted=False)
    return next(one.logical_id for one in roles if one.content["practitioner"]["reference"] == actor.person)


def elsewhere(cast: Cast) -> None:
    """She sits at another browser and ends this one there."""
    accounts.end_session(cast["clara"], Session.objects.get(user=cast["clara"].account or 0).pk)


ENDS: dict[str, Callable[[Cast, Client], Any]] = {
    "she signs out": lambda cast, page: page.post("/sign-out/"),
    "she signs out everywhere": lambda cast, page: accounts.sign_out_everywhere(cast["clara"]),
    "she ends this browser from another one": lambda cast, page: elsewhere(cast),
    "she changes her password": lambda cast, page: accounts.change_password(
        cast["clara"], OLD, NEW, address="127.0.0.1"
    ),
    "her account is switched off": lambda cast, page: accounts.deactivate(system("leaves"), cast["clara"].account or 0),
    "her function in the practice ends": lambda cast, page: network.end_function(
        system("leaves"), function_of(cast["clara"])
    ),
}


@pytest.mark.parametrize("how", ENDS)
def test_clara_is_out_everywhere_at_once_and_anna_goes_on(live: Live, cast: Cast, home_visit_call: str, how: str):
    with write():
        user = User.objects.get(pk=cast["clara"].account)
        user.set_password(OLD)
        user.save()
    letter = long_letter(cast["clara"])
    with (
        everything_open(live, cast["anna"], home_visit_call, letter) as annas,
        everything_open(live, cast["clara"], home_visit_call, letter) as claras,
    ):
        assert claras.seat is not None
        ENDS[how](cast, claras.page)
        claras.is_out()
        assert claras.socket.closed()[0] == 4401
        claras.is_broken_off()
        assert claras.ask() in (401, 403)
        assert claras.look() in (302, 403)
        assert annas.socket.hear("room.left")["data"] == {"peer": claras.seat["peer"]}
        assert (annas.ask(), annas.look()) == (200, 200)
        assert all(b"".join(parts) for parts in annas.running.values())


def test_heinrich_signs_out_while_his_record_is_packed_and_gets_half_of_it(
    live: Live, cast: Cast, home_visit_call: str
):
    letter = long_letter(cast["clara"])
    with everything_open(live, cast["heinrich"], home_visit_call, letter) as his:
        his.run("the ZIP", his.page.post(f"/patients/{HEINRICH}/download/"))
        his.page.post("/sign-out/")
        his.is_out()
        assert his.socket.closed()[0] == 4401
        his.is_broken_off()
