from __future__ import annotations

import re
from datetime import timedelta
from time import time

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from patients import events
from patients.accounts import colleagues, queries, services
from patients.accounts.actor import Actor, Role
from patients.accounts.factors import codes
from patients.accounts.models import Attempt, Membership, OneTimeCode, User
from patients.audit.models import AuditEvent
from patients.database import write
from patients.errors import Conflict, Denied, Invalid, Missing
from tests.patients.accounts.conftest import ADDRESS, PASSWORD, SYSTEM, account, member

pytestmark = [pytest.mark.django_db, pytest.mark.storage]
NEW = "Ofen Gurke Fahrrad Nebel"
FIRST, LIST, INVITE = "/sign-in/first/", "/sign-ins/", "/sign-ins/new/"


@pytest.fixture
def uwe(db: None) -> User:
    """Administrator of Moorland."""
    member("Practitioner/uwe", "moorland", Role.ADMINISTRATOR)
    return account("staff", "uwe", "Practitioner/uwe", "Uwe Janssen")


@pytest.fixture
def desk(uwe: User) -> Client:
    """His browser; he has just signed in."""
    client = Client()
    assert client.post("/sign-in/", {"username": "uwe", "password": PASSWORD}).status_code == 302
    return client


def of(user: User) -> Actor:
    return queries.actor_of(user)


def opened(username: str, password: str) -> bool:
    try:
        services.sign_in(username, password, address=ADDRESS)
    except Invalid:
        return False
    return True


def test_anna_who_forgot_her_password_gets_a_code_from_her_administrator(anna: User, desk: Client) -> None:
    hers = Client()
    hers.force_login(anna)
    token = services.issue_token(anna)
    page = desk.post(LIST, {"account": anna.pk, "act": "code"}).content.decode()
    code = re.search(r"[A-Z2-9]{4}(-[A-Z2-9]{4}){3}", page)[0]  # type: ignore[index]
    assert "Ihr Anmeldename ist anna" in page
    assert opened("anna", PASSWORD)
    assert Client().get(FIRST).status_code == 200
    cut: list[object] = []

    def remember(account: object = None, session: object = None, **ids: object) -> None:
        cut.append((account, session))

    events.on("account.cut", remember, when="inside")
    try:
        answer = Client().post(FIRST, {"code": code.lower(), "username": " Anna", "password": NEW})
    finally:
        events.forget("account.cut", remember)
    assert answer.headers["Location"] == "/sign-in/"
    assert cut == [(anna.pk, None)]
    assert (opened("anna", NEW), opened("anna", PASSWORD)) == (True, False)
    assert queries.actor_of_session_key(hers.cookies["telecare"].value) is None
    assert queries.actor_of_token(token) is None
    again = Client().post(FIRST, {"code": code, "username": "anna", "password": "Pilz Segel Kanne Dorf"})
    assert again.status_code == 422
    assert "schon benutzt" in again.content.decode()
    assert opened("anna", NEW)


def test_a_code_needs_its_name_its_time_and_a_good_password(anna: User, uwe: User) -> None:
    sheet = services.print_code(of(uwe), anna.pk)
    for username, password in (("bernd", NEW), ("anna", "kurz")):
        with pytest.raises(Invalid):
            services.redeem(sheet.code, username, password, address=ADDRESS)
    OneTimeCode.objects.update(expires_at=timezone.now())
    with pytest.raises(Invalid):
        services.redeem(sheet.code, "anna", NEW, address=ADDRESS)
    OneTimeCode.objects.update(expires_at=timezone.now() + timedelta(minutes=1))
    services.redeem(sheet.code, "anna", NEW, address=ADDRESS)
    assert opened("anna", NEW)


def test_a_new_code_makes_the_old_one_worthless_and_so_does_switching_off(anna: User, uwe: User) -> None:
    old, new = services.print_code(of(uwe), anna.pk), services.print_code(of(uwe), anna.pk)
    with pytest.raises(Invalid):
        services.redeem(old.code, "anna", NEW, address=ADDRESS)
    services.deactivate(of(uwe), anna.pk)
    with pytest.raises(Invalid):
        services.redeem(new.code, "anna", NEW, address=ADDRESS)
    with pytest.raises(Conflict):
        services.print_code(of(uwe), anna.pk)


def test_guessing_codes_from_one_line_is_slowed_down(anna: User) -> None:
    answers = [
        Client().post(FIRST, {"code": f"AAAA-{n}", "username": "anna", "password": NEW}).status_code for n in range(62)
    ]
    assert set(answers[:60]) == {422}
    assert answers[-1] == 429
    assert Attempt.objects.count() > 60


def test_only_the_hmac_of_a_code_is_stored(anna: User, uwe: User) -> None:
    sheet = services.print_code(of(uwe), anna.pk)
    with connection.cursor() as cursor:
        dump = ""
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            dump += repr(cursor.fetchall())
    assert sheet.code not in dump
    assert sheet.code.replace("-", "") not in dump


def test_heinrich_chooses_his_sign_in_name_with_the_code(heinrich: User, anna: User) -> None:
    with write():
        sheet = services.hand_out(SYSTEM, heinrich)
    assert sheet.username == ""
    with pytest.raises(Conflict):
        services.redeem(sheet.code, "Anna", NEW, address=ADDRESS)
    services.redeem(sheet.code, "Heini 41", NEW, address=ADDRESS)
    assert opened("heini 41", NEW)
    assert not opened("heinrich.brandt", NEW)
    assert "heini" not in User.objects.get(pk=heinrich.pk).username


def test_a_lost_second_factor_goes_only_when_the_code_was_printed_for_that(anna: User, uwe: User) -> None:
    secret = codes.new_secret()
    counter = int(time()) // 30
    with write():
        codes.keep(anna, secret, counter)
    services.redeem(services.print_code(of(uwe), anna.pk).code, "anna", NEW, address=ADDRESS)
    assert queries.has_second_factor(anna.pk)
    sheet = services.print_code(of(uwe), anna.pk, drops_factor=True)
    services.redeem(sheet.code, "anna", "Pilz Segel Kanne Dorf", address=ADDRESS)
    assert not Authenticator.objects.exists()


def test_nobody_resets_who_also_works_elsewhere_nor_themselves(anna: User, uwe: User) -> None:
    """Whoever sets a password could use the account: what Anna sees for another service is not Moorland's."""
    member("Practitioner/anna", "wiesenkamp", Role.NURSE)
    with pytest.raises(Conflict):
        services.print_code(of(uwe), anna.pk)
    with pytest.raises(Denied):
        services.print_code(of(uwe), uwe.pk)
    operator = Actor(role=Role.OPERATOR, account=7, person="Practitioner/ada", organisation="gemeinde")
    assert services.print_code(operator, anna.pk).username == "anna"


def test_administrators_of_others_and_former_ones_find_nobody(anna: User, uwe: User) -> None:
    Membership.objects.filter(person="Practitioner/anna").update(until=timezone.now())
    for act in (services.print_code, services.deactivate, services.activate):
        with pytest.raises(Missing):
            act(of(uwe), anna.pk)  # type: ignore[operator]


@pytest.mark.parametrize("role", [Role.NURSE, Role.DOCTOR, Role.DATA_PROTECTION_OFFICER, Role.COORDINATOR])
def test_nobody_else_sees_the_list(anna: User, role: Role) -> None:
    Membership.objects.update(role=role)
    client = Client()
    client.force_login(anna)
    for page in (LIST, INVITE):
        assert client.get(page).status_code in {404, 302}
    session = client.session
    session[queries.CONFIRMED] = int(time())
    session.save()
    for page in (LIST, INVITE):
        assert client.get(page).status_code == 404
        assert client.post(page, {"account": anna.pk, "act": "off"}).status_code == 404
    assert User.objects.get(pk=anna.pk).is_active


def test_the_list_says_who_can_sign_in_in_few_statements(
    anna: User, desk: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    account("staff", "bernd", "Practitioner/bernd", "Bernd Kolbe")
    member("Practitioner/bernd", "wiesenkamp", Role.NURSE)
    for number in range(30):
        member(f"Practitioner/n{number}", "moorland", Role.NURSE)
        account("staff", f"n{number}", f"Practitioner/n{number}", f"N Nummer{number}")
    member("Practitioner/jens", "moorland", Role.NURSE)
    with django_assert_max_num_queries(12):
        page = desk.get(LIST).content.decode()
    assert "Anna Siemer" in page
    assert "Noch kein Zugang" in page
    assert "Bernd Kolbe" not in page
    assert f'value="{User.objects.get(username="uwe").pk}"' not in page


def test_an_account_is_switched_off_and_on(anna: User, desk: Client) -> None:
    hers = Client()
    hers.force_login(anna)
    assert desk.post(LIST, {"account": anna.pk, "act": "off"}).headers["Location"] == LIST
    assert hers.get("/account/").headers["Location"].startswith("/sign-in/")
    assert "Abgeschaltet" in desk.get(LIST).content.decode()
    desk.post(LIST, {"account": anna.pk, "act": "on"})
    assert User.objects.get(pk=anna.pk).is_active


def test_who_signed_in_long_ago_is_asked_for_the_password_before(anna: User, desk: Client) -> None:
    session = desk.session
    session[queries.CONFIRMED] = int(time()) - 16 * 60
    session.save()
    assert desk.post(LIST, {"account": anna.pk, "act": "code"}).headers["Location"].startswith("/account/confirm/")
    assert not OneTimeCode.objects.exists()


def test_a_new_colleague_is_invited_with_a_sheet_and_chooses_the_password(desk: Client, uwe: User) -> None:
    member("Practitioner/jens", "moorland", Role.NURSE)
    member("Practitioner/bernd", "wiesenkamp", Role.NURSE)
    for person, username in (("Practitioner/bernd", "bernd"), ("Practitioner/jens", "j o"), ("", "x")):
        assert desk.post(INVITE, {"person": person, "username": username}).status_code == 422
    page = desk.post(INVITE, {"person": "Practitioner/jens", "username": "j.okken"}).content.decode()
    code = re.search(r"[A-Z2-9]{4}(-[A-Z2-9]{4}){3}", page)[0]  # type: ignore[index]
    assert not opened("j.okken", "")
    services.redeem(code, "j.okken", NEW, address=ADDRESS)
    actor = queries.actor_of(services.sign_in("j.okken", NEW, address=ADDRESS))
    assert (actor.role, actor.organisation) == (Role.NURSE, "moorland")
    with pytest.raises(Conflict):
        services.invite(of(uwe), "Practitioner/jens", "j.okken2")
    with pytest.raises(Missing):
        services.invite(of(uwe), "Practitioner/bernd", "bernd")
    assert {"print-code", "redeem-code", "create"} <= set(AuditEvent.objects.values_list("action", flat=True))


def test_the_operator_looks_after_the_administrators_of_all_organisations(anna: User, uwe: User) -> None:
    operator = Actor(role=Role.OPERATOR, account=7, person="Practitioner/ada", organisation="gemeinde")
    assert [one.account for one in colleagues.sign_ins(operator)] == [uwe.pk]
    member("Practitioner/neu", "wiesenkamp", Role.ADMINISTRATOR)
    assert services.invite(operator, "Practitioner/neu", "neu").username == "neu"
