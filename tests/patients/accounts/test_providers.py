"""Clara signs in at her hospital's identity provider, a real one in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from time import time
from typing import Any

import httpx
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from config import env
from patients.accounts import providers, queries
from patients.accounts.actor import Role
from patients.accounts.factors import codes
from patients.accounts.models import ProviderLink, Session, User
from patients.audit.models import AuditEvent
from patients.database import write
from tests.patients.accounts.conftest import account, member
from tests.patients.accounts.oidc_provider import CLIENT, SECRET
from tests.running import ROOT

pytestmark = [pytest.mark.django_db, pytest.mark.storage]
LEAVE, BACK, LINKED = "/sign-in/with/klinikum/", "/sign-in/with/klinikum/back/", "/account/providers/"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.patients.accounts.oidc_provider"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        process.kill()


@pytest.fixture(autouse=True)
def klinikum(issuer: str, settings: Settings) -> dict[str, Any]:
    one = {"name": "Klinikum Ahrental", "issuer": issuer, "client_id": CLIENT, "client_secret": SECRET}
    settings.IDENTITY_PROVIDERS = {"klinikum": one}
    return one


@pytest.fixture
def clara(db: None) -> User:
    member("Practitioner/clara", "klinikum", Role.DOCTOR)
    return account("staff", "clara", "Practitioner/clara", "Dr. Clara Voss")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    session = client.session
    session[queries.CONFIRMED] = int(time())
    session.save()
    return client


def at_the_provider(address: str, **more: str) -> str:
    """What the provider's browser page does: lets one in as `sub`, and sends back."""
    answer = httpx.get(address, params={**dict(httpx.URL(address).params), "sub": "cv-1", **more})
    return answer.headers["Location"].partition("8000")[2]


def there_and_back(client: Client, **more: str) -> Any:
    return client.get(at_the_provider(client.get(LEAVE).headers["Location"], **more))


def link(user: User, **more: str) -> Client:
    client = signed_in(user)
    off = client.post(LINKED, {"provider": "klinikum", "act": "link"}).headers["Location"]
    client.get(at_the_provider(off, **more))
    return client


def who(client: Client) -> int | None:
    actor = queries.actor_of_session_key(client.cookies["telecare"].value)
    return actor.account if actor else None


def test_clara_links_her_account_and_signs_in_at_the_hospital_from_then_on(clara: User) -> None:
    page = link(clara).get(LINKED).content.decode()
    assert "Verknüpft" in page
    assert "Mit Klinikum Ahrental anmelden" in Client().get("/sign-in/").content.decode()
    browser = Client()
    assert there_and_back(browser).headers["Location"] == "/"
    assert who(browser) == clara.pk
    row = AuditEvent.objects.filter(action="sign-in").latest("id")
    assert (row.outcome, row.detail, row.account) == ("done", "klinikum", clara.pk)


def test_nobody_is_let_in_who_is_not_linked_and_no_account_is_made(clara: User) -> None:
    link(clara)
    browser = Client()
    answer = browser.get(there_and_back(browser, sub="clara").headers["Location"])
    assert "Kein Konto hier ist damit verknüpft" in answer.content.decode()
    assert who(browser) is None
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    "fault", ["issuer", "audience", "two audiences", "nonce", "expired", "none", "shared", "key", "kid"]
)
def test_an_answer_that_cannot_be_believed_signs_nobody_in(clara: User, fault: str) -> None:
    link(clara)
    browser = Client()
    assert there_and_back(browser, fault=fault).headers["Location"] == "/sign-in/"
    assert who(browser) is None


def test_an_answer_meant_for_another_browser_or_given_twice_is_refused(clara: User) -> None:
    link(clara)
    one, other, third = Client(), Client(), Client()
    back = at_the_provider(one.get(LEAVE).headers["Location"])
    other.get(LEAVE)
    assert other.get(back).headers["Location"] == "/sign-in/"
    assert third.get(back).headers["Location"] == "/sign-in/"
    assert who(other) is None
    assert one.get(back).headers["Location"] == "/"
    one.get("/sign-in/")
    assert one.get(back).headers["Location"] == "/sign-in/"


def test_a_journey_holds_for_ten_minutes_and_back_to_the_provider_it_led_to(
    clara: User, klinikum: dict[str, Any], settings: Settings
) -> None:
    link(clara)
    settings.IDENTITY_PROVIDERS = {"klinikum": klinikum, "praxis": {**klinikum, "name": "Praxis"}}
    late, mixed = Client(), Client()
    back = at_the_provider(late.get(LEAVE).headers["Location"])
    row = Session.objects.get(user=None)
    assert timezone.now() < row.expires_at <= timezone.now() + timedelta(minutes=10)
    Session.objects.filter(pk=row.pk).update(expires_at=timezone.now())
    assert late.get(back).headers["Location"] == "/sign-in/"
    back = at_the_provider(mixed.get(LEAVE).headers["Location"])
    assert mixed.get(back.replace("klinikum", "praxis")).headers["Location"] == "/sign-in/"
    assert mixed.get(back).headers["Location"] == "/sign-in/"  # one answer a journey
    assert who(mixed) is None


def test_a_code_of_the_provider_that_was_stolen_is_of_no_use_in_a_journey_of_the_thiefs(clara: User) -> None:
    link(clara)
    hers, thief = Client(), Client()
    code = httpx.URL(at_the_provider(hers.get(LEAVE).headers["Location"])).params["code"]
    own = httpx.URL(at_the_provider(thief.get(LEAVE).headers["Location"], sub="thief"))
    stolen = own.copy_set_param("code", code)
    assert thief.get(str(stolen)).headers["Location"] == "/sign-in/"
    assert who(thief) is None


def test_a_person_there_is_one_account_here(clara: User, anna: User) -> None:
    link(clara)
    assert "schon verknüpft" in link(anna).get(LINKED).content.decode()
    assert not ProviderLink.objects.filter(user=anna).exists()


def test_linking_takes_the_password_and_is_undone(clara: User) -> None:
    client = Client()
    client.force_login(clara)
    assert (
        client.post(LINKED, {"provider": "klinikum", "act": "link"}).headers["Location"].startswith("/account/confirm")
    )
    linked = link(clara)
    assert linked.post(LINKED, {"provider": "klinikum", "act": "unlink"}).headers["Location"] == LINKED
    assert there_and_back(Client()).headers["Location"] == "/sign-in/"
    assert linked.post(LINKED, {"provider": "other", "act": "unlink"}).status_code == 404


def test_ones_own_second_factor_is_still_asked_unless_the_operator_trusts_theirs(
    clara: User, klinikum: dict[str, Any]
) -> None:
    link(clara)
    with write():
        codes.keep(clara, codes.new_secret(), 1)
    browser = Client()
    assert there_and_back(browser, amr="pwd mfa").headers["Location"].startswith("/sign-in/code/")
    assert who(browser) is None
    klinikum["trusts_factor"] = True
    for alone in ("pwd", "otp", "hwk", "swk sms", "pwd pin", ""):
        assert there_and_back(Client(), amr=alone).headers["Location"].startswith("/sign-in/code/"), alone
    for both in ("pwd mfa", "mfa", "pwd otp", "pin hwk", "sc pin"):
        assert there_and_back(Client(), amr=both).headers["Location"] == "/", both


def test_the_demand_for_a_second_factor_holds_here_too(clara: User, settings: Settings) -> None:
    link(clara)
    settings.SECOND_FACTOR = "roles"
    browser = Client()
    there_and_back(browser)
    actor = queries.actor_of_session_key(browser.cookies["telecare"].value)
    assert actor is not None
    assert actor.incomplete


def test_who_was_switched_off_is_not_let_in(clara: User) -> None:
    link(clara)
    User.objects.update(is_active=False)
    assert there_and_back(Client()).headers["Location"] == "/sign-in/"


def test_a_provider_that_is_down_is_said_in_words(clara: User, klinikum: dict[str, Any]) -> None:
    klinikum["issuer"] = "http://127.0.0.1:9"
    answer = Client().get(LEAVE, follow=True)
    assert "antwortet nicht" in answer.content.decode()


def test_a_wrong_secret_of_ours_signs_nobody_in(clara: User, klinikum: dict[str, Any]) -> None:
    link(clara)
    klinikum["client_secret"] = "alt"
    browser = Client()
    assert there_and_back(browser).headers["Location"] == "/sign-in/"


def test_neither_subject_nor_secret_stands_in_a_dump(clara: User) -> None:
    link(clara, sub="clara.voss@klinikum.example")
    Client().get(LEAVE)
    with connection.cursor() as cursor:
        dump = ""
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            dump += repr(cursor.fetchall())
    assert "klinikum.example" not in dump
    assert SECRET not in dump


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '{"x": 1}', '{"x": {"name": "X"}}', json.dumps({"A b": {}}),
     json.dumps({"x": {"name": "X", "issuer": "http://x.example", "client_id": "a", "client_secret": "b"}})],
)  # fmt: skip
def test_settings_that_cannot_be_used_stop_the_start(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELECARE_OIDC", text)
    with pytest.raises(ImproperlyConfigured, match="TELECARE_OIDC is not valid"):
        env.providers("TELECARE_OIDC")


def test_providers_are_offered_without_a_statement(klinikum: dict[str, Any], django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert [one.name for one in providers.offered()] == ["Klinikum Ahrental"]
