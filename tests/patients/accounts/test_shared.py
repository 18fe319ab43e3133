"""One tablet of Moorland, several nurses."""

from __future__ import annotations

from datetime import timedelta
from time import time

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from config.context import idle
from messaging.realtime.authentication import Credential, actor_of
from patients import events
from patients.accounts import queries, services, shared
from patients.accounts.actor import Role
from patients.accounts.factors import codes
from patients.accounts.models import Attempt, Pin, Session, SharedDevice, Turn, User
from patients.database import write
from tests.patients.accounts.conftest import ADDRESS, PASSWORD, SYSTEM, account, member
from tests.patients.accounts.test_second_factor import code

pytestmark = [pytest.mark.django_db, pytest.mark.storage]
SIGN_IN, BACK, OUT, DEVICES, PIN = "/sign-in/", "/sign-in/pin/", "/sign-out/", "/devices/", "/account/pin/"
GOOD = "482915"


@pytest.fixture
def jens(db: None) -> User:
    """Head of nursing at Moorland."""
    member("Practitioner/jens", "moorland", Role.NURSING_LEAD)
    return account("staff", "jens", "Practitioner/jens", "Jens Okken")


@pytest.fixture
def tablet(jens: User, anna: User) -> Client:
    """Jens has marked it and signed out; Anna and he have PINs."""
    for user in (jens, anna):
        services.set_pin(queries.actor_of(user), GOOD)
    client = Client()
    enter(client, "jens")
    answer = client.post(DEVICES, {"act": "mark", "name": "Tablet, Tour 3", "kind": "tablet"})
    assert answer.headers["Location"] == DEVICES
    assert client.cookies[shared.COOKIE]["httponly"]
    client.post(OUT)
    return client


def enter(client: Client, name: str) -> None:
    assert client.post(SIGN_IN, {"username": name, "password": PASSWORD}).status_code == 302


def who(client: Client) -> int | None:
    actor = queries.actor_of_session_key(client.cookies["telecare"].value)
    return actor.account if actor else None


def waited() -> None:
    for row in Attempt.objects.all():
        row.last_at -= timedelta(minutes=16)
        row.save()


def test_anna_signs_in_once_a_shift_and_comes_back_with_her_pin(tablet: Client, anna: User) -> None:
    assert "Mit Ihrer PIN zurückkommen" not in tablet.get(SIGN_IN).content.decode()
    enter(tablet, "anna")
    tablet.post(OUT)
    page = tablet.get(SIGN_IN).content.decode()
    assert "Anna Siemer" in page
    assert "Jens Okken" not in page
    answer = tablet.post(BACK, {"account": anna.pk, "pin": GOOD, "next": "/account/"})
    assert answer.headers["Location"] == "/account/"
    assert who(tablet) == anna.pk


def test_the_pin_works_on_that_tablet_alone(tablet: Client, anna: User) -> None:
    enter(tablet, "anna")
    elsewhere = Client()
    assert elsewhere.post(BACK, {"account": anna.pk, "pin": GOOD}).headers["Location"] == SIGN_IN
    elsewhere.cookies[shared.COOKIE] = "made-up"
    assert elsewhere.post(BACK, {"account": anna.pk, "pin": GOOD}).headers["Location"] == SIGN_IN
    assert "Anna Siemer" not in elsewhere.get(SIGN_IN).content.decode()


def test_after_five_wrong_pins_the_password_is_asked(tablet: Client, anna: User) -> None:
    enter(tablet, "anna")
    tablet.post(OUT)
    for _number in range(5):
        waited()
        assert tablet.post(BACK, {"account": anna.pk, "pin": "000000"}).status_code == 422
    waited()
    assert tablet.post(BACK, {"account": anna.pk, "pin": GOOD}).status_code == 422
    assert "Anna Siemer" not in tablet.get(SIGN_IN).content.decode()
    enter(tablet, "anna")
    tablet.post(OUT)
    assert tablet.post(BACK, {"account": anna.pk, "pin": GOOD}).status_code == 302


def test_five_wrong_pins_are_five_from_however_many_addresses(tablet: Client, anna: User) -> None:
    """The cookie of the tablet was copied, and the thief has many lines."""
    enter(tablet, "anna")
    tablet.post(OUT)
    answers = []
    for number in range(8):
        tablet.defaults["REMOTE_ADDR"] = f"198.51.100.{number}"
        tablet.post(BACK, {"account": anna.pk, "pin": "000000"})
        answers.append(Turn.objects.get().failures)
    assert answers == [1, 2, 3, 4, 5, 5, 5, 5]
    tablet.defaults["REMOTE_ADDR"] = "198.51.100.99"
    assert tablet.post(BACK, {"account": anna.pk, "pin": GOOD}).status_code == 422
    assert who(tablet) is None


def test_a_right_pin_forgets_the_wrong_ones(tablet: Client, anna: User) -> None:
    enter(tablet, "anna")
    for _round in range(3):
        for _number in range(3):
            waited()
            tablet.post(BACK, {"account": anna.pk, "pin": "000000"})
        waited()
        assert tablet.post(BACK, {"account": anna.pk, "pin": GOOD}).status_code == 302


@pytest.mark.parametrize("ending", ["shift", "password", "everywhere", "off", "pin", "device"])
def test_what_ends_the_way_back(tablet: Client, anna: User, jens: User, ending: str) -> None:
    enter(tablet, "anna")
    tablet.post(OUT)
    actor = queries.actor_of(anna)
    if ending == "shift":
        Turn.objects.update(since=timezone.now() - timedelta(hours=15))
    elif ending == "password":
        services.change_password(actor, PASSWORD, "Ofen Gurke Fahrrad Nebel", address=ADDRESS)
    elif ending == "everywhere":
        services.sign_out_everywhere(actor)
    elif ending == "off":
        services.deactivate(SYSTEM, anna.pk)
    elif ending == "pin":
        services.remove_pin(actor)
    else:
        services.unmark_device(queries.actor_of(jens), SharedDevice.objects.get().pk)
    assert "Anna Siemer" not in tablet.get(SIGN_IN).content.decode()
    assert tablet.post(BACK, {"account": anna.pk, "pin": GOOD}).status_code in {422, 302}
    assert who(tablet) is None


def test_a_nurse_of_another_service_may_sign_in_there_but_not_come_back(tablet: Client) -> None:
    member("Practitioner/bernd", "wiesenkamp", Role.NURSE)
    bernd = account("staff", "bernd", "Practitioner/bernd", "Bernd Kolbe")
    services.set_pin(queries.actor_of(bernd), GOOD)
    enter(tablet, "bernd")
    assert who(tablet) == bernd.pk
    assert not Turn.objects.filter(user=bernd).exists()


def test_when_jens_takes_over_annas_session_has_ended(tablet: Client, anna: User, jens: User) -> None:
    enter(tablet, "jens")
    tablet.post(OUT)
    enter(tablet, "anna")
    hers = tablet.cookies["telecare"].value
    cut: list[object] = []

    def remember(account: object = None, **ids: object) -> None:
        cut.append(account)

    events.on("account.cut", remember, when="inside")
    try:
        assert tablet.post(BACK, {"account": jens.pk, "pin": GOOD}).status_code == 302
    finally:
        events.forget("account.cut", remember)
    assert who(tablet) == jens.pk
    assert cut == [anna.pk]
    assert queries.actor_of_session_key(hers) is None


def test_the_pin_opens_nothing_that_protects_the_account(tablet: Client, anna: User) -> None:
    enter(tablet, "anna")
    tablet.post(OUT)
    tablet.post(BACK, {"account": anna.pk, "pin": GOOD})
    for page in (PIN, "/account/second-factor/app/"):
        assert tablet.get(page).headers["Location"].startswith("/account/confirm/")


def test_the_second_factor_of_the_morning_counts_for_the_shift(tablet: Client, anna: User, settings: Settings) -> None:
    settings.SECOND_FACTOR = "roles"
    secret = codes.new_secret()
    with write():
        codes.keep(anna, secret, int(time()) // 30 - 2)
    enter(tablet, "anna")
    assert tablet.post("/sign-in/code/", {"code": code(secret)}).status_code == 302
    tablet.post(OUT)
    tablet.post(BACK, {"account": anna.pk, "pin": GOOD})
    assert tablet.get("/account/").status_code == 200


def test_a_session_there_ends_without_pages_whatever_its_socket_does(tablet: Client, anna: User) -> None:
    enter(tablet, "anna")
    row = Session.objects.get(user=anna)
    assert row.expires_at <= timezone.now() + timedelta(seconds=shared.EXPIRES)
    old = timezone.now() - timedelta(minutes=5)
    Session.objects.update(seen_at=old, expires_at=old + timedelta(seconds=shared.EXPIRES))
    cookies = Credential("cookies", f"telecare={tablet.cookies['telecare'].value}")
    assert actor_of(cookies) is not None
    assert Session.objects.get(user=anna).seen_at == old
    assert tablet.get("/account/").status_code == 200
    assert Session.objects.get(user=anna).expires_at > timezone.now() + timedelta(minutes=9)
    Session.objects.update(expires_at=timezone.now())
    assert actor_of(cookies) is None


def test_the_page_locks_there_and_nowhere_else(tablet: Client, anna: User) -> None:
    enter(tablet, "anna")
    page = tablet.get("/account/").content.decode()
    assert f'data-idle="{shared.IDLE}"' in page
    assert tablet.get("/account/alive/").status_code == 204
    elsewhere = Client()
    enter(elsewhere, "anna")
    assert "data-idle" not in elsewhere.get("/account/").content.decode()
    assert idle(elsewhere.get("/help/").wsgi_request) is None


def test_signing_out_lets_the_device_forget(tablet: Client, anna: User) -> None:
    enter(tablet, "anna")
    assert tablet.post(OUT).headers["Clear-Site-Data"] == '"cache"'
    SharedDevice.objects.update(kind="kiosk")
    enter(tablet, "anna")
    assert tablet.post(OUT).headers["Clear-Site-Data"] == '"cache", "storage"'
    elsewhere = Client()
    enter(elsewhere, "anna")
    assert "Clear-Site-Data" not in elsewhere.post(OUT).headers


EASY = ["", "12345", "123456", "987654", "111111", "112211", "19790314", "abcdef", "١٢٣٧٨٩", "9" * 9]


@pytest.mark.parametrize("pin", EASY)
def test_a_pin_that_is_guessed_first_is_refused(tablet: Client, anna: User, pin: str) -> None:
    enter(tablet, "anna")
    assert tablet.post(PIN, {"pin": pin, "x": ""}).status_code == 422
    assert tablet.post(PIN, {"pin": "730486"}).status_code == 302
    assert "730486" not in Pin.objects.get(user=anna).hashed


def test_patients_have_no_pin_and_nurses_mark_no_device(tablet: Client, heinrich: User, anna: User) -> None:
    enter(tablet, "anna")
    assert tablet.get(DEVICES).status_code == 404
    assert tablet.post(DEVICES, {"act": "mark", "name": "x", "kind": "tablet"}).status_code == 404
    enter(tablet, "heinrich.brandt")
    assert tablet.get(PIN).status_code == 404


def test_devices_of_others_are_not_found(tablet: Client, jens: User) -> None:
    SharedDevice.objects.update(organisation="wiesenkamp")
    enter(tablet, "jens")
    assert "Tour 3" not in tablet.get(DEVICES).content.decode()
    assert tablet.post(DEVICES, {"act": "unmark", "number": SharedDevice.objects.get().pk}).status_code == 404
    assert tablet.post(DEVICES, {"act": "mark", "name": "", "kind": "x"}).status_code == 422
