"""Strangers guess the numbers of many invitations, from many addresses. Who is invited comes in all the same."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from patients.accounts import attempts
from patients.accounts import services as accounts
from patients.accounts.actor import Actor
from patients.accounts.attempts import TooManyAttempts
from patients.accounts.models import Attempt
from patients.audit.models import AuditEvent
from patients.errors import Denied, Invalid
from telecare.consultations import services
from telecare.consultations.models import Invitation, Waiting
from telecare.consultations.services import Issued
from tests.cast import HEINRICH
from tests.telecare.consultations.conftest import ADDRESS, MARKT, enter, token_of, wrong

pytestmark = [pytest.mark.django_db, pytest.mark.storage]
ELSEWHERE = "198.51.100.{}"
KEPT = [field.attname for field in AuditEvent._meta.concrete_fields if field.attname not in ("id", "at", "mac")]


def guess(issued: Issued, address: str, pin: str = "") -> str:
    """Try a number at an invitation, wrong unless given: "in", "wrong", "locked" or "wait"."""
    row = Invitation.objects.get(pk=issued.invitation)
    try:
        services.enter_by_invitation(row, pin or wrong(issued.pin), address=address)
    except TooManyAttempts:
        return "wait"
    except Denied:
        return "locked"
    except Invalid:
        return "wrong"
    return "in"


def later(**span: float) -> None:
    """Let time pass, by moving what was counted into the past."""
    for row in Attempt.objects.all():
        row.last_at -= timedelta(**span)
        row.save()


@pytest.fixture
def stolen(clara: Actor, anna: Actor) -> list[Issued]:
    """Links to thirty rooms, without their numbers: somebody reads along where they were sent."""
    rooms = [services.call_in(anna, HEINRICH, organisation=MARKT, reason="Kontrolle") for _ in range(3)]
    kind = Invitation.Kind.RELATIVE
    return [services.invite(clara, rooms[n % 3], kind=kind, name=f"Gast {n}") for n in range(30)]


def spent(stolen: list[Issued], *addresses: str) -> None:
    """Guess from these addresses until the wait is the longest: a minute."""
    for n in range(attempts.DOOR.free + 8):
        if n > attempts.DOOR.free:
            later(seconds=attempts.DOOR.longest)
        assert guess(stolen[n % 30], addresses[n % len(addresses)]) == "wrong"


def browser_at(address: str, issued: Issued) -> Client:
    """A browser in which the link was opened."""
    client = Client(REMOTE_ADDR=address)
    assert client.post("/j/", {"token": token_of(issued)}).status_code == 302
    return client


def test_one_invitation_bears_five_guesses_from_however_many_addresses(issued: Issued) -> None:
    answers = [guess(issued, ELSEWHERE.format(n)) for n in range(40)]
    assert answers == ["wrong"] * 4 + ["locked"] * 36
    assert guess(issued, "203.0.113.9", issued.pin) == "locked"


def test_each_wrong_number_stands_in_the_log_of_who_invited_without_what_was_typed(
    issued: Issued, consultation: str, cast: dict[str, Actor], browser: Callable[[Actor], Client]
) -> None:
    for n in range(12):
        guess(issued, ELSEWHERE.format(n))
    rows = list(AuditEvent.objects.filter(action="wrong number of an invitation"))
    assert len(rows) == Invitation.LOCKED_AFTER, "once it is locked no number is looked at"
    assert {(one.outcome, one.organisation, one.patient, one.ident) for one in rows} == {
        ("denied", MARKT, HEINRICH, consultation)
    }
    assert {one.detail for one in rows} == {f"Invitation/{issued.invitation}"}
    assert not [one for one in rows if wrong(issued.pin) in repr([getattr(one, name) for name in KEPT])]
    assert "falsche Zahl einer Einladung" in browser(cast["dora"]).get(reverse("privacy:oversight")).content.decode()


def test_a_right_number_and_a_try_that_must_wait_leave_no_such_row(stolen: list[Issued]) -> None:
    spent(stolen, ADDRESS)
    before = AuditEvent.objects.filter(action="wrong number of an invitation").count()
    assert guess(stolen[29], ADDRESS) == "wait"
    later(seconds=attempts.DOOR.longest)
    assert guess(stolen[28], ELSEWHERE.format(9), stolen[28].pin) == "in"
    assert AuditEvent.objects.filter(action="wrong number of an invitation").count() == before


@pytest.mark.django_db(transaction=True)
def test_guesses_at_the_same_moment_gain_nothing(issued: Issued) -> None:
    start, answers = threading.Barrier(12), []

    def hurry(number: int) -> None:
        try:
            start.wait()
            answers.append(guess(issued, ELSEWHERE.format(number)))
        finally:
            connections.close_all()

    hurried = [threading.Thread(target=hurry, args=(number,)) for number in range(12)]
    for one in hurried:
        one.start()
    for one in hurried:
        one.join()
    assert sorted(answers) == ["locked"] * 8 + ["wrong"] * 4
    assert Invitation.objects.get(pk=issued.invitation).wrong == Invitation.LOCKED_AFTER


def test_many_invitations_are_tried_slowly_from_one_address(stolen: list[Issued]) -> None:
    spent(stolen, ADDRESS)
    assert {guess(one, ADDRESS) for one in stolen} == {"wait"}
    for _minute in range(15):
        later(seconds=attempts.DOOR.longest)
        assert [guess(one, ADDRESS) for one in reversed(stolen)].count("wait") == 29  # one a minute, whichever is tried


def test_waiting_there_looks_at_no_number_and_counts_against_no_invitation(stolen: list[Issued]) -> None:
    spent(stolen, ADDRESS)
    last = stolen[29]
    assert guess(last, ADDRESS, last.pin) == "wait"
    assert Invitation.objects.get(pk=last.invitation).wrong == 0


def test_the_addresses_of_one_home_are_one_and_those_of_another_are_not(stolen: list[Issued]) -> None:
    spent(stolen, *(f"2001:db8:1:2::{n:x}" for n in range(20)))
    assert guess(stolen[29], "2001:db8:1:2:ffff::1") == "wait"
    assert guess(stolen[29], "2001:db8:1:3::1") == "wrong"


def test_an_address_written_as_ipv6_is_the_same_and_its_neighbour_another(stolen: list[Issued]) -> None:
    spent(stolen, f"::ffff:{ADDRESS}")
    assert guess(stolen[29], ADDRESS) == "wait"
    assert guess(stolen[29], "::ffff:192.0.2.8") == "wrong"


def test_many_guests_behind_one_line_come_in_one_after_the_other(stolen: list[Issued]) -> None:
    for _morning in range(3):
        assert {guess(one, ADDRESS, one.pin) for one in stolen} == {"in"}
    assert guess(stolen[0], ADDRESS) == "wrong"


def test_guessing_numbers_keeps_nobody_from_signing_in_on_that_line_nor_the_reverse(stolen: list[Issued]) -> None:
    spent(stolen, ADDRESS)
    attempts.begin("anna", ADDRESS)
    for n in range(attempts.ADDRESS.free + 1):
        attempts.begin(f"name{n}", "192.0.2.8")
    with pytest.raises(TooManyAttempts):
        attempts.begin("another", "192.0.2.8")
    assert guess(stolen[29], "192.0.2.8", stolen[29].pin) == "in"


def test_heinrich_behind_a_line_that_strangers_used_up_knocks_at_once(
    issued: Issued, consultation: str, stolen: list[Issued]
) -> None:
    spent(stolen, ADDRESS)
    browser = browser_at(ADDRESS, issued)
    assert browser.post("/j/knock/").status_code == 403
    answer = browser.post("/j/", {"pin": issued.pin})
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= attempts.DOOR.longest
    assert "Klopfen" in answer.content.decode()
    assert "Sie haben noch 5 Versuche" in answer.content.decode()
    assert browser.post("/j/knock/")["Location"] == reverse("consultations:check", args=[consultation])


def test_or_comes_in_with_the_number_after_the_wait(issued: Issued, consultation: str, stolen: list[Issued]) -> None:
    spent(stolen, ADDRESS)
    browser = browser_at(ADDRESS, issued)
    assert browser.post("/j/", {"pin": issued.pin}).status_code == 429
    later(seconds=attempts.DOOR.longest)
    assert browser.post("/j/", {"pin": issued.pin}).status_code == 302
    assert browser.get(reverse("consultations:check", args=[consultation])).status_code == 200


def test_who_was_held_up_at_one_invitation_knocks_at_no_other(issued: Issued, stolen: list[Issued]) -> None:
    spent(stolen, ADDRESS)
    browser = browser_at(ADDRESS, issued)
    browser.post("/j/", {"pin": issued.pin})
    browser.post("/j/", {"token": token_of(stolen[29])})
    assert browser.post("/j/knock/").status_code == 403


def test_a_thief_of_the_link_locks_the_number_and_not_heinrich_who_is_in(issued: Issued, consultation: str) -> None:
    tablet = browser_at(ADDRESS, issued)
    assert tablet.post("/j/", {"pin": issued.pin}).status_code == 302
    for n in range(6):
        guess(issued, ELSEWHERE.format(n))
    assert Invitation.objects.get(pk=issued.invitation).locked
    check = reverse("consultations:check", args=[consultation])
    assert tablet.get(check).status_code == 200
    again = tablet.post("/j/", {"token": token_of(issued)})  # he taps the link once more
    assert again["Location"] == check
    other = browser_at(ADDRESS, issued)
    assert other.post("/j/", {"pin": issued.pin}).status_code == 403


def test_with_a_new_number_from_clara_he_comes_in_on_the_locked_link_at_once(clara: Actor, issued: Issued) -> None:
    for n in range(6):
        guess(issued, ELSEWHERE.format(n))
    anew = services.give_new_pin(clara, issued.invitation)
    assert guess(issued, ADDRESS, issued.pin) == ("in" if anew.pin == issued.pin else "wrong")
    assert guess(issued, ADDRESS, anew.pin) == "in"


def test_whoever_knocked_is_out_once_somebody_comes_with_the_number(
    clara: Actor, issued: Issued, consultation: str
) -> None:
    """A thief of the link knocks, and must not be taken for Heinrich because Heinrich then showed his number."""
    thief = browser_at(ELSEWHERE.format(1), issued)
    for _ in range(3):
        thief.post("/j/", {"pin": wrong(issued.pin)})
    check = reverse("consultations:check", args=[consultation])
    assert thief.post("/j/knock/")["Location"] == check
    assert thief.post("/j/call-me/").status_code == 302
    enter(clara, consultation)
    services.admit(clara, consultation, Invitation.objects.get().visitor)
    tablet = browser_at(ADDRESS, issued)
    assert tablet.post("/j/", {"pin": issued.pin}).status_code == 302
    assert tablet.get(check).status_code == 200
    assert thief.get(check).status_code == 302
    assert Waiting.objects.get().left_at is not None  # nobody waits or is let in any more: Heinrich comes himself
    assert thief.post("/j/", {"token": token_of(issued)}).status_code == 302
    assert thief.post("/j/knock/").status_code == 403


def test_a_thief_of_the_link_does_not_knock_his_way_into_the_place_of_heinrich_who_was_let_in(
    clara: Actor, guest: Actor, issued: Issued, consultation: str
) -> None:
    services.wait(guest, consultation)
    enter(clara, consultation)
    services.admit(clara, consultation, Invitation.objects.get().visitor)
    thief = browser_at(ELSEWHERE.format(1), issued)
    for _ in range(3):
        thief.post("/j/", {"pin": wrong(issued.pin)})
    answer = thief.post("/j/knock/")
    assert answer.status_code == 403
    assert "ist schon jemand da" in answer.content.decode()
    assert thief.get(reverse("consultations:check", args=[consultation])).status_code == 302
    assert enter(guest, consultation).others  # his place is his
    services.send_away(guest, consultation)
    assert thief.post("/j/knock/").status_code == 302  # he left: whoever knocks now waits to be recognised
    with pytest.raises(Denied):
        enter(guest, consultation)


def test_signing_in_counts_failures_only_against_a_line(cast: dict[str, Actor]) -> None:
    """A hospital has one address, and more people than an attack may have tries."""
    for n in range(attempts.ADDRESS.free * 2):
        attempts.begin(f"name{n}", ADDRESS)
        attempts.succeeded(f"name{n}", ADDRESS)
    attempts.begin("another", ADDRESS)
    for n in range(attempts.ADDRESS.free):
        attempts.begin(f"wrong{n}", ADDRESS)
    with pytest.raises(TooManyAttempts):
        attempts.begin("more", ADDRESS)
    with pytest.raises(TooManyAttempts):
        accounts.sign_in("anna", "x", address=ADDRESS)
