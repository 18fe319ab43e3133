"""What an entry must say, and what it may leave open."""

from __future__ import annotations

from datetime import timedelta

import pytest

from patients.records.models import Document
from patients.records.wire import instant
from tests.patients.fhir.bundles.conftest import answered, entry, send, statuses
from tests.patients.fhir.conftest import Json, Person, content, issue, pulse

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

THERE = "https://elsewhere.example/fhir/Observation"
URN = "urn:uuid:5e0f0f0a-7b0b-4c38-9d6e-0d3b9f3c6a11"


def test_an_instant_in_a_bundle_means_the_same_as_the_header(clara: Person, hearts: Document) -> None:
    """In a Bundle it is no date of HTTP; passed over, it would send what the client has."""
    before, after = (hearts.updated_at + timedelta(minutes=by) for by in (-1, 1))
    asked = [entry("GET", hearts.reference, ifModifiedSince=instant(one)) for one in (before, after)]
    assert statuses(send(clara, "batch", *asked)) == [200, 304]
    assert statuses(send(clara, "transaction", *asked)) == [200, 304]
    local = after.isoformat(timespec="seconds").replace("+00:00", "+01:00")
    assert statuses(send(clara, "batch", entry("GET", hearts.reference, ifModifiedSince=local))) == [200]


@pytest.mark.parametrize(("method", "place"), [("POST", ""), ("PUT", "/x"), ("PATCH", "/x"), ("PUT", "?code=x")])
@pytest.mark.parametrize("kind", ["batch", "transaction"])
def test_what_is_to_be_written_and_is_not_there_is_named(kind: str, method: str, place: str, clara: Person) -> None:
    refused = send(clara, kind, entry(method, f"Observation{place}"))
    if kind == "batch":
        told = answered(refused)[0]["response"]
        assert told["status"] == "400 Bad Request"
        found = told["outcome"]["issue"][0]
    else:
        assert refused.status_code == 400
        found = issue(refused)
    assert (found["code"], found["expression"]) == ("required", ["Bundle.entry[0].resource"])


@pytest.mark.parametrize(
    ("address", "ident"),
    [(f"{THERE}/5", "6"), ("https://elsewhere.example/fhir/Task/6", "6"), (f"{THERE}/6/_history/1", "6")],
)
@pytest.mark.parametrize("kind", ["batch", "transaction"])
def test_an_address_that_disagrees_with_its_resource_is_refused(
    kind: str, address: str, ident: str, clara: Person, heinrich: str
) -> None:
    refused = send(clara, kind, entry("POST", "Observation", pulse(heinrich, id=ident), address))
    assert (refused.status_code, issue(refused)["expression"]) == (422, ["Bundle.entry[0].fullUrl"])
    assert not Document.objects.filter(type="Observation").exists()


@pytest.mark.parametrize("address", [f"{THERE}/6", URN, "https://elsewhere.example/things?6", ""])
def test_an_address_that_agrees_or_names_no_resource_is_taken(address: str, clara: Person, heinrich: str) -> None:
    assert statuses(send(clara, "transaction", entry("POST", "Observation", pulse(heinrich, id="6"), address))) == [201]
    assert statuses(send(clara, "transaction", entry("POST", "Observation", pulse(heinrich), f"{THERE}/5"))) == [201]


def test_a_link_to_a_version_leads_to_the_version_that_is_made(clara: Person, heinrich: str) -> None:
    """Its sender cannot know that one, and may write any; of what exists already the current one is meant."""

    def linked(*more: Json) -> str:
        member = pulse(heinrich, hasMember=[{"reference": f"{URN}/_history/7"}])
        told = answered(send(clara, "transaction", entry("POST", "Observation", member), *more))
        return str(told[0]["resource"]["hasMember"][0]["reference"])

    lab = {"identifier": [{"system": "urn:example:lab", "value": "4711"}]}
    new = entry("POST", "Observation", pulse(heinrich, **lab), URN, ifNoneExist="identifier=urn:example:lab|4711")
    first = linked(new)
    assert first.endswith("/_history/1")
    reference = first.partition("/_history/")[0]
    assert clara.put(reference, {**content(clara.get(reference)), "status": "amended"}).status_code == 200
    assert linked(new) == f"{reference}/_history/2"


def test_a_batch_follows_no_links_and_stores_none_that_nobody_would(clara: Person, heinrich: str) -> None:
    """Only the entry that has one is refused."""
    linked = pulse(heinrich, hasMember=[{"reference": f"{URN}/_history/1"}])
    entries = [entry("POST", "Observation", pulse(heinrich), URN), entry("POST", "Observation", linked)]
    made, refused = answered(send(clara, "batch", *entries))
    assert made["response"]["status"] == "201 Created"
    assert refused["response"]["status"] == "400 Bad Request"
    found = refused["response"]["outcome"]["issue"][0]
    assert (found["code"], found["expression"]) == ("business-rule", ["Bundle.entry[1].resource"])
    assert "transaction" in found["details"]["text"]
    elsewhere = entry("POST", "Observation", pulse(heinrich, hasMember=[{"reference": URN}]))
    assert statuses(send(clara, "batch", elsewhere)) == [201]
    assert statuses(send(clara, "transaction", *entries)) == [201, 201]
