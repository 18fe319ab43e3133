from __future__ import annotations

from dataclasses import replace

import pytest
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, connection, transaction
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from patients import events
from patients.accounts import queries, services
from patients.accounts.actor import Actor, Role, system
from patients.accounts.models import Token, User
from patients.audit.models import AuditEvent
from patients.errors import Conflict, Denied, Invalid, Missing
from tests.patients.accounts.conftest import ADDRESS, PASSWORD, SYSTEM, account, member

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


@pytest.fixture
def cuts() -> list[tuple[object, object]]:
    """Whose sockets were cut: (account, session)."""
    seen: list[tuple[object, object]] = []

    def cut(account: object = None, session: object = None, **ids: object) -> None:
        seen.append((account, session))

    events.on("account.cut", cut, when="inside")
    yield seen  # type: ignore[misc]
    events.forget("account.cut", cut)


def last_row() -> AuditEvent:
    return AuditEvent.objects.latest("id")


def test_anna_signs_in_with_her_name_however_she_writes_it(anna: User) -> None:
    for name in ("anna", "Anna", " ANNA "):
        assert services.sign_in(name, PASSWORD, address=ADDRESS) == anna
    row = last_row()
    assert (row.action, row.outcome, row.account, row.role) == ("sign-in", "done", anna.pk, "nurse")


def test_heinrich_signs_in_with_his(heinrich: User) -> None:
    assert services.sign_in("heinrich.brandt", PASSWORD, address=ADDRESS) == heinrich


def test_a_wrong_password_and_an_unknown_name_read_alike(anna: User) -> None:
    with pytest.raises(Invalid) as wrong:
        services.sign_in("anna", "falsch", address=ADDRESS)
    assert (last_row().outcome, last_row().ident, last_row().account) == ("denied", str(anna.pk), None)
    with pytest.raises(Invalid) as unknown:
        services.sign_in("annika", PASSWORD, address=ADDRESS)
    assert (last_row().outcome, last_row().ident) == ("denied", "")
    assert wrong.value.text == unknown.value.text


def test_an_unknown_name_costs_a_hash_as_well(anna: User, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.patients.accounts.conftest import Fast

    hashed: list[str] = []
    encode = Fast.encode

    def counted(self: Fast, password: str, salt: str, iterations: int | None = None) -> str:
        hashed.append(password)
        return encode(self, password, salt, iterations)

    monkeypatch.setattr(Fast, "encode", counted)
    for name in ("anna", "annika"):
        hashed.clear()
        with pytest.raises(Invalid):
            services.sign_in(name, "falsch", address=ADDRESS)
        assert hashed == ["falsch"]


def test_who_is_switched_off_reads_so_only_with_the_right_password(anna: User) -> None:
    services.deactivate(SYSTEM, anna.pk)
    with pytest.raises(Invalid, match=r"switched off|abgeschaltet"):
        services.sign_in("anna", PASSWORD, address=ADDRESS)
    with pytest.raises(Invalid) as wrong:
        services.sign_in("anna", "falsch", address=ADDRESS)
    with pytest.raises(Invalid) as unknown:
        services.sign_in("annika", "falsch", address=ADDRESS)
    assert wrong.value.text == unknown.value.text


def test_a_dump_names_staff_but_no_patient_and_no_relative(anna: User, heinrich: User, ida: User) -> None:
    for name in ("anna", "heinrich.brandt", "ida.brandt"):
        services.sign_in(name, PASSWORD, address=ADDRESS)
        with pytest.raises(Invalid):
            services.sign_in(name, "falsch", address=ADDRESS)
        services.token_for(name)
    with pytest.raises(Conflict):
        account("patient", "heinrich.brandt", "Patient/other")
    with connection.cursor() as cursor:
        dump = ""
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            dump += repr(cursor.fetchall()).casefold()
    assert "anna siemer" in dump
    assert "'anna'" in dump
    for word in ("brandt", "ida.", "heinrich.b", "falsch", "kennwort", "telecare_", "192.0.2"):
        assert word not in dump, word


def test_the_database_itself_refuses_the_name_of_a_patient(heinrich: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=heinrich.pk).update(name="Heinrich Brandt")


def test_a_sign_in_name_is_given_once_whoever_has_it(anna: User, heinrich: User) -> None:
    for kind, name in (("staff", "Anna"), ("patient", "anna"), ("staff", "heinrich.brandt"), ("relative", "ANNA")):
        with pytest.raises(Conflict):
            account(kind, name, "Practitioner/other")
    assert User.objects.count() == 2


@pytest.mark.parametrize("name", ["", " ", "a b", "ä", "x" * 41, "0" * 64, "-a", "a\x00b"])
def test_staff_names_are_plain(name: str) -> None:
    with pytest.raises(Invalid):
        account("staff", name, "Practitioner/x")
    assert not User.objects.exists()


def test_a_weak_password_is_refused_with_the_reason(anna: User) -> None:
    for weak in ("kurz", "password1234", "annasiemer123"):
        with pytest.raises(Invalid) as refused:
            services.change_password(queries.actor_of(anna), PASSWORD, weak, address=ADDRESS)
        assert refused.value.findings
    assert services.sign_in("anna", PASSWORD, address=ADDRESS) == anna


def test_the_old_password_must_fit(anna: User, cuts: list[tuple[object, object]]) -> None:
    with pytest.raises(Invalid):
        services.change_password(queries.actor_of(anna), "falsch", "noch ein gutes Kennwort", address=ADDRESS)
    assert last_row().outcome == "denied"
    assert cuts == []


def test_a_new_password_cuts_every_socket_of_the_account(anna: User, cuts: list[tuple[object, object]]) -> None:
    services.change_password(queries.actor_of(anna), PASSWORD, "noch ein gutes Kennwort", address=ADDRESS)
    assert cuts == [(anna.pk, None)]
    assert services.sign_in("anna", "noch ein gutes Kennwort", address=ADDRESS) == anna


def test_signing_out_cuts_the_sockets_of_that_session_only(anna: User, cuts: list[tuple[object, object]]) -> None:
    services.sign_out(queries.actor_of(anna, session="s1"))
    assert cuts == [(anna.pk, "s1")]
    assert last_row().action == "sign-out"


def test_deactivation_cuts_every_socket(anna: User, cuts: list[tuple[object, object]]) -> None:
    services.deactivate(SYSTEM, anna.pk)
    assert cuts == [(anna.pk, None)]
    assert not Token.objects.exists()


def test_an_administrator_manages_those_who_work_in_the_same_place(anna: User) -> None:
    ours = Actor(role=Role.ADMINISTRATOR, account=99, person="Practitioner/admin", organisation="moorland")
    services.deactivate(ours, anna.pk)
    assert not User.objects.get(pk=anna.pk).is_active
    services.activate(ours, anna.pk)
    assert User.objects.get(pk=anna.pk).is_active


def test_an_administrator_of_another_place_does_not_even_find_them(anna: User, heinrich: User) -> None:
    theirs = Actor(role=Role.ADMINISTRATOR, account=98, person="Practitioner/other", organisation="wiesenkamp")
    texts = set()
    for pk in (anna.pk, heinrich.pk, 987654):
        with pytest.raises(Missing) as missing:
            services.deactivate(theirs, pk)
        texts.add(missing.value.text)
    assert len(texts) == 1
    assert User.objects.filter(is_active=True).count() == 2


@pytest.mark.parametrize("role", [Role.NURSE, Role.DOCTOR, Role.PATIENT, Role.DATA_PROTECTION_OFFICER, Role.GUEST])
def test_nobody_else_manages_accounts(anna: User, role: Role) -> None:
    other = Actor(role=role, account=5, person="Practitioner/x", organisation="moorland")
    with pytest.raises(Denied):
        services.deactivate(other, anna.pk)
    with pytest.raises(Denied):
        services.create_account(other, kind="staff", username="zoe", person="Practitioner/anna")


def test_an_administrator_whose_account_is_off_manages_nothing(anna: User) -> None:
    off = replace(
        Actor(role=Role.ADMINISTRATOR, account=99, person="Practitioner/admin", organisation="moorland"), active=False
    )
    with pytest.raises(Denied):
        services.deactivate(off, anna.pk)


def test_an_administrator_opens_accounts_for_colleagues_only() -> None:
    ours = Actor(role=Role.ADMINISTRATOR, account=99, person="Practitioner/admin", organisation="moorland")
    member("Practitioner/jens", "moorland", Role.NURSE)
    member("Practitioner/bernd", "wiesenkamp", Role.NURSE)
    assert services.create_account(ours, kind="staff", username="jens", person="Practitioner/jens").pk
    with pytest.raises(Missing):
        services.create_account(ours, kind="staff", username="bernd", person="Practitioner/bernd")
    with pytest.raises(Missing):
        services.create_account(ours, kind="client", username="pump", person="")


def test_a_function_is_chosen_among_ones_own(anna: User, cuts: list[tuple[object, object]]) -> None:
    member("Practitioner/anna", "wiesenkamp", Role.NURSING_LEAD)
    member("Practitioner/bernd", "linden", Role.PHARMACIST)
    actor = queries.actor_of(anna, session="s1")
    chosen = services.choose_function(actor, anna, "wiesenkamp/nursing-lead")
    assert (chosen.organisation, chosen.role) == ("wiesenkamp", Role.NURSING_LEAD)
    assert cuts == [(anna.pk, "s1")]
    for key in ("linden/pharmacist", "moorland/doctor", ""):
        with pytest.raises(Missing):
            services.choose_function(actor, anna, key)


def test_a_token_by_name_for_the_command_line(anna: User, heinrich: User) -> None:
    for name, pk in (("anna", anna.pk), ("Heinrich.Brandt", heinrich.pk)):
        actor = queries.actor_of_token(services.token_for(name))
        assert actor is not None
        assert actor.account == pk
    with pytest.raises(Missing):
        services.token_for("bernd")


def test_the_system_client_is_one_account_that_nobody_can_sign_in_to() -> None:
    first = queries.actor_of_token(services.token_for("system"))
    second = queries.actor_of_token(services.token_for("system"))
    assert first is not None
    assert second is not None
    assert first.account == second.account
    assert (first.role, first.active) == (Role.SYSTEM_CLIENT, True)
    User.objects.update(password=make_password(PASSWORD))
    for password in ("", PASSWORD):
        with pytest.raises(Invalid):
            services.sign_in("system", password, address=ADDRESS)


def test_the_language_is_kept_with_the_account(anna: User) -> None:
    services.choose_language(queries.actor_of(anna), "en")
    assert User.objects.get(pk=anna.pk).language == "en"
    with pytest.raises(Invalid):
        services.choose_language(queries.actor_of(anna), "xx")


def test_events_reach_the_gateway_only_after_the_commit(
    anna: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    seen: list[object] = []

    def cut(**ids: object) -> None:
        seen.append(ids)

    events.on("account.cut", cut)
    try:
        with django_capture_on_commit_callbacks() as waiting:
            services.deactivate(system("test"), anna.pk)
            assert seen == []
        for call in waiting:
            call()
        assert seen == [{"account": anna.pk, "session": None}]
    finally:
        events.forget("account.cut", cut)


def test_a_program_has_tokens_and_never_a_session(anna: User) -> None:
    program = services.create_account(system("test"), kind="client", username="portal", name="Portal")
    browser, hers = Client(), Client()
    browser.force_login(program)
    hers.force_login(anna)
    key = browser.cookies[settings.SESSION_COOKIE_NAME].value
    assert queries.actor_of_session_key(key) is None
    assert queries.actor_of_session_key(hers.cookies[settings.SESSION_COOKIE_NAME].value) is not None
    assert queries.actor_of_token(services.issue_token(program)) is not None
