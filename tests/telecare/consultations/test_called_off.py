"""A consultation is called off while people sit in its room or wait before it: they are told, and nobody comes in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from messaging.realtime import hub
from patients.access import repository
from patients.accounts import services as accounts
from patients.accounts.actor import Actor
from patients.accounts.models import User
from patients.errors import Conflict, Gone
from telecare.consultations import services, state
from telecare.consultations.models import Consultation, Invitation, Waiting
from telecare.consultations.resources.meeting import FollowUp
from tests.cast import HEINRICH
from tests.messaging.conftest import Live, live
from tests.messaging.talk import Refused, Talk
from tests.telecare.consultations.conftest import enter, guest_of

__all__ = ["live"]

Way = Callable[[Actor, Consultation], object]


def change(actor: Actor, type_: str, ident: str, status: str) -> None:
    """As a FHIR client does: read, change, send back."""
    records = repository(actor)
    document = records.read(type_, ident)
    records.update({**document.content, "status": status}, if_match=document.version)


WAYS: dict[str, Way] = {
    "on the page": lambda clara, card: services.cancel(clara, card.id),
    "by $cancel": lambda clara, card: services.cancel_appointment(clara, card.appointment),
    "by an update of the Appointment": lambda clara, card: change(clara, "Appointment", card.appointment, "cancelled"),
    "as entered in error": lambda clara, card: change(clara, "Appointment", card.appointment, "entered-in-error"),
    "by an update of the Encounter": lambda clara, card: change(clara, "Encounter", card.id, "cancelled"),
}


@pytest.fixture
def card(consultation: str) -> Consultation:
    """Booked by Clara; it has not begun, since no doctor has come in."""
    return Consultation.objects.get(pk=consultation)


@pytest.mark.django_db
@pytest.mark.parametrize("way", WAYS)
def test_nobody_stays_and_nobody_comes_in_whichever_way_it_is_called_off(anna, clara, card, guest, way):
    enter(anna, card.id)
    services.wait(guest, card.id)
    assert len(state.seen(card.id).members) == 1
    WAYS[way](clara, card)
    room = state.seen(card.id)
    assert (room.ended, room.members, room.admitted) == (True, {}, set())
    assert not Waiting.objects.filter(consultation=card.id, left_at=None).exists()
    for staff in (anna, clara):
        with pytest.raises(Gone):
            enter(staff, card.id)
    with pytest.raises(Conflict):
        services.reopen(clara, card.id)


@pytest.mark.django_db
@pytest.mark.parametrize("way", WAYS)
def test_a_room_in_which_nobody_was_is_closed_as_well(anna, clara, card, way):
    WAYS[way](clara, card)
    with pytest.raises(Gone):
        enter(anna, card.id)


@pytest.mark.django_db
def test_another_consultation_of_the_same_patient_goes_on(anna, clara, card):
    later = services.book(
        clara, HEINRICH, starts_at=timezone.now() + timedelta(hours=2), doctor=clara.person or "", reason="Wunde"
    )
    enter(anna, later)
    services.cancel(clara, card.id)
    assert len(state.seen(later).members) == 1
    assert not state.seen(later).ended


@pytest.mark.django_db
def test_a_consultation_that_has_begun_is_not_called_off_and_nobody_is_put_out(anna, clara, card):
    enter(anna, card.id)
    enter(clara, card.id)
    for way in ("on the page", "by $cancel", "by an update of the Appointment"):
        with pytest.raises(Conflict, match=r"begun|begonnen"):
            WAYS[way](clara, card)
    assert len(state.seen(card.id).members) == 2


@pytest.mark.django_db
def test_an_encounter_that_a_program_finishes_lets_the_patient_go_too(anna, clara, card, guest, issued):
    enter(anna, card.id)
    services.wait(guest, card.id)
    services.admit(anna, card.id, f"invitation:{issued.invitation}")
    enter(guest, card.id)
    assert len(state.seen(card.id).members) == 2
    change(clara, "Encounter", card.id, "finished")
    assert (state.seen(card.id).ended, state.seen(card.id).members) == (True, {})


@pytest.mark.django_db
def test_a_change_that_leaves_it_open_puts_nobody_out(anna, clara, card):
    enter(anna, card.id)
    change(clara, "Encounter", card.id, "arrived")
    assert len(state.seen(card.id).members) == 1


@pytest.mark.django_db
def test_closing_ends_the_call_for_all_as_before(anna, clara, card):
    enter(anna, card.id)
    enter(clara, card.id)
    services.close(clara, card.id, FollowUp.NONE)
    assert state.seen(card.id).ended
    with pytest.raises(Gone):
        enter(anna, card.id)


@pytest.mark.realtime
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", WAYS)
def test_those_inside_hear_it_at_once(live: Live, anna, clara, card, way):
    invited = services.invite(clara, card.id, kind=Invitation.Kind.PATIENT, name="Heinrich Brandt")
    services.wait(guest_of(invited, card.id), card.id)
    token = accounts.issue_token(User.objects.get(pk=anna.account))
    with live.stranger(Authorization=f"Bearer {token}") as kitchen:
        seat = kitchen.ask("room.join", room=card.id)
        WAYS[way](clara, card)
        assert kitchen.hear("room.ended")["topic"] == f"room:{card.id}/{seat['peer']}"
        is_gone(kitchen, card.id, seat)
    assert hub.running() is not None


def is_gone(socket: Talk, room: str, seat: dict[str, str]) -> None:
    """Neither alive nor let in again, with the seat's token or without."""
    with pytest.raises(Refused, match="missing"):
        socket.ask("room.alive", room=room)
    for fields in ({}, {"peer": seat["peer"], "token": seat["token"]}):
        with pytest.raises(Refused, match="gone"):
            socket.ask("room.join", room=room, **fields)
