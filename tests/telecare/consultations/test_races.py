"""What somebody does in a consultation at the moment in which their right to it ends, or the person says no."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from patients.accounts.actor import Actor
from patients.database import write
from patients.errors import Conflict, Denied, Missing
from patients.network import services as network
from telecare.consultations import services, state
from telecare.consultations.models import Draft, Invitation, Room, Waiting
from tests.cast import HEINRICH, ident
from tests.meanwhile import Other
from tests.telecare.consultations.conftest import enter

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.storage]

DOES: dict[str, Callable[[Actor, str], object]] = {
    "enters": enter,
    "takes it on": services.claim,
    "waits": services.wait,
    "invites": lambda actor, call: services.invite(actor, call, kind=Invitation.Kind.RELATIVE, name="Ida"),
    "drafts": lambda actor, call: services.save_draft(actor, call, {"findings": "Ödeme"}),
}


def test_nobody_comes_in_while_the_person_says_no(heinrich: Actor, clara: Actor, consultation: str) -> None:
    with write():
        network.refuse(heinrich, HEINRICH, act="video")
        other = Other(lambda: enter(clara, consultation))
        other.comes()
    with pytest.raises(Conflict):
        other.ends()
    assert not state.seen(consultation).members


def test_who_came_in_first_is_out_when_the_person_says_no(heinrich: Actor, clara: Actor, consultation: str) -> None:
    with write():
        enter(clara, consultation)
        other = Other(lambda: network.refuse(heinrich, HEINRICH, act="video"))
        assert other.comes()
    other.ends()
    assert not state.seen(consultation).members


@pytest.mark.parametrize("does", DOES)
def test_who_cares_no_longer_does_nothing_more(heinrich: Actor, clara: Actor, consultation: str, does: str) -> None:
    with write():
        network.end_link(heinrich, HEINRICH, organisation=ident("markt"))
        other = Other(lambda: DOES[does](clara, consultation))
        other.comes()
    with pytest.raises((Denied, Missing)):
        other.ends()
    assert not Room.objects.exclude(claimed_by=None)
    assert not [*Waiting.objects.all(), *Invitation.objects.all(), *Draft.objects.all()]
