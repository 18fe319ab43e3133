"""The first person of a network, and all others through her: by command, code on paper and pages, as in a real one."""

from __future__ import annotations

import io
import re
from typing import Any

import httpx
import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from config import cli
from config.commands import doctor
from patients.accounts.models import User
from patients.audit.models import AuditEvent
from patients.records.models import Document
from tests.running import server

pytestmark = [pytest.mark.django_db]
ERIKA = ("erika.muster", "--name", "Erika Muster", "--organisation", "Landkreis Ahrental")
PASSWORD = "Kran Gurke Lampe Fjord 7"


def told(*words: str) -> tuple[int, str]:
    out = io.StringIO()
    return cli.run(["operator", *words], out), out.getvalue()


def code_in(text: str) -> str:
    found = re.search(r"(?:[A-Z2-9]{4}-){3}[A-Z2-9]{4}", text)
    assert found is not None, text
    return found[0]


def signed_in(code: str, username: str) -> Client:
    """Somebody who makes a password of the code, and signs in with it."""
    client = Client()
    sent = {"code": code, "username": username, "password": PASSWORD}
    assert client.post(reverse("accounts:first"), sent).status_code == 302
    entered = client.post(reverse("accounts:sign-in"), {"username": username, "password": PASSWORD})
    assert entered.status_code == 302, entered.content.decode()
    return client


def invited(by: Client, person: str, username: str) -> str:
    """The code on the sheet that is printed for somebody."""
    answer = by.post(reverse("accounts:invite"), {"person": person, "username": username})
    assert answer.status_code == 200, answer.content.decode()
    return code_in(answer.content.decode())


def entered(by: Client, organisation: str, family: str, role: str) -> str:
    """Somebody who works there from now on, entered on the page of staff: a reference."""
    sent = {"given": "Kim", "family": family, "role": role}
    answer = by.post(reverse("network:colleague-new", args=[organisation]), sent)
    assert answer.status_code == 302, answer.content.decode()
    return f"Practitioner/{Document.objects.filter(type='Practitioner').latest('pk').logical_id}"


@pytest.mark.storage
def test_an_empty_network_grows_from_one_command_to_a_nurse(settings: Settings):
    settings.SECOND_FACTOR = "none"
    status, text = told(*ERIKA)
    assert status == 0, text
    assert reverse("accounts:first") in text
    erika = signed_in(code_in(text), "erika.muster")
    service = {"name": "Pflegedienst Deich", "kind": "nursing-service"}
    assert erika.post(reverse("network:organisation-new"), service).status_code == 302
    place = Document.objects.filter(type="Organization").latest("pk").logical_id
    office = signed_in(invited(erika, entered(erika, place, "Amt", "administrator"), "kim.amt"), "kim.amt")
    nurse = signed_in(invited(office, entered(office, place, "Pflege", "nurse"), "kim.pflege"), "kim.pflege")
    assert nurse.get(reverse("network:admit")).status_code == 200
    assert nurse.get(reverse("network:organisation-new")).status_code == 404
    made = AuditEvent.objects.filter(role="system", type="Account", action="create").get()
    assert made.ident == str(User.objects.get(username="erika.muster").pk)


@pytest.mark.storage
def test_what_was_lost_is_given_back_by_another_code_and_a_second_operator_joins_the_same_district():
    first, again = code_in(told(*ERIKA)[1]), told("erika.muster")
    assert again[0] == 0
    assert code_in(again[1]) != first
    sent = {"code": first, "username": "erika.muster", "password": PASSWORD}
    assert Client().post(reverse("accounts:first"), sent).status_code == 422  # the newer one counts
    assert told("otto", "--name", "Otto Zweit", "--organisation", "Landkreis Ahrental")[0] == 0
    assert Document.objects.filter(type="Organization").count() == 1


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("nobody",), "is no operator"),
        (("anna",), "is no operator"),
        (("new", "--name", "Erika"), 'needs --name "Given Family" and --organisation'),
        (("new", "--name", "Erika Muster"), "needs --name"),
        (("a b", "--name", "Erika Muster", "--organisation", "Kreis"), "1 bis 40"),
        (("anna", "--name", "Erika Muster", "--organisation", "Kreis"), "vergeben"),
    ],
)
def test_what_cannot_be_is_refused_with_words_and_leaves_nothing(cast: Any, words: tuple[str, ...], answer: str):
    before = Document.objects.count(), User.objects.count()
    status, text = told(*words)
    assert status == 1
    assert answer in text
    assert (Document.objects.count(), User.objects.count()) == before


@pytest.mark.storage
def test_the_doctor_says_that_nobody_runs_the_network_until_somebody_does():
    assert [words[:28] for words in doctor._nobody()] == ["Nobody runs this network yet"]
    told(*ERIKA)
    assert not list(doctor._nobody())


def test_it_is_done_beside_a_server_that_serves_no_demo(tmp_path):
    with (
        server(tmp_path / "data", TELECARE_DEMO="0") as running,
        httpx.Client(base_url=running.url, timeout=60) as browser,
    ):
        done = running.command("operator", *ERIKA)
        assert done.returncode == 0, done.stdout + done.stderr
        page = browser.get("/sign-in/first/")
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
        assert token is not None
        sent = {"csrfmiddlewaretoken": token[1], "code": code_in(done.stdout), "username": "erika.muster",
                "password": PASSWORD}  # fmt: skip
        answer = browser.post("/sign-in/first/", data=sent, headers={"Origin": running.url})
        assert (answer.status_code, answer.headers.get("Location")) == (302, "/sign-in/"), answer.text
