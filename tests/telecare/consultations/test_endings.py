"""A right that ends during a call takes the seat, at once and in every process; who keeps the right stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings

from messaging.realtime import hub
from messaging.realtime.vigil import Vigil
from patients import events
from patients.access.models import Right
from patients.accounts import services as accounts
from patients.accounts.actor import Actor
from patients.accounts.models import User
from patients.accounts.sessions import SessionStore
from patients.database import write
from patients.network import services as network
from telecare.consultations import guests, services, state
from telecare.consultations.models import Invitation, Room, Waiting
from telecare.consultations.queries import parties
from tests.cast import HEINRICH, ident
from tests.messaging.conftest import Live, live
from tests.messaging.talk import Refused, Talk
from tests.telecare.consultations.conftest import MARKT, MOORLAND

__all__ = ["live"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.realtime]
OFFER = {"description": {"type": "offer", "sdp": "v=0\r\n", "number": 1}}

Joined = dict[str, str]


@pytest.fixture
def connect(live: Live) -> Callable[[Actor], Talk]:
    """A socket of somebody: by token, or of a guest by the cookie."""

    def open_(actor: Actor) -> Talk:
        if actor.account is None:
            session = SessionStore()
            session.create()
            guests.let_in(session, Invitation.objects.get(pk=(actor.person or "").removeprefix(parties.GUEST)))
            session.save()
            cookie = f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
            return live.stranger(origin=f"http://{live.address}", Cookie=cookie)
        token = accounts.issue_token(User.objects.get(pk=actor.account))
        return live.stranger(Authorization=f"Bearer {token}")

    return open_


def the_round(live: Live) -> None:
    """What happens every 30 s without any hint."""
    here = hub.running()
    live.on_loop(Vigil(here).check, tuple(here.sockets))


def forget_the_rights_of(organisation: str) -> None:
    """Nobody is told."""
    Right.objects.filter(patient=HEINRICH, organisation=organisation).delete()


def is_out(socket: Talk, room: str, seat: Joined) -> None:
    """Told so; neither signals nor comes back, with the seat's token or without."""
    assert socket.hear("room.withdrawn")["topic"] == f"room:{room}/{seat['peer']}"
    for command, fields in (
        ("room.signal", {"to": "p", **OFFER}),
        ("room.alive", {}),
        ("room.who", {}),
        ("room.join", {"peer": seat["peer"], "token": seat["token"]}),
        ("room.join", {}),
    ):
        with pytest.raises(Refused, match="missing"):
            socket.ask(command, room=room, **fields)


def stays(socket: Talk, room: str, seat: Joined, without: Joined) -> None:
    """Told who left, and still a member."""
    assert socket.hear("room.left")["data"] == {"peer": without["peer"]}
    assert socket.ask("room.alive", room=room) == {"peers": [seat["peer"]]}


@pytest.mark.parametrize("hint", [True, False], ids=["by the hint", "by the round, when the hint is lost"])
def test_when_the_practices_care_link_ends_clara_is_out_and_anna_stays(
    live, connect, anna, clara, home_visit_call, hint
):
    room = home_visit_call
    with connect(anna) as kitchen, connect(clara) as practice:
        annas, claras = kitchen.ask("room.join", room=room), practice.ask("room.join", room=room)
        if hint:
            network.end_link(anna, HEINRICH, organisation=MARKT)
        else:
            forget_the_rights_of(MARKT)
            the_round(live)
        is_out(practice, room, claras)
        stays(kitchen, room, annas, without=claras)


@pytest.mark.parametrize("hint", [True, False], ids=["by the hint", "by the round, when the hint is lost"])
def test_when_heinrich_objects_to_the_nursing_service_anna_is_out_and_clara_stays(
    live, connect, anna, clara, heinrich, home_visit_call, hint
):
    room = home_visit_call
    with connect(anna) as kitchen, connect(clara) as practice:
        annas, claras = kitchen.ask("room.join", room=room), practice.ask("room.join", room=room)
        if hint:
            network.object_to(heinrich, HEINRICH, whom=f"Organization/{MOORLAND}")
        else:
            forget_the_rights_of(MOORLAND)
            the_round(live)
        is_out(kitchen, room, annas)
        stays(practice, room, claras, without=annas)
        assert not Waiting.objects.filter(consultation=room, visitor=f"account:{anna.account}", left_at=None).exists()


@pytest.mark.parametrize("hint", [True, False], ids=["by the hint", "by the round, when the hint is lost"])
def test_when_the_invitation_ends_heinrich_is_out_and_clara_stays(
    live, connect, clara, guest, issued, consultation, hint
):
    services.wait(guest, consultation)
    with connect(clara) as practice, connect(guest) as tablet:
        claras = practice.ask("room.join", room=consultation)
        services.admit(clara, consultation, f"invitation:{issued.invitation}")
        heinrichs = tablet.ask("room.join", room=consultation)
        if hint:
            services.cancel_invitation(clara, issued.invitation)
        else:  # its window is over: no hint tells that
            opens_at = Invitation.objects.get(pk=issued.invitation).opens_at
            Invitation.objects.update(opens_at=opens_at - timedelta(days=1), closes_at=opens_at)
            the_round(live)
        assert tablet.hear("room.withdrawn")["topic"] == f"room:{consultation}/{heinrichs['peer']}"
        assert tablet.closed()[0] == 4401
        stays(practice, consultation, claras, without=heinrichs)
        assert state.seen(consultation).admitted == set()


@pytest.mark.parametrize("hint", [True, False], ids=["by the hint", "by the round, when the hint is lost"])
def test_who_is_switched_off_during_a_call_is_out_and_a_colleague_may_go_on(
    live, connect, anna, clara, home_visit_call, hint
):
    room = home_visit_call
    with connect(anna) as kitchen, connect(clara) as practice:
        annas, claras = kitchen.ask("room.join", room=room), practice.ask("room.join", room=room)
        User.objects.filter(pk=clara.account).update(is_active=False)
        if hint:
            with write():
                events.emit("account.cut", account=clara.account, session=None)
        else:
            the_round(live)
        assert practice.hear("room.withdrawn")["topic"] == f"room:{room}/{claras['peer']}"
        assert practice.closed()[0] == 4401
        stays(kitchen, room, annas, without=claras)
        assert Room.objects.get(consultation=room).claimed_by is None


def test_a_change_of_rights_that_concerns_nobody_in_the_room_cuts_nobody(
    live, connect, anna, clara, heinrich, home_visit_call
):
    room = home_visit_call
    with connect(anna) as kitchen, connect(clara) as practice:
        peers = {one.ask("room.join", room=room)["peer"] for one in (kitchen, practice)}
        network.end_link(clara, HEINRICH, organisation=ident("linden"))
        the_round(live)
        assert set(kitchen.ask("room.alive", room=room)["peers"]) == peers
        assert set(practice.ask("room.alive", room=room)["peers"]) == peers


def test_when_rights_change_a_seat_whose_line_is_away_waits_no_longer(live, connect, anna, clara, home_visit_call):
    room = home_visit_call
    with connect(anna) as kitchen:
        annas = kitchen.ask("room.join", room=room)
        with connect(clara) as practice:
            claras = practice.ask("room.join", room=room)
        kitchen.hear("room.joined")
        while state.seen(room).members[claras["peer"]].away_at is None:
            kitchen.ask("room.who", room=room)
        network.end_link(anna, HEINRICH, organisation=MARKT)  # she closed her socket first
        stays(kitchen, room, annas, without=claras)
        with connect(clara) as practice, pytest.raises(Refused, match="missing"):
            practice.ask("room.join", room=room, peer=claras["peer"], token=claras["token"])


def test_when_heinrich_says_no_to_video_everybody_is_out_at_once(live, connect, anna, clara, heinrich, home_visit_call):
    room = home_visit_call
    with connect(anna) as kitchen, connect(clara) as practice:
        annas, claras = kitchen.ask("room.join", room=room), practice.ask("room.join", room=room)
        network.refuse(heinrich, HEINRICH, act="video")
        for socket, seat in ((kitchen, annas), (practice, claras)):
            assert socket.hear("room.ended")["topic"] == f"room:{room}/{seat['peer']}"
            with pytest.raises(Refused, match="conflict"):
                socket.ask("room.join", room=room)
        network.agree_to(heinrich, HEINRICH, act="video")
        services.reopen(clara, room)
        assert practice.ask("room.join", room=room)["peer"]
