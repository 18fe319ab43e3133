"""A consultation of Heinrich's, from both sides."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from patients.accounts.actor import Actor, Purpose, Role
from telecare.consultations import services
from telecare.consultations.models import Invitation
from telecare.consultations.queries import parties
from telecare.consultations.services import Entered, Issued
from tests.cast import HEINRICH, ident

MARKT, MOORLAND, DEICHWEG = ident("markt"), ident("moorland"), ident("deichweg")

ADDRESS = "192.0.2.7"  # from which Heinrich's tablet comes

_numbers = itertools.count(1)

Enter = Callable[..., Entered]


@pytest.fixture
def consultation(clara: Actor) -> str:
    """Booked by Clara with Heinrich, in a quarter of an hour, or sooner where tomorrow would have begun."""
    now = timezone.localtime()
    starts_at = min(now + timedelta(minutes=15), now.replace(hour=23, minute=59))
    return services.book(clara, HEINRICH, starts_at=starts_at, doctor=clara.person or "", reason="Kontrolle")


@pytest.fixture
def home_visit_call(anna: Actor) -> str:
    """Anna stands in Heinrich's kitchen and calls Clara's practice in."""
    return services.call_in(anna, HEINRICH, organisation=MARKT, reason="Blutdruck 158/92, Knöchel geschwollen")


@pytest.fixture
def issued(clara: Actor, consultation: str) -> Issued:
    """Heinrich's invitation, as Clara gives it to him."""
    return services.invite(clara, consultation, kind=Invitation.Kind.PATIENT, name="Heinrich Brandt")


@pytest.fixture
def guest(issued: Issued, consultation: str) -> Actor:
    """Heinrich on his tablet, come in with link and PIN."""
    return guest_of(issued, consultation)


def guest_of(issued: Issued, consultation: str) -> Actor:
    """The actor that a guest's session gives."""
    person = f"{parties.GUEST}{issued.invitation}"
    return Actor(Role.GUEST, person=person, purpose=Purpose.PATIENT_REQUEST, room=consultation, session="guest")


def token_of(issued: Issued) -> str:
    """What stands behind the # of the link."""
    return issued.link.partition("#")[2]


def wrong(pin: str) -> str:
    """A PIN that is not this one."""
    return f"{(int(pin.replace(' ', '')) + 1) % 1_000_000:06d}"


def enter(actor: Actor, consultation: str, seat: Any = None) -> Entered:
    """Enter the room, as the socket's command does."""
    number = next(_numbers)
    return services.join(
        actor, consultation, line=f"line{number}", new_peer=f"peer{number}", new_token=f"token{number}", seat=seat
    )
