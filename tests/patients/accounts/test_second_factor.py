from __future__ import annotations

import re
from datetime import timedelta
from time import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.db import connection
from django.test import Client
from pytest_django import Settings

from patients import events
from patients.accounts import queries, services
from patients.accounts.factors import codes
from patients.accounts.models import Attempt, Session, User
from patients.audit.models import AuditEvent
from patients.vault import Unreadable
from tests.patients.accounts.conftest import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.storage]
FACTOR, APP, RECOVERY, CODE = (
    "/account/second-factor/",
    "/account/second-factor/app/",
    "/account/second-factor/recovery/",
    "/sign-in/code/",
)


@pytest.fixture(autouse=True)
def roles_demand_it(settings: Settings) -> None:
    settings.SECOND_FACTOR = "roles"


def browser(name: str = "anna") -> Client:
    """Somebody whose password was right."""
    one = Client()
    assert one.post("/sign-in/", {"username": name, "password": PASSWORD}).status_code == 302
    return one


def code(secret: str, half_minutes: int = 0) -> str:
    """What an authenticator app shows, now or some half minutes later."""
    return str(totp.format_hotp_value(totp.hotp_value(secret, int(time()) // 30 + half_minutes)))


def set_up(client: Client) -> str:
    """Set up an authenticator app as the pages ask; its secret."""
    page = client.get(APP).content.decode()
    secret = re.search(r"<code[^>]*>([A-Z2-7]{32})</code>", page)[1]  # type: ignore[index]
    assert client.post(APP, {"code": code(secret, -1)}).headers["Location"] == RECOVERY
    return secret


def active(client: Client) -> bool:
    actor = queries.actor_of_session_key(client.cookies["telecare"].value)
    return actor is not None and actor.active


def test_anna_must_set_one_up_before_she_sees_anything(anna: User) -> None:
    client = browser()
    assert not active(client)
    for page in ("/account/", "/account/sign-ins/", "/function/", "/account/password/"):
        assert client.get(page).headers["Location"] == FACTOR
    part = client.get("/account/", headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["HX-Redirect"]) == (204, FACTOR)
    page = client.get(FACTOR).content.decode()
    assert "Ihre Funktion braucht einen zweiten Faktor" in page
    set_up(client)
    assert active(client)
    assert client.get("/account/").status_code == 200


def test_programs_and_sockets_with_her_cookie_get_nothing_before_either(anna: User) -> None:
    client = browser()
    answer = client.get("/fhir/Patient")
    assert answer.status_code == 403
    assert "second factor" in answer.content.decode()
    assert client.post("/ws/ticket", HTTP_COOKIE=f"telecare={client.cookies['telecare'].value}").status_code == 401
    set_up(client)
    assert client.post("/ws/ticket", HTTP_COOKIE=f"telecare={client.cookies['telecare'].value}").status_code == 201


def test_heinrich_needs_none_unless_the_deployment_asks_everybody(heinrich: User, settings: Settings) -> None:
    assert active(browser("heinrich.brandt"))
    settings.SECOND_FACTOR = "all"
    assert not active(browser("heinrich.brandt"))
    settings.SECOND_FACTOR = "none"
    assert active(browser("heinrich.brandt"))


def test_afterwards_the_password_alone_signs_nobody_in(anna: User) -> None:
    secret = set_up(browser())
    client = Client()
    answer = client.post("/sign-in/", {"username": "anna", "password": PASSWORD, "next": "/account/"})
    assert answer.headers["Location"] == "/sign-in/code/?next=%2Faccount%2F"
    assert queries.actor_of_session_key(client.cookies["telecare"].value) is None
    assert client.get("/account/").headers["Location"].startswith("/sign-in/")
    assert client.post(CODE, {"code": "000000"}).status_code == 422
    answer = client.post(CODE, {"code": code(secret), "next": "/account/"})
    assert answer.headers["Location"] == "/account/"
    assert active(client)
    last = AuditEvent.objects.latest("id")
    assert (last.action, last.outcome, last.detail) == ("sign-in", "done", "totp")


def test_a_code_works_once_and_none_before_it_works_after_it(anna: User) -> None:
    secret = set_up(browser())
    first, second, third = browser(), browser(), browser()
    assert first.post(CODE, {"code": code(secret)}).status_code == 302
    assert second.post(CODE, {"code": code(secret)}).status_code == 422
    assert second.post(CODE, {"code": code(secret, -1)}).status_code == 422
    assert not active(second)
    assert third.post(CODE, {"code": code(secret, 1)}).status_code == 302


def test_the_code_that_set_it_up_does_not_sign_in(anna: User) -> None:
    secret = set_up(browser())
    assert browser().post(CODE, {"code": code(secret, -1)}).status_code == 422


def test_guessing_codes_is_slow(anna: User) -> None:
    set_up(browser())
    client = browser()
    tries = [client.post(CODE, {"code": f"{number:06}"}) for number in range(6)]
    assert [one.status_code for one in tries] == [422] * 5 + [429]
    assert int(tries[-1].headers["Retry-After"]) >= 1
    for row in Attempt.objects.all():
        row.last_at -= timedelta(minutes=16)
        row.save()
    assert client.post(CODE, {"code": "0"}).status_code == 422


def test_a_recovery_code_signs_in_once(anna: User) -> None:
    client = browser()
    set_up(client)
    shown = re.findall(r"\d{4} \d{4}", client.get(RECOVERY).content.decode())
    assert len(set(shown)) == 10
    assert browser().post(CODE, {"code": shown[3]}).status_code == 302
    assert browser().post(CODE, {"code": shown[3]}).status_code == 422
    assert browser().post(CODE, {"code": shown[4].replace(" ", "")}).status_code == 302
    assert len(codes.recovery_codes(anna.pk)) == 8


def test_new_recovery_codes_make_the_old_ones_worthless(anna: User) -> None:
    client = browser()
    set_up(client)
    before = codes.recovery_codes(anna.pk)
    assert client.post(RECOVERY).status_code == 302
    assert not set(before) & set(codes.recovery_codes(anna.pk))
    assert browser().post(CODE, {"code": before[0]}).status_code == 422


def test_the_half_way_in_ends_with_time_and_with_a_new_password(anna: User, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = set_up(browser())
    slow, robbed = browser(), browser()
    anna.set_password("Ofen Gurke Fahrrad Nebel")
    anna.save()
    assert robbed.post(CODE, {"code": code(secret)}).headers["Location"].startswith("/sign-in/?")
    anna.set_password(PASSWORD)
    anna.save()
    monkeypatch.setattr(queries, "time", lambda: time() + 601)
    assert slow.post(CODE, {"code": code(secret)}).headers["Location"].startswith("/sign-in/?")


def test_browsers_that_were_signed_in_without_it_are_signed_out(anna: User, settings: Settings) -> None:
    settings.SECOND_FACTOR = "none"
    old, desk = browser(), browser()
    cut: list[object] = []

    def remember(account: object = None, session: object = None, **ids: object) -> None:
        cut.append(session)

    events.on("account.cut", remember, when="inside")
    try:
        set_up(desk)
    finally:
        events.forget("account.cut", remember)
    assert len(cut) == 1
    assert old.get("/account/").status_code == 302
    assert active(desk)
    assert Session.objects.filter(user=anna).count() == 1


def test_a_session_without_it_changes_nothing_about_it(anna: User) -> None:
    """However it came to be: somebody signed in without showing a factor that there is."""
    set_up(browser())
    client = Client()
    client.force_login(anna)
    assert not active(client)
    session = client.session
    session[queries.CONFIRMED] = int(time())
    session.save()
    for page in (FACTOR, APP, RECOVERY, "/account/second-factor/passkey/"):
        assert client.get(page).headers["Location"] == CODE
    assert client.get(CODE).status_code == 200


def test_changing_it_asks_for_the_password_when_that_was_long_ago(anna: User, monkeypatch: pytest.MonkeyPatch) -> None:
    client = browser()
    session = client.session
    session[queries.CONFIRMED] = int(time()) - 16 * 60
    session.save()
    where = client.get(APP).headers["Location"]
    assert where == "/account/confirm/?next=%2Faccount%2Fsecond-factor%2Fapp%2F"
    assert client.post(where, {"password": "falsch", "next": APP}).status_code == 422
    assert client.get(APP).status_code == 302
    assert client.post(where, {"password": PASSWORD, "next": APP}).headers["Location"] == APP
    assert client.get(APP).status_code == 200


def test_the_last_one_stays_where_it_is_demanded(anna: User, settings: Settings) -> None:
    client = browser()
    set_up(client)
    number = Authenticator.objects.get(type=codes.TOTP).pk
    assert client.post(FACTOR, {"number": number}).status_code == 409
    assert client.post(FACTOR, {"number": number + 7}).status_code == 404
    settings.SECOND_FACTOR = "none"
    assert client.post(FACTOR, {"number": number}).headers["Location"] == FACTOR
    assert not Authenticator.objects.exists()
    assert browser().get("/account/").status_code == 200


def test_a_wrong_code_sets_nothing_up(anna: User) -> None:
    client = browser()
    client.get(APP)
    answer = client.post(APP, {"code": "123"})
    assert answer.status_code == 422
    assert "halbe Minute" in answer.content.decode()
    assert not Authenticator.objects.exists()


def test_a_dump_shows_neither_secret_nor_codes(anna: User) -> None:
    client = browser()
    secret = set_up(client)
    client.get(APP)
    left = codes.recovery_codes(anna.pk)
    with connection.cursor() as cursor:
        dump = ""
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            dump += repr(cursor.fetchall())
    for word in (secret, *left, *(one.replace(" ", "") for one in left)):
        assert word not in dump


def test_the_secret_of_one_account_does_not_open_in_the_row_of_another(anna: User, heinrich: User) -> None:
    set_up(browser())
    row = Authenticator.objects.get(type=codes.TOTP)
    Authenticator.objects.create(user=heinrich, type=codes.TOTP, data=row.data)
    with pytest.raises(Unreadable):
        codes.taken(heinrich, "123456")


NO_USER = '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {"userHandle": "AA"}}'


@pytest.mark.parametrize("credential", [None, "", "{", "[]", "null", '{"id": 1}', NO_USER, "x" * 30_000])
def test_an_answer_that_is_no_passkey_is_refused_in_words(anna: User, credential: str | None) -> None:
    sent = {} if credential is None else {"credential": credential}
    client = Client()
    assert client.get("/sign-in/passkey/").json()["publicKey"]["challenge"]
    answer = client.post("/sign-in/passkey/", {"next": "/account/", **sent}, follow=True)
    assert answer.redirect_chain == [("/sign-in/?next=%2Faccount%2F", 302)]
    assert "Passkey ist hier nicht bekannt" in answer.content.decode()
    inside = browser()
    inside.get("/account/second-factor/passkey/")
    assert inside.post("/account/second-factor/passkey/", sent).status_code in {200, 422}
    assert not Authenticator.objects.exists()


def test_services_refuse_who_is_not_signed_in(anna: User) -> None:
    from patients.accounts.actor import system
    from patients.errors import Denied

    with pytest.raises(Denied):
        services.set_up_codes(system("test"), codes.new_secret(), "123456")
