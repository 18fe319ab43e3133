"""Links and PINs: right, wrong, too late, cancelled, and used again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from patients.accounts.actor import Actor
from patients.errors import Denied, Gone, Invalid, Missing
from telecare.consultations import services
from telecare.consultations.models import Invitation
from telecare.consultations.queries import parties
from telecare.consultations.resources.meeting import FollowUp
from telecare.consultations.services import Issued
from tests.telecare.consultations.conftest import ADDRESS, enter, guest_of, token_of, wrong

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


def row_of(issued: Issued) -> Invitation:
    return services.found_invitation(token_of(issued))


def test_the_link_carries_the_token_behind_the_hash_and_the_pin_goes_another_way(issued):
    address, _, token = issued.link.partition("#")
    assert address.endswith("/j/")
    assert len(token) == 22  # 128 bits
    assert issued.pin.replace(" ", "") not in issued.link


def test_neither_token_nor_pin_nor_name_are_stored(issued):
    row = Invitation.objects.get(pk=issued.invitation)
    stored = b"".join(bytes(value) for value in (row.digest, row.pin, row.name))
    for secret in (token_of(issued), issued.pin.replace(" ", ""), "Heinrich", "Brandt"):
        assert secret.encode() not in stored
    assert parties.guest_name(row) == "Heinrich Brandt"


def test_looking_at_the_link_changes_nothing(issued):
    before = Invitation.objects.values().get()
    row_of(issued)
    assert Invitation.objects.values().get() == before


def test_the_right_pin_lets_heinrich_wait_and_again_on_the_tablet(issued, consultation):
    for pin in (issued.pin, issued.pin.replace(" ", "")):
        services.enter_by_invitation(row_of(issued), pin, address=ADDRESS)
    guest = guest_of(issued, consultation)
    assert services.wait(guest, consultation, sound=True, picture=True).place == 1


def test_a_token_that_nobody_gave_is_not_known(issued):
    for token in ("", "guess", token_of(issued)[:-1], "x" * 10_000):
        with pytest.raises(Missing):
            services.found_invitation(token)


def test_a_wrong_pin_says_how_many_tries_are_left(issued):
    with pytest.raises(Invalid, match="4"):
        services.enter_by_invitation(row_of(issued), wrong(issued.pin), address=ADDRESS)
    services.enter_by_invitation(row_of(issued), issued.pin, address=ADDRESS)
    assert row_of(issued).wrong == 0


def test_after_three_wrong_pins_one_may_knock_and_after_five_it_is_locked(issued):
    with pytest.raises(Denied):
        services.knock(row_of(issued))
    for _ in range(3):
        with pytest.raises(Invalid):
            services.enter_by_invitation(row_of(issued), wrong(issued.pin), address=ADDRESS)
    assert row_of(issued).may_knock
    services.knock(row_of(issued))
    with pytest.raises(Invalid):
        services.enter_by_invitation(row_of(issued), wrong(issued.pin), address=ADDRESS)
    with pytest.raises(Denied):
        services.enter_by_invitation(row_of(issued), wrong(issued.pin), address=ADDRESS)
    assert row_of(issued).locked
    for attempt in (
        lambda: services.enter_by_invitation(row_of(issued), issued.pin, address=ADDRESS),
        lambda: services.knock(row_of(issued)),
    ):
        with pytest.raises(Denied):
            attempt()


def test_clara_gives_a_new_number_and_the_link_works_again(clara, issued):
    for _ in range(5):
        with pytest.raises((Invalid, Denied)):
            services.enter_by_invitation(row_of(issued), wrong(issued.pin), address=ADDRESS)
    anew = services.give_new_pin(clara, issued.invitation)
    services.enter_by_invitation(row_of(issued), anew.pin, address=ADDRESS)


def test_the_pin_of_one_invitation_opens_no_other(clara, consultation, issued):
    other = services.invite(clara, consultation, kind=Invitation.Kind.RELATIVE, name="Ida Brandt")
    if other.pin != issued.pin:
        with pytest.raises(Invalid):
            services.enter_by_invitation(row_of(other), issued.pin, address=ADDRESS)


def test_an_expired_an_early_and_a_cancelled_invitation_say_so(clara, consultation, issued):
    now = timezone.now()
    Invitation.objects.update(opens_at=now - timedelta(hours=2), closes_at=now - timedelta(hours=1))
    with pytest.raises(Gone, match=r"expired|abgelaufen"):
        row_of(issued)
    Invitation.objects.update(opens_at=now + timedelta(hours=1), closes_at=now + timedelta(hours=2))
    with pytest.raises(Invalid, match=r"early|früh"):
        row_of(issued)
    Invitation.objects.update(opens_at=now - timedelta(hours=1))
    services.cancel_invitation(clara, issued.invitation)
    with pytest.raises(Gone, match=r"cancelled|abgesagt|zurückgenommen"):
        row_of(issued)


def test_it_works_until_the_appointment_is_closed(clara, consultation, issued, guest):
    services.wait(guest, consultation)
    enter(clara, consultation)
    services.end_call(clara, consultation)
    row_of(issued)
    services.close(clara, consultation, FollowUp.NONE)
    with pytest.raises(Gone):
        row_of(issued)
    with pytest.raises(Missing):
        services.wait(guest, consultation)


def test_an_appointment_called_off_takes_its_links_along(clara, consultation, issued):
    services.cancel(clara, consultation)
    with pytest.raises(Gone):
        row_of(issued)


def test_cancelling_takes_the_guest_out_of_the_room(clara, consultation, issued, guest):
    services.wait(guest, consultation)
    enter(clara, consultation)
    services.admit(clara, consultation, Invitation.objects.get().visitor)
    enter(guest, consultation)
    services.cancel_invitation(clara, issued.invitation)
    assert len(services.members(clara, consultation)) == 1
    with pytest.raises(Missing):
        enter(guest, consultation)


@pytest.mark.parametrize("stranger", ["bernd", "david", "heinrich", "ida", "karl"])
def test_only_those_who_care_for_him_invite(cast, consultation, issued, stranger):
    them: Actor = cast[stranger]
    for attempt in (
        lambda: services.invite(them, consultation, kind=Invitation.Kind.OTHER, name="Somebody"),
        lambda: services.give_new_pin(them, issued.invitation),
        lambda: services.cancel_invitation(them, issued.invitation),
    ):
        with pytest.raises(Missing):
            attempt()
    assert row_of(issued)


def test_a_guest_of_one_consultation_is_nobody_in_another(clara, home_visit_call, guest):
    for attempt in (
        lambda: services.wait(guest, home_visit_call),
        lambda: enter(guest, home_visit_call),
    ):
        with pytest.raises(Missing):
            attempt()


def test_a_guest_needs_a_name(clara, consultation):
    for name in ("", "  ", "x" * 81):
        with pytest.raises(Invalid):
            services.invite(clara, consultation, kind=Invitation.Kind.RELATIVE, name=name)
