"""Heinrich says no: to video, to this call, to photos. It holds at once, whoever writes it down and by whatever way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from messaging.jobs.runner import run_due
from patients.access import repository
from patients.accounts.actor import Actor
from patients.accounts.models import User
from patients.errors import Conflict, Denied, Invalid, Missing
from patients.network import documents, resources
from patients.network import services as network
from patients.network.queries import acts as said_by_people
from telecare.consultations import services, state
from telecare.consultations.models import Consultation, Invitation, Medium, Waiting
from telecare.consultations.queries import pages, parties
from telecare.consultations.queries.waiting import waiting_room
from telecare.consultations.services import Issued
from tests.cast import HEINRICH
from tests.telecare.consultations.conftest import ADDRESS, enter, guest_of, wrong

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

Say = Callable[[Actor], Any]


def by_page(actor: Actor) -> Any:
    return network.refuse(actor, HEINRICH, act="video")


def by_client(actor: Actor) -> Any:
    """As a FHIR client sends it."""
    self_said = actor.patient is not None
    return documents.write(
        actor,
        resources.consent_to_act(
            HEINRICH,
            "video",
            permit=False,
            on=timezone.localtime(),
            by=f"Patient/{HEINRICH}",
            recorded_by=None if self_said else actor.organisation,
        ),
    )


@pytest.mark.parametrize("say", [by_page, by_client])
@pytest.mark.parametrize("who", ["heinrich", "anna", "clara"])
def test_a_no_to_video_ends_the_call_and_lets_nobody_in_again(
    cast: dict[str, Actor], anna: Actor, clara: Actor, home_visit_call: str, say: Say, who: str
):
    enter(anna, home_visit_call)
    enter(clara, home_visit_call)
    say(cast[who])
    assert state.seen(home_visit_call).ended
    assert not state.seen(home_visit_call).members
    for actor in (anna, clara):
        with pytest.raises(Conflict, match="möchte kein Video"):
            enter(actor, home_visit_call)
        with pytest.raises(Conflict):
            services.reopen(actor, home_visit_call)
    assert not Consultation.objects.get(id=home_visit_call).over


def test_after_a_yes_the_call_is_opened_again(anna: Actor, clara: Actor, heinrich: Actor, home_visit_call: str):
    enter(clara, home_visit_call)
    by_page(anna)
    network.agree_to(heinrich, HEINRICH, act="video")
    services.reopen(clara, home_visit_call)
    assert enter(clara, home_visit_call).peer


def test_a_no_to_this_call_leaves_the_appointment_of_tomorrow(
    anna: Actor, clara: Actor, home_visit_call: str, consultation: str
):
    enter(clara, home_visit_call)
    network.refuse(anna, HEINRICH, act="video", only=f"Encounter/{home_visit_call}")
    assert state.seen(home_visit_call).ended
    with pytest.raises(Conflict):
        enter(anna, home_visit_call)
    assert enter(clara, consultation).peer


def test_a_no_that_begins_later_ends_the_call_at_that_moment(
    anna: Actor, heinrich: Actor, home_visit_call: str, monkeypatch: pytest.MonkeyPatch
):
    enter(anna, home_visit_call)
    begins = timezone.localtime() + timedelta(hours=2)
    said = resources.consent_to_act(
        HEINRICH, "video", permit=False, on=begins, by=f"Patient/{HEINRICH}", recorded_by=None
    )
    documents.write(heinrich, said)
    run_due()
    assert state.seen(home_visit_call).members, "not yet"
    later = begins + timedelta(seconds=1)
    monkeypatch.setattr(said_by_people, "timezone", SimpleNamespace(now=lambda: later))
    assert run_due(later)
    assert state.seen(home_visit_call).ended


def test_a_no_to_photos_ends_no_call(anna: Actor, home_visit_call: str):
    enter(anna, home_visit_call)
    network.refuse(anna, HEINRICH, act="photo")
    assert state.seen(home_visit_call).members


# -- said by the person, in the waiting room or in the call


def in_the_call(clara: Actor, guest: Actor, issued: Issued, consultation: str) -> None:
    """Clara is inside and has let the guest in."""
    services.wait(guest, consultation)
    enter(clara, consultation)
    services.admit(clara, consultation, f"invitation:{issued.invitation}")
    enter(guest, consultation)


def noes(actor: Actor) -> list[dict[str, Any]]:
    found = repository(actor).search("Consent", [("patient", HEINRICH), ("category", "video")]).rows
    return [one.content for one in found if one.content["status"] == "active"]


def test_heinrich_as_a_guest_says_no_in_the_call_and_it_ends_for_all(
    clara: Actor, guest: Actor, issued: Issued, consultation: str
):
    in_the_call(clara, guest, issued, consultation)
    assert services.refuse_call(guest, consultation)
    assert state.seen(consultation).ended
    assert not Waiting.objects.filter(consultation=consultation, left_at=None).exists()
    for actor in (clara, guest):
        with pytest.raises(Conflict, match="möchte kein Video"):
            enter(actor, consultation)
    assert pages.call_page(clara, consultation).unwanted
    assert pages.note_page(clara, consultation).unwanted
    (no,) = noes(clara)
    assert no["performer"] == [{"reference": f"Patient/{HEINRICH}"}]
    assert "organization" not in no  # nobody else wrote it down
    assert no["provision"]["provision"][0]["data"][0]["reference"] == {"reference": f"Encounter/{consultation}"}


def test_heinrich_as_a_guest_says_no_while_he_waits_and_is_not_let_in(clara: Actor, guest: Actor, consultation: str):
    services.wait(guest, consultation)
    services.refuse_call(guest, consultation)
    services.refuse_call(guest, consultation)  # pressed twice
    assert len(noes(clara)) == 1
    with pytest.raises(Conflict, match="möchte kein Video"):
        enter(clara, consultation)
    services.wait(guest, consultation, wants_call=True)
    assert pages.visit_page(guest, consultation).called


def test_heinrich_with_his_account_says_no_and_after_a_yes_the_call_goes_on(
    clara: Actor, anna: Actor, heinrich: Actor, consultation: str
):
    enter(clara, consultation)
    assert services.refuse_call(heinrich, consultation)
    network.agree_to(anna, HEINRICH, act="video")
    services.reopen(clara, consultation)
    assert enter(clara, consultation).peer


@pytest.mark.parametrize("kind", [Invitation.Kind.RELATIVE, Invitation.Kind.OTHER])
def test_the_no_of_another_guest_is_their_own_and_the_call_goes_on(
    clara: Actor, anna: Actor, consultation: str, kind: Invitation.Kind
):
    issued = services.invite(clara, consultation, kind=kind, name="Ida Brandt")
    ida = guest_of(issued, consultation)
    in_the_call(clara, ida, issued, consultation)
    enter(anna, consultation)
    assert not pages.visit_page(ida, consultation).own_word
    assert not services.refuse_call(ida, consultation)
    assert {one.visitor.role for one in state.seen(consultation).members.values()} == {"doctor", "nurse"}
    assert not noes(clara)
    with pytest.raises(Denied):  # to come back, she is let in again
        enter(ida, consultation)


def test_who_came_without_the_number_speaks_for_heinrich_only_once_recognised(
    clara: Actor, guest: Actor, issued: Issued, consultation: str
):
    row = Invitation.objects.get(pk=issued.invitation)
    for _try in range(Invitation.KNOCKS_AFTER):
        with pytest.raises(Invalid, match="stimmt nicht"):
            services.enter_by_invitation(row, wrong(issued.pin), address=ADDRESS)
    services.knock(Invitation.objects.get(pk=issued.invitation))
    services.wait(guest, consultation)
    assert not services.refuse_call(guest, consultation)
    assert not noes(clara)
    in_the_call(clara, guest, issued, consultation)
    assert services.refuse_call(guest, consultation)
    assert len(noes(clara)) == 1


def test_staff_and_strangers_have_no_no_of_their_own_here(
    clara: Actor, cast: dict[str, Actor], issued: Issued, consultation: str, home_visit_call: str
):
    for actor, room in (
        (clara, consultation),
        (cast["bernd"], consultation),
        (guest_of(issued, consultation), home_visit_call),
    ):
        with pytest.raises(Missing):
            services.refuse_call(actor, room)
    assert not noes(clara)


# -- photos


def picture(kind: str) -> dict[str, Any]:
    if kind == "Media":
        return {
            "resourceType": "Media",
            "status": "completed",
            "subject": {"reference": f"Patient/{HEINRICH}"},
            "content": {"contentType": "image/jpeg", "title": "Wunde"},
        }
    return {
        "resourceType": "DocumentReference",
        "status": "current",
        "type": {"coding": [{"system": "http://loinc.org", "code": "34133-9"}]},
        "subject": {"reference": f"Patient/{HEINRICH}"},
        "content": [{"attachment": {"contentType": "image/png", "title": "Wunde"}}],
    }


@pytest.mark.parametrize("kind", ["Media", "DocumentReference"])
def test_no_picture_is_stored_of_who_does_not_want_it_until_there_is_a_yes(
    clara: Actor, heinrich: Actor, anna: Actor, kind: str
):
    before = repository(clara).create(picture(kind))
    network.refuse(anna, HEINRICH, act="photo")
    with pytest.raises(Denied, match="möchte keine Fotos"):
        repository(clara).create(picture(kind))
    assert repository(clara).update({**before.content, "id": before.logical_id}).version == 2
    network.agree_to(heinrich, HEINRICH, act="photo")
    assert repository(clara).create(picture(kind))


def test_a_letter_is_no_picture(clara: Actor, anna: Actor):
    network.refuse(anna, HEINRICH, act="photo")
    letter = picture("DocumentReference")
    letter["content"][0]["attachment"]["contentType"] = "application/pdf"
    assert repository(clara).create(letter)


# -- read where people wait


def words_of(clara: Actor, consultation: str) -> tuple[str, str]:
    """What Clara reads of it in the waiting room and on her start page."""
    browser = Client()
    browser.force_login(User.objects.get(pk=clara.account))
    return tuple(browser.get(reverse(page)).content.decode() for page in ("consultations:waiting-room", "start"))


def test_whoever_looks_at_the_waiting_room_reads_that_heinrich_refuses_the_call(
    clara: Actor, heinrich: Actor, guest: Actor, consultation: str
):
    services.wait(guest, consultation, sound=True, picture=True)
    begin = reverse("consultations:begin", args=[consultation])
    waiting, start = words_of(clara, consultation)
    assert begin in waiting
    assert "Möchte kein Video" not in waiting + start
    network.refuse(heinrich, HEINRICH, act="video", only=f"Encounter/{consultation}")
    for page in words_of(clara, consultation):
        assert "Möchte kein Video" in page
        assert "Ohne Video weiter" in page
        assert begin not in page
    network.agree_to(heinrich, HEINRICH, act="video")


def test_a_no_to_another_call_or_to_a_call_by_telephone_marks_nothing(
    clara: Actor, heinrich: Actor, home_visit_call: str, consultation: str
):
    network.refuse(heinrich, HEINRICH, act="video", only=f"Encounter/{home_visit_call}")
    cards = list(Consultation.objects.filter(patient=HEINRICH))
    assert parties.unwanted_among(cards) == {home_visit_call}
    rows = waiting_room(clara)
    marked = {one.id: one.unwanted for one in (*rows.waiting, *rows.open, *rows.planned)}
    assert marked == {home_visit_call: True, consultation: False}
    services.switch_medium(clara, home_visit_call, Medium.TELEPHONE)
    rows = waiting_room(clara)
    assert not any(one.unwanted for one in (*rows.waiting, *rows.open, *rows.planned))
    by_page(heinrich)
    assert parties.unwanted_among(cards) == {home_visit_call, consultation}
    assert parties.unwanted_among([]) == set()
