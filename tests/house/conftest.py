"""Heinrich's whole record, Wilma's as well, and strangers to his: each with a browser."""

from __future__ import annotations

import pytest

from patients.accounts.actor import Actor, Role
from patients.accounts.sessions import SessionStore
from telecare.consultations import guests
from telecare.consultations.models import Invitation
from tests.cast import HEINRICH, WILMA, signed_in
from tests.house.edge import Caller, Stranger
from tests.house.roles import in_every_role
from tests.house.whole import Whole, everything

STRANGERS = ("bernd", "david", "wilma", "karl", "admin", "dora")


@pytest.fixture
def his(anna: Actor, clara: Actor) -> Whole:
    """All of Heinrich's."""
    return everything(HEINRICH, anna, clara, "Zwetschge", weight="84.6", pressure=(158, 92))


@pytest.fixture
def hers(bernd: Actor, david: Actor) -> Whole:
    """All of Wilma's, whom Bernd and David care for."""
    return everything(WILMA, bernd, david, "Apfel", weight="71.3", pressure=(121, 77))


@pytest.fixture
def strangers(cast: dict[str, Actor], bernd: Actor, hers: Whole) -> list[Stranger]:
    """Everybody who must learn nothing of Heinrich: somebody in each function, a guest, and who is not signed in."""
    people = {name: cast[name] for name in STRANGERS} | in_every_role(bernd)
    missing = set(Role) - {one.role for one in people.values()} - {Role.GUEST, Role.SYSTEM}
    assert not missing, f"tests/house/roles.py: who is a stranger as {missing}?"
    found = [
        Stranger(
            name, actor, "" if actor.role is Role.SYSTEM_CLIENT else signed_in(actor.account or 0)
        )  # programs never sign in
        for name, actor in people.items()
    ]
    return [*found, Stranger("guest", None, _guest(hers)), Stranger("nobody", None, "")]


def _guest(whole: Whole) -> str:
    session = SessionStore()
    session.create()
    guests.let_in(session, Invitation.objects.get(pk=whole.ids["invitation"]))
    session.save()
    return str(session.session_key)


@pytest.fixture
def callers(strangers: list[Stranger]) -> list[Caller]:
    """Every stranger at the FHIR edge, with a token of their own where they can have one."""
    return [Caller(who) for who in strangers]
