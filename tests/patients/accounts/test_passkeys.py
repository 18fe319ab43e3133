"""Answers of passkeys that were replayed, stolen, made for another page or another person sign nobody in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from time import time

import pytest
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.auth import STATE_SESSION_KEY
from django.test import Client
from django.utils import timezone

from patients.accounts import queries
from patients.accounts.actor import Role
from patients.accounts.models import Session, User
from patients.audit.models import AuditEvent
from tests.patients.accounts.conftest import account, member
from tests.patients.accounts.passkey_device import Device

pytestmark = [pytest.mark.django_db, pytest.mark.storage]
MAKE, SHOW = "/account/second-factor/passkey/", "/sign-in/passkey/"


def device_of(user: User) -> Device:
    return Device(user_pk_to_url_str(user))


def page() -> Client:
    """A browser at https, where passkeys work."""
    return Client(headers={"host": "testserver"})


def making(user: User) -> tuple[Client, str]:
    """A browser of somebody who makes a passkey now, and the challenge."""
    client = page()
    client.force_login(user)
    session = client.session
    session[queries.CONFIRMED] = int(time())
    session.save()
    assert client.get(MAKE).status_code == 200
    return client, str(client.session[STATE_SESSION_KEY]["challenge"])


def asked(client: Client) -> str:
    """The challenge of the sign-in page."""
    return str(client.get(SHOW).json()["publicKey"]["challenge"])


def shows(client: Client, answer: str) -> int | None:
    """Give this answer; who is signed in then."""
    client.post(SHOW, {"credential": answer})
    actor = queries.actor_of_session_key(client.cookies["telecare"].value)
    return actor.account if actor else None


@pytest.fixture
def hers(anna: User) -> Device:
    """Anna's passkey, made as the page asks."""
    device = device_of(anna)
    client, challenge = making(anna)
    answer = client.post(MAKE, {"name": "Tablet", "credential": device.made(challenge)})
    assert answer.headers["Location"] == "/account/second-factor/recovery/"
    return device


@pytest.fixture
def bernd(db: None) -> User:
    member("Practitioner/bernd", "wiesenkamp", Role.NURSE)
    return account("staff", "bernd", "Practitioner/bernd", "Bernd Kolbe")


def test_anna_signs_in_with_it(hers: Device, anna: User) -> None:
    client = page()
    assert shows(client, hers.shown(asked(client))) == anna.pk
    row = AuditEvent.objects.filter(action="sign-in").latest("id")
    assert (row.outcome, row.detail) == ("done", "webauthn")


def test_an_answer_given_twice_signs_in_once(hers: Device, anna: User) -> None:
    client = page()
    answer = hers.shown(asked(client))
    assert shows(client, answer) == anna.pk
    client.post("/sign-out/")
    assert shows(client, answer) is None
    asked(client)
    assert shows(client, answer) is None


def test_an_answer_stolen_on_its_way_is_of_no_use_in_another_browser(hers: Device, anna: User) -> None:
    client, thief, other = page(), page(), page()
    answer = hers.shown(asked(client))
    assert thief.post(SHOW, {"credential": answer}).headers["Location"].startswith("/sign-in/")
    assert "telecare" not in thief.cookies or queries.actor_of_session_key(thief.cookies["telecare"].value) is None
    asked(other)
    assert shows(other, answer) is None
    assert shows(client, answer) == anna.pk


def test_a_challenge_holds_for_ten_minutes(hers: Device) -> None:
    client = page()
    answer = hers.shown(asked(client))
    row = Session.objects.get(user=None)
    assert timezone.now() < row.expires_at <= timezone.now() + timedelta(minutes=10)
    Session.objects.filter(pk=row.pk).update(expires_at=timezone.now())
    assert shows(client, answer) is None


@pytest.mark.parametrize(
    "how",
    [{"origin": "https://telecare.evil.example"}, {"origin": "http://testserver"}, {"origin": "null"},
     {"origin": "https://testserver.evil.example"}, {"site": "evil.example"}, {"verified": False}],
    ids=str,
)  # fmt: skip
def test_an_answer_made_for_another_page_or_without_the_person_signs_nobody_in(
    hers: Device, how: dict[str, str]
) -> None:
    client = page()
    assert shows(client, hers.shown(asked(client), **how)) is None  # type: ignore[arg-type]


def test_bernds_passkey_does_not_sign_in_as_anna_nor_one_that_nobody_keeps(
    hers: Device, anna: User, bernd: User
) -> None:
    his = device_of(bernd)
    client, challenge = making(bernd)
    client.post(MAKE, {"name": "Schlüssel", "credential": his.made(challenge)})
    claimed = (replace(his, owner=hers.owner), replace(his, owner=hers.owner, ident=hers.ident), device_of(anna))
    for device in (*claimed, replace(hers, owner=his.owner), replace(hers, owner="0"), replace(hers, owner="")):
        client = page()
        assert shows(client, device.shown(asked(client))) is None


def test_a_passkey_that_was_taken_away_and_an_account_that_is_off_are_refused(hers: Device, anna: User) -> None:
    client = page()
    answer = hers.shown(asked(client))
    User.objects.filter(pk=anna.pk).update(is_active=False)
    assert shows(client, answer) is None
    User.objects.filter(pk=anna.pk).update(is_active=True)
    Authenticator.objects.all().delete()
    assert shows(client, hers.shown(asked(client))) is None


@pytest.mark.parametrize("how", ["another browser", "twice", "another page", "without the person", "no challenge"])
def test_a_passkey_is_made_only_by_who_was_asked_here_and_now(anna: User, bernd: User, how: str) -> None:
    client, challenge = making(anna)
    answer = device_of(anna).made(challenge)
    match how:
        case "another browser":
            client, _ = making(bernd)
        case "twice":
            client.post(MAKE, {"name": "eins", "credential": answer})
            Authenticator.objects.all().delete()
        case "another page":
            answer = device_of(anna).made(challenge, origin="https://evil.example")
        case "without the person":
            answer = device_of(anna).made(challenge, verified=False)
        case "no challenge":
            session = client.session
            del session[STATE_SESSION_KEY]
            session.save()
    assert client.post(MAKE, {"name": "zwei", "credential": answer}).status_code == 422
    assert not Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN).exists()
