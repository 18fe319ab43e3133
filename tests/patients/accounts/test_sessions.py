from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from patients import events
from patients.accounts import queries, services, sessions
from patients.accounts.models import Session, Token, User
from patients.accounts.sessions import SessionStore
from patients.audit.models import AuditEvent
from patients.errors import Missing
from tests.patients.accounts.conftest import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1"
PAGE = "/account/sign-ins/"


def browser(agent: str = FIREFOX, address: str = "192.0.2.77", name: str = "anna") -> Client:
    """Somebody signed in there."""
    one = Client(headers={"user-agent": agent}, REMOTE_ADDR=address)
    assert one.post("/sign-in/", {"username": name, "password": PASSWORD}).status_code == 302
    return one


def key_of(client: Client) -> str:
    return str(client.cookies["telecare"].value)


def is_in(client: Client) -> bool:
    return queries.actor_of_session_key(key_of(client)) is not None


def number_of(client: Client) -> int:
    return Session.objects.get(digest=sessions.stored(key_of(client))).pk


def test_anna_sees_where_she_is_signed_in_and_which_one_is_this(anna: User) -> None:
    browser(IPHONE, "2001:db8:77:1::5")
    desk = browser()
    page = desk.get(PAGE).content.decode()
    for words in ("Firefox, Windows", "Safari, iPhone", "Netz 192.0.2.0/24", "Netz 2001:db8:77::/48", "Dieses Gerät"):
        assert words in page
    assert "192.0.2.77" not in page
    assert [one.here for one in queries.signed_in_at(actor(desk))] == [True, False]
    assert page.count('value="end"') == 1


def actor(client: Client) -> queries.Actor:
    found = queries.actor_of_session_key(key_of(client))
    assert found is not None
    return found


def test_a_dump_tells_neither_browser_nor_network(anna: User) -> None:
    browser()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_session")
        dump = repr(cursor.fetchall())
    for word in ("Firefox", "192.0.2", "backends", PASSWORD):
        assert word not in dump


def test_anna_ends_the_sign_in_on_the_telephone_she_lost(anna: User) -> None:
    lost, desk = browser(IPHONE), browser()
    cut: list[object] = []

    def remember(account: object = None, session: object = None, **ids: object) -> None:
        cut.append((account, session))

    events.on("account.cut", remember, when="inside")
    try:
        assert desk.post(PAGE, {"act": "end", "number": number_of(lost)}).headers["Location"] == PAGE
    finally:
        events.forget("account.cut", remember)
    assert cut == [(anna.pk, sessions.name_of(key_of(lost)))]
    assert (is_in(lost), is_in(desk)) == (False, True)
    assert lost.get("/account/").headers["Location"].startswith("/sign-in/")
    assert AuditEvent.objects.latest("id").action == "sign-out"


def test_she_cannot_end_those_of_others_nor_learn_that_they_exist(anna: User, heinrich: User) -> None:
    his, hers = browser(name="heinrich.brandt"), browser()
    answers = [hers.post(PAGE, {"act": "end", "number": one}) for one in (number_of(his), 987_654)]
    assert {one.status_code for one in answers} == {404}
    assert is_in(his)
    with pytest.raises(Missing):
        services.end_session(actor(hers), number_of(his))


@pytest.mark.parametrize("sent", [{}, {"act": "end"}, {"act": "end", "number": "x"}, {"act": "all"}, {"number": 1}])
def test_an_incomplete_form_ends_nothing(anna: User, sent: dict[str, str]) -> None:
    desk = browser()
    assert desk.post(PAGE, {"x": "", **sent}).status_code == 422
    assert is_in(desk)


def test_signing_out_everywhere_ends_all_browsers_and_programs(anna: User, heinrich: User) -> None:
    his, phone, desk = browser(name="heinrich.brandt"), browser(IPHONE), browser()
    token = services.issue_token(anna)
    cut: list[object] = []

    def remember(account: object = None, session: object = None, **ids: object) -> None:
        cut.append((account, session))

    events.on("account.cut", remember, when="inside")
    try:
        answer = desk.post(PAGE, {"act": "everywhere"})
    finally:
        events.forget("account.cut", remember)
    assert answer.headers["Location"] == "/sign-in/"
    assert cut == [(anna.pk, None)]
    assert (is_in(phone), is_in(his)) == (False, True)
    assert queries.actor_of_token(token) is None
    assert not Token.objects.filter(user=anna).exists()
    assert not Session.objects.filter(user=anna).exists()
    assert AuditEvent.objects.latest("id").action == "sign-out-everywhere"


def test_after_a_new_password_only_this_browser_is_left(anna: User) -> None:
    phone, desk = browser(IPHONE), browser()
    sent = {"old_password": PASSWORD, "new_password": "Ofen Gurke Fahrrad Nebel"}
    assert desk.post("/account/password/", sent).status_code == 302
    assert (is_in(phone), is_in(desk)) == (False, True)
    assert [one.browser for one in queries.signed_in_at(actor(desk))] == ["Firefox, Windows"]


def test_when_she_was_last_seen_is_kept_to_ten_minutes(
    anna: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    key = key_of(browser())
    before = timezone.now() - timedelta(minutes=11)
    Session.objects.update(seen_at=before)
    assert SessionStore(session_key=key).get("_auth_user_id") == str(anna.pk)
    seen = Session.objects.get().seen_at
    assert seen > before + timedelta(minutes=10)
    with django_assert_num_queries(1):
        SessionStore(session_key=key).get("_auth_user_id")
    assert Session.objects.get().seen_at == seen


def test_a_session_that_is_over_is_gone_when_the_next_begins(anna: User) -> None:
    desk = browser()
    Session.objects.update(expires_at=timezone.now())
    assert not is_in(desk)
    browser(IPHONE)
    assert Session.objects.count() == 1


def test_a_session_that_was_ended_meanwhile_is_not_written_again(anna: User) -> None:
    store = SessionStore(session_key=key_of(browser()))
    store["function"] = "x"
    Session.objects.all().delete()
    with pytest.raises(UpdateError):
        store.save()
    assert not Session.objects.exists()


def test_the_content_of_one_session_does_not_open_in_the_row_of_another(anna: User, heinrich: User) -> None:
    his, hers = browser(name="heinrich.brandt"), browser()
    stolen = Session.objects.get(pk=number_of(hers))
    Session.objects.filter(pk=number_of(his)).update(content=stolen.content)
    assert not is_in(his)
    assert is_in(hers)


def test_who_was_switched_off_and_on_again_signs_in_anew(anna: User) -> None:
    from tests.patients.accounts.conftest import SYSTEM

    desk = browser()
    services.deactivate(SYSTEM, anna.pk)
    services.activate(SYSTEM, anna.pk)
    assert not is_in(desk)


@pytest.mark.parametrize(
    ("column", "back"),
    [("seen_at", timedelta(minutes=240)), ("created_at", timedelta(hours=14))],
    ids=["idle", "shift"],
)
def test_a_session_ends_without_pages_and_after_a_shift_whatever_is_done(
    anna: User, column: str, back: timedelta
) -> None:
    desk = browser()
    minute = timedelta(minutes=1)
    Session.objects.update(**{column: timezone.now() - back + minute})
    assert is_in(desk)
    assert desk.get("/account/").status_code == 200
    Session.objects.update(**{column: timezone.now() - back, "expires_at": timezone.now() + timedelta(hours=12)})
    assert not is_in(desk)
    assert queries.signed_in_at(queries.actor_of(anna)) == []
    assert desk.get("/account/").headers["Location"].startswith("/sign-in/")


def test_looking_on_a_page_keeps_anna_signed_in_and_an_open_socket_does_not(anna: User) -> None:
    desk = browser()
    for _page in range(3):
        Session.objects.update(seen_at=timezone.now() - timedelta(minutes=200))
        SessionStore(key_of(desk), watching=True).load()
        assert Session.objects.get(user=anna).seen_at < timezone.now() - timedelta(minutes=190)
        assert desk.get("/account/").status_code == 200
        assert Session.objects.get(user=anna).seen_at > timezone.now() - timedelta(minutes=1)
