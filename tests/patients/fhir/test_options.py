"""OPTIONS: which methods an address has, for everybody alike, and nothing of what is there. RFC 9110, section 9.3.7."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from patients.audit.models import AuditEvent
from patients.records.models import Document
from tests.patients.fhir.bundles.conftest import entry, send
from tests.patients.fhir.conftest import FHIR, Person, issue

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

NOTHING = "b7765bbf-df40-486a-9f2f-404309643de6"
ALLOWED = {
    "": "GET, HEAD, OPTIONS, POST",
    "metadata": "GET, HEAD, OPTIONS",
    "_history": "GET, HEAD, OPTIONS",
    "_search": "OPTIONS, POST",
    "Observation": "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT",
    "Observation/_search": "OPTIONS, POST",
    "Observation/_history": "GET, HEAD, OPTIONS",
    f"Observation/{NOTHING}": "DELETE, GET, HEAD, OPTIONS, PATCH, PUT",
    f"Observation/{NOTHING}/_history": "GET, HEAD, OPTIONS",
    f"Observation/{NOTHING}/_history/1": "GET, HEAD, OPTIONS",
    f"Patient/{NOTHING}/Observation": "GET, HEAD, OPTIONS",
    f"Patient/{NOTHING}/*": "GET, HEAD, OPTIONS",
    f"Patient/{NOTHING}/Observation/_search": "OPTIONS, POST",
    f"Patient/{NOTHING}/$everything": "GET, HEAD, OPTIONS, POST",
    "Patient/$match": "OPTIONS, POST",
    "AuditEvent": "GET, HEAD, OPTIONS",
    f"AuditEvent/{NOTHING}": "GET, HEAD, OPTIONS",
    f"Communication/{NOTHING}": "DELETE, GET, HEAD, OPTIONS, PATCH, PUT",
    "Communication/chat-1": "GET, HEAD, OPTIONS",
}
NOWHERE = (
    "Spaceship",
    f"Spaceship/{NOTHING}",
    "Patient/1/2/3/4/5",
    "$unknown",
    "Patient/1/$unknown",
    "Observation/1/Flag",
)


def options(address: str, **headers: str) -> HttpResponse:
    """Asked by who is not signed in."""
    answer: HttpResponse = Client().options(f"/fhir/{address}", headers=headers)
    return answer


@pytest.mark.parametrize(("address", "allowed"), ALLOWED.items())
def test_what_is_allowed_is_what_can_be_done(anna: Person, address: str, allowed: str) -> None:
    answer = options(address)
    assert (answer.status_code, answer.content, answer.headers["Allow"]) == (204, b"", allowed)
    assert anna.client.options(f"/fhir/{address}").headers["Allow"] == allowed
    headers = {"authorization": f"Bearer {anna.token}"}
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
        done = anna.client.generic(method, f"/fhir/{address}", b"{}", FHIR, headers=headers)
        assert (done.status_code != 405) is (method in allowed.split(", ")), (method, done.status_code)
        assert done.headers.get("Allow", allowed) == allowed


@pytest.mark.parametrize("address", NOWHERE)
def test_an_address_that_leads_nowhere_has_no_methods(address: str) -> None:
    answer = options(address)
    assert (answer.status_code, "Allow" in answer.headers) == (404, False)


def test_an_id_that_cannot_be_one_is_refused() -> None:
    assert options("Patient/a_b").status_code == 400


def test_nobody_learns_what_is_there_or_leaves_a_trace(
    anna: Person, bernd: Person, hearts: Document, django_assert_num_queries: Any
) -> None:
    logged = AuditEvent.objects.count()
    for who in (anna, bernd, None):
        headers = {"authorization": f"Bearer {who.token}"} if who else {}
        for tail in ("", "/_history", "/_history/1"):
            with django_assert_num_queries(0):
                there, nothing = (
                    options(f"Observation/{one}{tail}", **headers) for one in (hearts.logical_id, NOTHING)
                )
            assert there.status_code == nothing.status_code == 204
            assert there.headers == nothing.headers
    assert AuditEvent.objects.count() == logged


def test_no_other_site_is_let_in() -> None:
    asking = {"origin": "https://elsewhere.example", "access-control-request-method": "GET", "accept": "text/html"}
    answer = options(f"Patient/{NOTHING}", **asking)
    assert answer.status_code == 204
    assert [name for name in answer.headers if name.lower().startswith("access-control")] == []
    assert answer.headers["Cache-Control"] == "no-store"


def test_it_is_no_entry_of_a_bundle(anna: Person) -> None:
    for kind in ("batch", "transaction"):
        refused = send(anna, kind, entry("OPTIONS", "Observation"))
        assert (refused.status_code, issue(refused)["expression"]) == (422, ["Bundle.entry[0].request.method"])
