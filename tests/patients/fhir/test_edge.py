"""Who may come in, in which form, and what hostile input gets: a refusal that names its place, never a 500."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from patients.records import validation
from patients.records.models import Document
from tests import hostile
from tests.patients.fhir.conftest import FHIR, Person, content, issue, pulse

pytestmark = [pytest.mark.django_db]


def test_strangers_are_asked_to_sign_in(db: None) -> None:
    answer = Client().get("/fhir/Patient")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert issue(answer)["code"] == "login"
    wrong = Client().get("/fhir/Patient", headers={"authorization": "Bearer telecare_nonsense"})
    assert wrong.status_code == 401
    assert "invalid_token" in wrong.headers["WWW-Authenticate"]
    assert Client().get("/fhir/Patient", headers={"authorization": "Basic eDp5"}).status_code == 401


def test_everybody_may_ask_what_this_server_can_do(db: None) -> None:
    statement = content(Client().get("/fhir/metadata"))
    assert statement["resourceType"] == "CapabilityStatement"
    assert statement["fhirVersion"] == "4.0.1"


def test_only_json_is_spoken(anna: Person, heinrich: str) -> None:
    for asked in ("application/fhir+xml", "text/html", "application/fhir+json; fhirVersion=5.0"):
        refused = anna.get(f"Patient/{heinrich}", accept=asked)
        assert refused.status_code == 406
        issue(refused)
    assert anna.get(f"Patient/{heinrich}?_format=xml").status_code == 406
    assert anna.get(f"Patient/{heinrich}?_format=json", accept="text/html").status_code == 200
    assert anna.get(f"Patient/{heinrich}", accept="text/html,*/*;q=0.8").status_code == 200
    plain = anna.get(f"Patient/{heinrich}", accept="application/json")
    assert plain.headers["Content-Type"] == "application/json; charset=utf-8"


def test_a_body_is_sent_as_json_and_as_it_is(anna: Person, heinrich: str) -> None:
    body = json.dumps({"resourceType": "Patient"}).encode()
    headers = {"authorization": f"Bearer {anna.token}"}
    for media in ("application/fhir+xml", "text/plain", "", "multipart/form-data; boundary=x"):
        assert anna.client.post("/fhir/Patient", body, media, headers=headers).status_code == 415
    packed = anna.client.post(
        "/fhir/Patient", gzip.compress(body), FHIR, headers={**headers, "content-encoding": "gzip"}
    )
    assert packed.status_code == 415


def test_a_method_that_does_nothing_here_is_named_as_such(anna: Person, heinrich: str) -> None:
    refused = anna.post(f"Patient/{heinrich}", {"resourceType": "Patient"})
    assert refused.status_code == 405
    assert refused.headers["Allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"


def test_a_browser_session_writes_only_with_its_csrf_token(anna: Person, heinrich: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(anna.user, backend="patients.accounts.backends.SignIn")
    assert browser.get(f"/fhir/Patient/{heinrich}").status_code == 200
    body = json.dumps(pulse(heinrich), default=str).replace('"72"', "72")
    assert browser.post("/fhir/Observation", body, FHIR).status_code == 403
    token = "a" * 32
    browser.cookies[settings.CSRF_COOKIE_NAME] = token
    sent = browser.post("/fhir/Observation", body, FHIR, headers={"x-csrftoken": token})
    assert sent.status_code == 201


def test_a_token_ends_with_its_account(anna: Person, heinrich: str) -> None:
    anna.user.is_active = False
    anna.user.save()
    assert anna.get(f"Patient/{heinrich}").status_code == 401


def test_who_lost_their_function_is_refused(anna: Person, heinrich: str) -> None:
    from patients.accounts.models import Membership

    Membership.objects.all().delete()
    assert anna.get(f"Patient/{heinrich}").status_code == 403


def test_a_body_that_is_too_large_is_not_read_to_its_end(anna: Person, heinrich: str, settings: Any) -> None:
    settings.FHIR_BODY_LIMIT = 1000
    refused = anna.post("Observation", pulse(heinrich, note=[{"text": "x" * 1000}]))
    assert refused.status_code == 413
    assert issue(refused)["code"] == "too-long"


@pytest.fixture(scope="module", autouse=True)
def the_definitions_are_loaded() -> None:
    """Once per process, as a server does; what is timed below is the work for one request."""
    validation.check({"resourceType": "Observation", "status": "final", "code": {"text": "x"}})


@pytest.mark.parametrize("what", hostile.BODIES)
def test_a_hostile_body_is_refused_at_once(anna: Person, what: str) -> None:
    answer = anna.post("Observation", hostile.BODIES[what])
    assert answer.status_code in (400, 413, 422), answer.content
    assert issue(answer)["severity"] == "error"
    assert not Document.objects.filter(type="Observation").exists()


def test_a_hundred_thousand_names_are_refused_at_once(machine: Person) -> None:
    answer = machine.post(
        "Patient", b'{"resourceType":"Patient","name":[' + b'{"family":"x"},' * 99_999 + b'{"family":"y"}]}'
    )
    assert answer.status_code in (400, 413, 422)


@pytest.mark.parametrize("count", [100, 1000, 5000])
def test_a_bundle_of_many_entries_is_stored_or_refused_soon(machine: Person, count: int) -> None:
    entry = b'{"resource":{"resourceType":"Observation","status":"final","code":{"text":"x"}}}'
    bundle = b'{"resourceType":"Bundle","type":"collection","entry":[' + b",".join([entry] * count) + b"]}"
    answer = machine.post("Bundle", bundle)
    assert answer.status_code in (201, 400, 413, 422)


@pytest.mark.parametrize("address", hostile.ADDRESSES)
def test_a_hostile_address_is_answered_or_refused_at_once(anna: Person, address: str) -> None:
    answer = anna.get(address)
    assert answer.status_code in (200, 400, 404), answer.content
    assert content(answer)["resourceType"] in ("OperationOutcome", "Bundle")


def test_a_foreign_host_is_refused(anna: Person) -> None:
    assert anna.get("Patient", host="evil.example").status_code == 400
