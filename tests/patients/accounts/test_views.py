from __future__ import annotations

import pytest
from django.conf import settings as configured
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import Settings

from patients import events
from patients.accounts import http, queries, sessions
from patients.accounts.actor import Actor, Role
from patients.accounts.models import Membership, User
from patients.errors import Denied
from tests.patients.accounts.conftest import PASSWORD, account, member

pytestmark = pytest.mark.django_db
SIGN_IN, SIGN_OUT = "/sign-in/", "/sign-out/"
RIGHT = {"username": "anna", "password": PASSWORD}


def signed_in_as(client: Client) -> Actor | None:
    cookie = client.cookies.get(configured.SESSION_COOKIE_NAME)
    return queries.actor_of_session_key(cookie.value) if cookie else None


def test_the_page_is_german_and_asks_for_name_and_password(client: Client) -> None:
    page = client.get(SIGN_IN).content.decode()
    assert '<html lang="de">' in page
    for word in ("Anmelden", "Anmeldename", "Passwort", "Gut versorgt, auch wenn der Weg weit ist."):
        assert word in page
    assert 'href="/help/"' in page
    for attribute in ('autocomplete="username"', 'autocomplete="current-password"', 'for="id_username"'):
        assert attribute in page
    assert " style=" not in page


def test_and_english_for_who_chose_it(client: Client) -> None:
    client.cookies["django_language"] = "en"
    assert "Well cared for, even when the way is long." in client.get(SIGN_IN).content.decode()


def test_the_page_asks_the_database_nothing(client: Client, django_assert_num_queries: object) -> None:
    client.get(SIGN_IN)
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert client.get(SIGN_IN).status_code == 200


def test_anna_signs_in_and_goes_where_she_wanted(client: Client, anna: User) -> None:
    answer = client.post(SIGN_IN, {**RIGHT, "next": "/account/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account/")
    actor = signed_in_as(client)
    assert actor is not None
    assert (actor.account, actor.organisation) == (anna.pk, "moorland")


@pytest.mark.parametrize("goal", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"])
def test_nobody_is_sent_to_a_foreign_site(client: Client, anna: User, goal: str) -> None:
    assert client.post(SIGN_IN, {**RIGHT, "next": goal}).headers["Location"] == "/"


def test_a_wrong_password_is_said_in_words_and_signs_nobody_in(client: Client, anna: User) -> None:
    answer = client.post(SIGN_IN, {"username": "anna", "password": "falsch"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Name und Passwort passen nicht zusammen." in page
    assert "falsch" not in page
    assert signed_in_as(client) is None


def test_an_unknown_name_gives_the_same_page_as_a_wrong_password(client: Client, anna: User) -> None:
    def body(name: str) -> str:
        page = client.post(SIGN_IN, {"username": name, "password": "falsch"}).content.decode()
        return page.replace(name, "NAME")

    client.cookies.clear()
    one, other = body("anna"), body("zeno")
    token = 'name="csrfmiddlewaretoken" value="'
    assert token in one
    strip = [line for line in one.splitlines() if token not in line and 'name="csrf"' not in line]
    assert strip == [line for line in other.splitlines() if token not in line and 'name="csrf"' not in line]


@pytest.mark.parametrize("sent", [{}, {"username": "anna"}, {"username": "", "password": ""}, {"password": "x"}])
def test_an_incomplete_form_is_asked_again(client: Client, anna: User, sent: dict[str, str]) -> None:
    assert client.post(SIGN_IN, {**sent, "next": "/"}).status_code == 422


def test_very_long_input_costs_no_hash(client: Client, anna: User, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = client.post(SIGN_IN, {"username": "a" * 100_000, "password": "b" * 100_000})
    assert answer.status_code == 422


def test_many_wrong_tries_must_wait_and_read_how_long(client: Client, anna: User) -> None:
    for _ in range(5):
        client.post(SIGN_IN, {"username": "anna", "password": "falsch"})
    answer = client.post(SIGN_IN, RIGHT)
    assert answer.status_code == 429
    assert "Zu viele Versuche. Bitte warten Sie" in answer.content.decode()
    assert int(answer.headers["Retry-After"]) >= 1
    assert signed_in_as(client) is None


def test_a_form_of_another_site_is_refused(anna: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(SIGN_IN, RIGHT).status_code == 403
    assert signed_in_as(strict) is None


def test_the_session_gets_a_new_key_at_sign_in(client: Client, anna: User, heinrich: User) -> None:
    client.force_login(heinrich)
    before = client.cookies[configured.SESSION_COOKIE_NAME].value
    client.post(SIGN_IN, RIGHT)
    assert client.cookies[configured.SESSION_COOKIE_NAME].value != before
    assert queries.actor_of_session_key(before) is None


def test_signing_out_needs_a_form_and_ends_the_session(client: Client, anna: User) -> None:
    client.post(SIGN_IN, RIGHT)
    key = client.cookies[configured.SESSION_COOKIE_NAME].value
    assert client.get(SIGN_OUT).status_code == 405
    assert queries.actor_of_session_key(key) is not None
    cut: list[object] = []

    def remember(session: object = None, **ids: object) -> None:
        cut.append(session)

    events.on("account.cut", remember, when="inside")
    try:
        assert client.post(SIGN_OUT).headers["Location"] == SIGN_IN
    finally:
        events.forget("account.cut", remember)
    assert cut == [sessions.name_of(key)]
    assert queries.actor_of_session_key(key) is None
    assert client.post(SIGN_OUT).headers["Location"] == SIGN_IN


def test_who_has_several_functions_is_asked_for_whom(client: Client, anna: User) -> None:
    member("Practitioner/anna", "wiesenkamp", Role.NURSING_LEAD)
    answer = client.post(SIGN_IN, {**RIGHT, "next": "/account/"})
    assert answer.headers["Location"] == "/function/?next=%2Faccount%2F"
    page = client.get(answer.headers["Location"]).content.decode()
    assert "Für wen arbeiten Sie gerade?" in page
    assert "Pflegedienstleitung" in page
    answer = client.post("/function/", {"function": "wiesenkamp/nursing-lead", "next": "/account/"})
    assert answer.headers["Location"] == "/account/"
    actor = signed_in_as(client)
    assert actor is not None
    assert (actor.role, actor.organisation) == (Role.NURSING_LEAD, "wiesenkamp")


def test_a_function_of_somebody_else_is_not_found(client: Client, anna: User) -> None:
    member("Practitioner/bernd", "wiesenkamp", Role.NURSE)
    client.force_login(anna)
    assert client.post("/function/", {"function": "wiesenkamp/nurse"}).status_code == 404
    actor = signed_in_as(client)
    assert actor is not None
    assert actor.organisation == "moorland"


def test_strangers_are_sent_to_sign_in_and_come_back(client: Client) -> None:
    assert client.get("/account/?a=1").headers["Location"] == "/sign-in/?next=%2Faccount%2F%3Fa%3D1"
    assert client.post("/account/").headers["Location"] == "/sign-in/?next=%2F"
    part = client.get("/account/", headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["HX-Redirect"]) == (204, "/sign-in/?next=%2Faccount%2F")


def test_staff_without_a_function_now_read_why(client: Client, anna: User) -> None:
    client.force_login(anna)
    Membership.objects.all().delete()
    answer = client.get("/account/")
    assert answer.status_code == 403
    assert "Ihr Konto hat zurzeit keine Funktion." in answer.content.decode()


def test_a_guest_of_a_room_is_not_signed_in() -> None:
    @http.signed_in
    def view(request: http.Request) -> HttpResponse:
        return HttpResponse("inside")

    request = RequestFactory().get("/somewhere/")
    request.actor = Actor(role=Role.GUEST, room="r1")  # type: ignore[attr-defined]
    assert view(request).headers["Location"].startswith("/sign-in/")
    request.actor = Actor(role=Role.NURSE, account=1)  # type: ignore[attr-defined]
    answer = view(request)
    assert (answer.content, answer.headers["Cache-Control"]) == (b"inside", "no-store")
    request.actor = Actor(role=Role.NURSE, account=1, active=False)  # type: ignore[attr-defined]
    with pytest.raises(Denied):
        view(request)


def test_a_password_is_changed_and_this_browser_stays_signed_in(client: Client, anna: User) -> None:
    other = Client()
    other.force_login(anna)
    client.force_login(anna)
    answer = client.post("/account/password/", {"old_password": PASSWORD, "new_password": "noch ein gutes Kennwort"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account/")
    assert signed_in_as(client) is not None
    assert signed_in_as(other) is None


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [("falsch", "noch ein gutes Kennwort", "Das bisherige Passwort stimmt nicht."), (PASSWORD, "kurz", "kurz")],
)
def test_a_password_that_cannot_be_changed_says_why(client: Client, anna: User, old: str, new: str, words: str) -> None:
    client.force_login(anna)
    answer = client.post("/account/password/", {"old_password": old, "new_password": new})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert User.objects.get(pk=anna.pk).check_password(PASSWORD)


def test_the_list_of_the_cast_is_shown_in_the_demo_only(client: Client, settings: Settings) -> None:
    assert "Anmelden als" not in client.get(SIGN_IN).content.decode()
    settings.DEMO = True
    page = client.get(SIGN_IN).content.decode()
    for word in ("Anmelden als …", "Vorführung", "Anna Siemer", 'name="username" value="anna"', "Dora Wilke"):
        assert word in page


def test_one_tap_in_the_demo_signs_in(client: Client, settings: Settings) -> None:
    from patients.accounts import services
    from patients.accounts.actor import system

    settings.DEMO = True
    member("Practitioner/clara", "markt", Role.DOCTOR)
    services.create_account(
        system("demo"), kind="staff", username="clara", person="Practitioner/clara", password="demo"
    )
    client.post(SIGN_IN, {"username": "clara", "password": "demo", "next": "/"})
    actor = signed_in_as(client)
    assert actor is not None
    assert actor.role is Role.DOCTOR


def test_addresses_have_the_names_that_others_use() -> None:
    assert [reverse(f"accounts:{name}") for name in ("sign-in", "sign-out", "function", "account")] == [
        "/sign-in/",
        "/sign-out/",
        "/function/",
        "/account/",
    ]


def test_accounts_of_relatives_have_a_page_too(client: Client) -> None:
    client.force_login(account("relative", "ida.brandt", "RelatedPerson/ida"))
    assert client.get("/account/").status_code == 200
