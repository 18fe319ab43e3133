from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import path

from config import urls
from patients import audit
from patients.accounts import http, services
from patients.accounts.actor import Actor, Role, system
from patients.accounts.models import Membership, User
from patients.audit.models import AuditEvent
from patients.database import write
from patients.errors import Conflict, Denied, Finding, Gone, Invalid, Missing, Problem, Unavailable
from patients.vault import Locked

pytestmark = pytest.mark.django_db
RAISED: dict[str, Problem] = {}


def problem(request: HttpRequest, kind: str) -> HttpResponse:
    raise RAISED[kind]


def begun(request: HttpRequest) -> HttpResponse:
    with write():
        audit.record(None, action="create", detail="undone")
        raise Denied("Das geht nicht.")


def who(request: HttpRequest) -> HttpResponse:
    actor: Actor | None = request.actor  # type: ignore[attr-defined]
    return HttpResponse("nobody" if actor is None else f"{actor.role} {actor.organisation} {actor.room}")


urlpatterns = [
    *urls.urlpatterns,
    path("test/problem/<kind>", problem, name="test-problem"),
    path("test/begun", begun, name="test-begun"),
    path("test/who", who),
]


@pytest.fixture(autouse=True)
def pages_that_fail() -> Iterator[None]:
    RAISED.clear()
    with override_settings(ROOT_URLCONF=__name__):
        yield


@pytest.fixture
def anna() -> User:
    Membership.objects.create(person="Practitioner/anna", organisation="moorland", role="nurse", document="anna")
    return services.create_account(system("test"), kind="staff", username="anna", person="Practitioner/anna")


@pytest.mark.parametrize(
    ("raised", "status"),
    [
        (Missing("x"), 404),
        (Gone("x"), 410),
        (Denied("x"), 403),
        (Invalid("x"), 422),
        (Conflict("x"), 409),
        (Unavailable("x"), 503),
        (Locked("x"), 503),
        (Problem("x"), 500),
    ],
)
def test_each_kind_of_problem_has_its_page(client: Client, raised: Problem, status: int) -> None:
    RAISED["it"] = raised
    answer = client.get("/test/problem/it")
    assert answer.status_code == status
    assert "<h1" in answer.content.decode()


def test_what_may_not_be_seen_looks_like_what_does_not_exist(client: Client) -> None:
    RAISED["hidden"] = Missing("Heinrich Brandt gehört zu einem anderen Dienst.")
    RAISED["absent"] = Missing("Das gibt es nicht.")
    hidden, absent = client.get("/test/problem/hidden"), client.get("/test/problem/absent")
    assert hidden.status_code == absent.status_code == client.get("/test/nowhere").status_code == 404
    assert "Heinrich" not in hidden.content.decode()
    one, other = (re.sub(r'(name="csrf[^>]*|value="[^"]*")', "", page.content.decode()) for page in (hidden, absent))
    assert one.replace("problem/hidden", "problem/absent") == other


def test_the_page_says_what_to_do_and_where(client: Client) -> None:
    RAISED["it"] = Invalid("Bitte prüfen Sie den Wert.", Finding("Höchstens 300 mmHg.", where="value"))
    page = client.get("/test/problem/it").content.decode()
    assert "Bitte prüfen Sie den Wert." in page
    assert "Höchstens 300 mmHg." in page


def test_a_locked_vault_does_not_tell_strangers_where_the_key_lies(client: Client) -> None:
    RAISED["it"] = Locked("The master key /etc/telecare/master.key is open to others.")
    assert "master.key" not in client.get("/test/problem/it").content.decode()


def test_a_problem_text_is_shown_as_text(client: Client) -> None:
    RAISED["it"] = Denied("<script>alert(1)</script>")
    assert "<script>alert" not in client.get("/test/problem/it").content.decode()


def test_a_refusal_is_logged_after_what_was_begun_is_undone(client: Client, anna: User) -> None:
    client.force_login(anna)
    assert client.post("/test/begun").status_code == 403
    row = AuditEvent.objects.latest("id")
    assert (row.action, row.outcome, row.type, row.ident) == ("post", "denied", "page", "test-begun")
    assert (row.account, row.role, row.organisation) == (anna.pk, "nurse", "moorland")
    assert not AuditEvent.objects.filter(detail="undone").exists()


def test_a_refusal_that_looks_like_missing_is_logged_as_what_it_was(client: Client, anna: User) -> None:
    hidden = Missing("x")
    hidden.refused = (audit.Entry("read", "denied", patient="heinrich", type="Patient", ident="heinrich"),)
    RAISED["hidden"], RAISED["absent"] = hidden, Missing("x")
    client.force_login(anna)
    before = AuditEvent.objects.count()
    assert client.get("/test/problem/absent").status_code == 404
    assert AuditEvent.objects.count() == before
    assert client.get("/test/problem/hidden").status_code == 404
    row = AuditEvent.objects.latest("id")
    assert (row.patient, row.outcome, row.account) == ("heinrich", "denied", anna.pk)


def test_an_error_of_ours_stays_one(client: Client) -> None:
    client.raise_request_exception = False
    RAISED["it"] = ZeroDivisionError()  # type: ignore[assignment]
    assert client.get("/test/problem/it").status_code == 500


def test_strangers_are_nobody_and_cost_no_statement(client: Client) -> None:
    with CaptureQueriesContext(
        connection,
    ) as spent:
        assert client.get("/test/who").content == b"nobody"
    assert len(spent) == 0


def test_anna_is_known_with_two_statements(client: Client, anna: User) -> None:
    client.force_login(anna)
    with CaptureQueriesContext(connection) as spent:
        assert client.get("/test/who").content == b"nurse moorland None"
    assert len(spent) == 2


def test_a_cookie_that_is_no_session_is_nobody(client: Client) -> None:
    client.cookies["telecare"] = "x" * 32
    assert client.get("/test/who").content == b"nobody"


def test_guests_are_known_by_those_above_unless_an_account_is_signed_in(
    client: Client, anna: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "_sources", [])
    http.recognise(lambda request: None)
    http.recognise(lambda request: Actor(role=Role.GUEST, room="r1") if "guest" in request.COOKIES else None)
    assert client.get("/test/who").content == b"nobody"
    client.cookies["guest"] = "1"
    assert client.get("/test/who").content == b"guest None r1"
    client.force_login(anna)
    assert client.get("/test/who").content == b"nurse moorland None"
