"""The waiting room: places, admission, claims, and an alarm when nobody looks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from patients.access import repository
from patients.errors import Conflict, Denied, Gone, Missing
from telecare.consultations import services, state
from telecare.consultations.models import Invitation, Room, Waiting
from telecare.consultations.queries import parties
from telecare.consultations.queries.waiting import waiting_room
from telecare.consultations.resources import meeting
from telecare.consultations.resources.meeting import FollowUp, Identified
from telecare.consultations.room import GRACE
from tests.cast import HEINRICH
from tests.telecare.consultations.conftest import enter, guest_of

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


@pytest.fixture
def substitute(cast, clara):
    """Another doctor in Clara's practice."""
    from patients.accounts import services as accounts
    from patients.accounts.actor import system

    user = accounts.create_account(
        system("cast"), kind="staff", username="jonas", person="Practitioner/jonas", name="Dr. Jonas Wessel"
    )
    return replace(clara, account=user.pk, person="Practitioner/jonas")


def heinrichs() -> str:
    return Invitation.objects.get(kind="patient").visitor


def test_heinrich_waits_and_the_encounter_says_that_he_is_there(clara, consultation, guest):
    place = services.wait(guest, consultation, sound=True, picture=True)
    assert (place.state, place.place) == ("waiting", 1)
    assert parties.card(consultation).status == "arrived"


def test_places_are_by_arrival_and_those_of_one_consultation_share_one(
    anna, clara, consultation, home_visit_call, guest
):
    assert services.wait(guest, consultation).place == 2  # Anna called in before
    ida = services.invite(clara, consultation, kind=Invitation.Kind.RELATIVE, name="Ida Brandt")
    assert services.wait(guest_of(ida, consultation), consultation).place == 2
    enter(clara, home_visit_call)
    services.admit(clara, home_visit_call, f"account:{anna.account}")
    assert services.look(guest, consultation).place == 1


def test_a_nurse_and_a_guest_of_the_same_number_keep_their_names(anna, clara, consultation, home_visit_call, guest):
    """Accounts and invitations are counted apart, so these two meet in every new network."""
    Invitation.objects.filter(kind="patient").update(id=anna.account)
    services.wait(replace(guest, person=f"{parties.GUEST}{anna.account}"), consultation)
    services.wait(anna, home_visit_call)
    names = {one.visitors[0].name for one in waiting_room(clara).waiting}
    assert names == {"Heinrich Brandt", "Anna Siemer"}


def test_the_place_outlives_the_socket_and_a_restart(clara, consultation, guest, home_visit_call):
    services.wait(guest, consultation)
    arrived = Waiting.objects.get(consultation=consultation).arrived_at
    services.wait(guest, consultation, sound=True)
    assert Waiting.objects.get(consultation=consultation).arrived_at == arrived


def test_nobody_enters_who_was_not_let_in(clara, consultation, guest):
    services.wait(guest, consultation)
    with pytest.raises(Denied):
        enter(guest, consultation)
    enter(clara, consultation)
    with pytest.raises(Denied):
        enter(guest, consultation)
    services.admit(clara, consultation, heinrichs())
    assert services.look(guest, consultation).state == "admitted"
    seat = enter(guest, consultation)
    assert [member.visitor.name for member in seat.others] == ["Dr. Clara Voss"]


def test_the_encounter_says_who_was_in_the_room_and_how_we_know(clara, consultation, guest):
    services.wait(guest, consultation)
    enter(clara, consultation)
    services.admit(clara, consultation, heinrichs())
    enter(guest, consultation)
    said = meeting.read(repository(clara).read("Encounter", consultation).content)
    assert [(one.who, one.role, one.identified) for one in said.attendance] == [
        (clara.person, "doctor", Identified.SIGN_IN),
        ("Heinrich Brandt", "patient", Identified.PIN),
    ]


def test_who_knocked_is_recognised_by_face_and_voice(clara, consultation, guest):
    Invitation.objects.update(knocked=True)
    services.wait(guest, consultation)
    enter(clara, consultation)
    services.admit(clara, consultation, heinrichs())
    enter(guest, consultation)
    said = meeting.read(repository(clara).read("Encounter", consultation).content)
    assert said.attendance[-1].identified == Identified.RECOGNISED


def test_the_second_doctor_reads_who_was_faster(clara, substitute, consultation, guest):
    services.wait(guest, consultation)
    enter(clara, consultation)
    for attempt in (
        lambda: enter(substitute, consultation),
        lambda: services.admit(substitute, consultation, heinrichs()),
        lambda: services.claim(substitute, consultation),
    ):
        with pytest.raises(Conflict, match=r"Dr\. Clara Voss"):
            attempt()
    services.hand_over(clara, consultation)
    enter(substitute, consultation)
    assert Room.objects.get(consultation=consultation).claimed_by == substitute.account


def test_mia_lets_people_in_without_taking_the_consultation_from_clara(clara, mia, consultation, guest):
    services.wait(guest, consultation)
    services.admit(mia, consultation, heinrichs())
    assert Room.objects.get(consultation=consultation).claimed_by is None
    enter(clara, consultation)
    assert Room.objects.get(consultation=consultation).claimed_name == "Dr. Clara Voss"


def test_clara_comes_back_without_waiting_and_anna_never_waits(anna, clara, home_visit_call):
    first = enter(clara, home_visit_call)
    services.leave(home_visit_call, first.peer)
    enter(anna, home_visit_call)
    assert [member.visitor.name for member in enter(clara, home_visit_call).others] == ["Anna Siemer"]


def test_who_hangs_up_waits_again_and_who_loses_the_line_does_not(clara, consultation, guest):
    services.wait(guest, consultation)
    enter(clara, consultation)
    services.admit(clara, consultation, heinrichs())
    seat = enter(guest, consultation)
    token = (seat.peer, seat.token)
    line = state.seen(consultation).members[seat.peer].line
    assert services.lost(consultation, seat.peer, line)
    assert enter(guest, consultation, seat=token).resumed
    services.leave(consultation, seat.peer)
    with pytest.raises(Denied):
        enter(guest, consultation)
    assert services.wait(guest, consultation).state == "waiting"


def test_a_seat_outlives_the_process_that_held_its_socket(clara, consultation, guest, monkeypatch):
    services.wait(guest, consultation)
    enter(clara, consultation)
    services.admit(clara, consultation, heinrichs())
    seat = enter(guest, consultation)
    now = state.now()
    monkeypatch.setattr(state, "now", lambda: now + GRACE - 1)
    assert enter(guest, consultation, seat=(seat.peer, seat.token)).resumed
    monkeypatch.setattr(state, "now", lambda: now + 3 * GRACE)
    services.expire(consultation)
    assert not state.seen(consultation).members
    assert not enter(guest, consultation, seat=(seat.peer, seat.token)).resumed


def test_signals_of_somebody_who_is_away_are_kept_in_the_row(clara, consultation, guest):
    services.wait(guest, consultation)
    doctor = enter(clara, consultation)
    services.admit(clara, consultation, heinrichs())
    seat = enter(guest, consultation)
    members = state.seen(consultation).members
    services.lost(consultation, doctor.peer, members[doctor.peer].line)
    offer = {"description": {"type": "offer", "sdp": "v=0", "number": 1}}
    services.hand_on(consultation, seat.peer, members[seat.peer].line, doctor.peer, offer)
    back = enter(clara, consultation, seat=(doctor.peer, doctor.token))
    assert [message.on for message in back.missed] == ["room.signal"]
    row = Room.objects.get(consultation=consultation)
    assert b"Heinrich" not in bytes(row.state)


def test_the_end_is_the_end_until_clara_opens_again(clara, consultation, guest):
    services.wait(guest, consultation)
    enter(clara, consultation)
    services.admit(clara, consultation, heinrichs())
    enter(guest, consultation)
    services.end_call(clara, consultation)
    with pytest.raises(Gone):
        enter(guest, consultation)
    services.reopen(clara, consultation)
    enter(clara, consultation)
    services.close(clara, consultation, FollowUp.NONE)
    with pytest.raises(Conflict):
        services.reopen(clara, consultation)


def test_who_left_is_told_so_and_may_come_again(consultation, guest):
    with pytest.raises(Gone):
        services.look(guest, consultation)
    services.wait(guest, consultation)
    services.send_away(guest, consultation)
    with pytest.raises(Gone):
        services.look(guest, consultation)
    with pytest.raises(Gone):
        services.admit(parties_staff(consultation), consultation, heinrichs())
    assert services.wait(guest, consultation).state == "waiting"


def parties_staff(consultation):
    from patients.accounts.models import User
    from patients.accounts.queries import actor_of

    return actor_of(User.objects.get(username="clara"))


def test_heinrich_waits_with_his_own_account_too(heinrich, clara, consultation):
    services.wait(heinrich, consultation)
    enter(clara, consultation)
    services.admit(clara, consultation, f"account:{heinrich.account}")
    assert [member.visitor.key for member in enter(heinrich, consultation).others] == [f"account:{clara.account}"]


def test_wilma_does_not_wait_for_heinrichs_doctor(wilma, consultation):
    with pytest.raises(Missing):
        services.wait(wilma, consultation)


def test_staff_is_told_once_when_nobody_looks(clara, consultation, guest, django_capture_on_commit_callbacks):
    services.wait(guest, consultation)
    services.alarm_unattended()
    assert Waiting.objects.get().alarmed_at is None
    Waiting.objects.update(arrived_at=timezone.now() - timedelta(minutes=6))
    services.alarm_unattended()
    first = Waiting.objects.get().alarmed_at
    assert first is not None
    services.alarm_unattended()
    assert Waiting.objects.get().alarmed_at == first


def test_nobody_is_alarmed_when_clara_has_taken_it_on(clara, consultation, guest):
    services.wait(guest, consultation)
    enter(clara, consultation)
    Waiting.objects.update(arrived_at=timezone.now() - timedelta(minutes=6))
    services.alarm_unattended()
    assert Waiting.objects.get().alarmed_at is None


def test_who_gave_no_sign_of_life_for_half_an_hour_has_left(consultation, guest):
    services.wait(guest, consultation)
    Waiting.objects.update(seen_at=timezone.now() - timedelta(minutes=31))
    services.alarm_unattended()
    assert Waiting.objects.get().left_at is not None


def test_consent_by_word_of_mouth_is_kept(clara, consultation):
    services.agree(clara, consultation, "Heinrich Brandt")
    said = meeting.read(repository(clara).read("Encounter", consultation).content)
    assert said.consent is not None
    assert said.consent.by == "Heinrich Brandt"
    assert said.patient == HEINRICH
