"""What became of resources, page by page."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone

from patients.access import repository
from patients.accounts.actor import Actor
from patients.audit.models import AuditEvent
from patients.network import services
from patients.records.models import Change, Document
from tests.patients.fhir.conftest import Json, Person, content, issue, pulse

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


def past(who: Person, address: str, **headers: str) -> Json:
    answer = who.get(address, **headers)
    assert answer.status_code == 200, answer.content
    bundle = content(answer)
    assert bundle["type"] == "history"
    return bundle


def told(bundle: Json) -> list[tuple[str, str]]:
    """Method and id of each entry."""
    return [(one["request"]["method"], one["fullUrl"].rpartition("/")[2]) for one in bundle.get("entry", ())]


def following(bundle: Json) -> str | None:
    links = {one["relation"]: one["url"] for one in bundle["link"]}
    return links["next"].partition("/fhir/")[2] if "next" in links else None


def all_pages(who: Person, address: str | None) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    while address is not None:
        bundle = past(who, address)
        found += told(bundle)
        address = following(bundle)
    return found


def test_the_history_of_a_type_tells_every_write_that_one_may_see(
    anna: Person, bernd: Person, clara: Person, david: Person, heinrich: str, hearts: Document, wilma: Actor
) -> None:
    clara.put(hearts.reference, pulse(heinrich, "74", id=hearts.logical_id))
    other = content(clara.post("Observation", pulse(heinrich, "75")))["id"]
    hers = content(david.post("Observation", pulse(str(wilma.patient), "76")))["id"]
    clara.delete(hearts.reference)
    first = hearts.logical_id
    bundle = past(anna, "Observation/_history")
    assert told(bundle) == [("DELETE", first), ("POST", other), ("PUT", first), ("POST", first)]
    assert bundle["total"] == 4
    values = [one["resource"]["valueQuantity"]["value"] for one in bundle["entry"] if "resource" in one]
    assert values == [75, 74, 72]
    assert [one["response"]["etag"] for one in bundle["entry"]] == ['W/"3"', 'W/"1"', 'W/"2"', 'W/"1"']
    assert told(past(bernd, "Observation/_history")) == [("POST", hers)]


def test_the_history_of_all_holds_every_type(anna: Person, hearts: Document, heinrich: str) -> None:
    types = {one["fullUrl"].split("/")[-2] for one in past(anna, "_history?_count=500")["entry"]}
    assert {"Observation", "Patient", "CareTeam", "Organization"} <= types
    assert told(past(anna, "_history"))[0] == ("POST", hearts.logical_id)


def test_what_one_may_no_longer_see_is_in_no_history(
    anna: Person, clara: Person, heinrich: str, hearts: Document
) -> None:
    assert told(past(clara, "Observation/_history")) == [("POST", hearts.logical_id)]
    services.end_link(anna.actor, heinrich, organisation=str(clara.actor.organisation))
    assert told(past(clara, "Observation/_history")) == []
    assert clara.get(f"{hearts.reference}/_history").status_code == 404


@pytest.mark.parametrize("level", ["instance", "type", "system"])
def test_pages_hold_each_write_once_while_others_write(
    level: str, clara: Person, heinrich: str, hearts: Document
) -> None:
    for value in range(60, 67):
        clara.put(hearts.reference, pulse(heinrich, str(value), id=hearts.logical_id))
    address = {"instance": f"{hearts.reference}/_history", "type": "Observation/_history", "system": "_history"}[level]
    expected = told(past(clara, f"{address}?_count=500"))
    page = past(clara, f"{address}?_count=3")
    found = told(page)
    assert len(found) == 3
    clara.put(hearts.reference, pulse(heinrich, "90", id=hearts.logical_id))
    clara.post("Observation", pulse(heinrich, "91"))
    assert found + all_pages(clara, following(page)) == expected


def test_since_when(clara: Person, heinrich: str, hearts: Document) -> None:
    moment = timezone.now().isoformat().replace("+00:00", "Z")
    clara.put(hearts.reference, pulse(heinrich, "74", id=hearts.logical_id))
    for address in (f"{hearts.reference}/_history", "Observation/_history", "_history"):
        assert told(past(clara, f"{address}?_since={moment}")) == [("PUT", hearts.logical_id)]
        assert told(past(clara, f"{address}?_since=2126")) == []
    assert past(clara, f"{hearts.reference}/_history?_since=2126")["total"] == 0


def test_what_was_current_at_a_moment(clara: Person, heinrich: str, hearts: Document) -> None:
    Change.objects.filter(document_id=hearts.pk).update(at="2026-11-01T08:00:00Z")
    clara.put(hearts.reference, pulse(heinrich, "74", id=hearts.logical_id))
    Change.objects.filter(document_id=hearts.pk, version=2).update(at="2026-11-10T08:00:00Z")
    clara.delete(hearts.reference)
    Change.objects.filter(document_id=hearts.pk, version=3).update(at="2026-11-20T08:00:00Z")
    for moment, methods in (
        ("2026-10", []),
        ("2026-11-01T08:00:00Z", ["POST"]),
        ("2026-11-05", ["POST"]),
        ("2026-11-10", ["PUT", "POST"]),
        ("2026-11-12T10:00:00%2B01:00", ["PUT"]),
        ("2026-11", ["DELETE", "PUT", "POST"]),
        ("2026-11-21", ["DELETE"]),
    ):
        for address in (f"{hearts.reference}/_history", "Observation/_history"):
            assert [method for method, _ in told(past(clara, f"{address}?_at={moment}"))] == methods, moment


NO_QUESTIONS = [
    "_list=x",
    "_sort=date",
    "code=8867-4",
    "_elements=shoe-size",
    "_summary=count",
    "_since=yesterday",
    "_at=2026-13",
    "_count=-1",
    "_count=x",
    "_since=2026&_since=2025",
    "_cursor=x",
    "_cursor=" + "A" * 5000,
]


@pytest.mark.parametrize("query", NO_QUESTIONS)
def test_what_no_history_can_be_asked_is_refused_by_name(query: str, anna: Person, hearts: Document) -> None:
    for address in (f"{hearts.reference}/_history", "Observation/_history", "_history"):
        refused = anna.get(f"{address}?{query}")
        assert refused.status_code == 400
        name = query.partition("=")[0]
        assert name in str(issue(refused))


def test_a_history_tells_parts_of_what_was_and_goes_on_so(clara: Person, heinrich: str, hearts: Document) -> None:
    clara.put(hearts.reference, pulse(heinrich, "74", id=hearts.logical_id))
    clara.delete(hearts.reference)
    for address in (f"{hearts.reference}/_history", "Observation/_history", "_history"):
        first = past(clara, f"{address}?_elements=status&_count=2&telepathy=1", prefer="handling=lenient")
        gone, last = first["entry"]
        assert "resource" not in gone
        assert last["resource"].keys() == {"resourceType", "id", "meta", "status", "code"}
        link = str(following(first))
        assert "_elements=status" in link
        assert "telepathy" not in link
    short = past(clara, f"{hearts.reference}/_history?_summary=true")["entry"][1]["resource"]
    assert short["meta"]["tag"][0]["code"] == "SUBSETTED"


def test_a_link_belongs_to_its_history(clara: Person, bernd: Person, heinrich: str, hearts: Document) -> None:
    clara.put(hearts.reference, pulse(heinrich, "74", id=hearts.logical_id))
    cursor = re.search("_cursor=.*", str(following(past(clara, "Observation/_history?_count=1"))))
    assert cursor
    assert clara.get(f"Observation/_history?{cursor[0]}").status_code == 200
    for address in (f"{hearts.reference}/_history", "_history", "Task/_history", "Observation/_history?_since=2026"):
        assert clara.get(f"{address}{'&' if '?' in address else '?'}{cursor[0]}").status_code == 400
    assert told(past(bernd, f"Observation/_history?{cursor[0]}")) == []


def test_a_look_at_the_history_is_logged_for_each_patient(
    cast: dict[str, Actor], david: Person, heinrich: str, hearts: Document, wilma: Actor
) -> None:
    hers = repository(cast["david"]).create(pulse(str(wilma.patient)))
    past(david, "Observation/_history")
    logged = AuditEvent.objects.get(action="history", account=david.user.pk)
    assert (logged.patient, logged.type, logged.ident) == (wilma.patient, "Observation", hers.logical_id)
    past(david, "Task/_history")
    assert AuditEvent.objects.filter(action="history", account=david.user.pk).count() == 2


def test_a_page_of_nothing_counts(clara: Person, hearts: Document) -> None:
    bundle = past(clara, f"{hearts.reference}/_history?_count=0")
    assert (bundle["total"], "entry" in bundle) == (1, False)
