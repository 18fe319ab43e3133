"""Reading one resource: read, vread, history."""

from __future__ import annotations

import pytest

from patients.audit.models import AuditEvent
from patients.records.models import Document
from tests.patients.fhir.conftest import Person, content, issue, pulse

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


def test_anna_reads_a_measurement_of_her_patient(anna: Person, hearts: Document) -> None:
    answer = anna.get(hearts.reference)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/fhir+json; charset=utf-8"
    assert answer.headers["ETag"] == 'W/"1"'
    assert answer.headers["Last-Modified"].endswith("GMT")
    assert answer.headers["Cache-Control"] == "no-store"
    assert content(answer)["id"] == hearts.logical_id
    assert content(answer)["meta"]["versionId"] == "1"


def test_what_was_stored_is_served_byte_by_byte(anna: Person, hearts: Document) -> None:
    assert anna.get(hearts.reference).content == hearts.text
    assert b"\n" in anna.get(f"{hearts.reference}?_pretty=true").content


@pytest.mark.parametrize("stranger", ["bernd", "david"])
def test_who_does_not_care_for_heinrich_gets_404_on_every_way(
    stranger: str, heinrich: str, hearts: Document, request: pytest.FixtureRequest
) -> None:
    who: Person = request.getfixturevalue(stranger)
    for address in (f"Patient/{heinrich}", hearts.reference):
        for way in (who.get(address), who.get(f"{address}/_history"), who.get(f"{address}/_history/1")):
            assert way.status_code == 404
            assert issue(way)["code"] == "not-found"
    changed = pulse(heinrich, "80", id=hearts.logical_id)
    assert who.put(hearts.reference, changed).status_code == 404
    assert who.put(hearts.reference, changed, if_match='W/"1"').status_code == 404
    assert who.delete(hearts.reference).status_code == 404


def test_the_answer_does_not_tell_whether_it_exists(bernd: Person, hearts: Document) -> None:
    hidden, nothing = hearts.logical_id, "b7765bbf-df40-486a-9f2f-404309643de6"
    for tail in ("", "/_history", "/_history/1"):
        one, other = (bernd.get(f"Observation/{ident}{tail}") for ident in (hidden, nothing))
        assert one.content == other.content.replace(nothing.encode(), hidden.encode())
        assert one.headers == other.headers
        version = "/_history/1" if tail.endswith("1") else ""
        assert issue(one)["details"]["text"] == f"Observation/{hidden}{version} is not known here."


def test_each_version_stays_readable(anna: Person, clara: Person, heinrich: str, hearts: Document) -> None:
    clara.put(hearts.reference, pulse(heinrich, "74", id=hearts.logical_id))
    assert content(anna.get(f"{hearts.reference}/_history/1"))["valueQuantity"]["value"] == 72
    assert content(anna.get(f"{hearts.reference}/_history/2"))["valueQuantity"]["value"] == 74
    assert anna.get(f"{hearts.reference}/_history/3").status_code == 404
    assert anna.get(f"{hearts.reference}/_history/x").status_code == 404
    assert anna.get(f"{hearts.reference}/_history/{'9' * 5000}").status_code == 404


def test_the_history_tells_what_was_done(anna: Person, clara: Person, heinrich: str, hearts: Document) -> None:
    clara.put(hearts.reference, pulse(heinrich, "74", id=hearts.logical_id))
    clara.delete(hearts.reference)
    history = content(anna.get(f"{hearts.reference}/_history"))
    assert (history["type"], history["total"]) == ("history", 3)
    assert [entry["request"]["method"] for entry in history["entry"]] == ["DELETE", "PUT", "POST"]
    assert [entry["response"]["etag"] for entry in history["entry"]] == ['W/"3"', 'W/"2"', 'W/"1"']
    assert ["resource" in entry for entry in history["entry"]] == [False, True, True]
    assert history["entry"][0]["fullUrl"].endswith(f"/fhir/{hearts.reference}")


def test_what_was_deleted_is_gone_for_its_team_and_never_was_for_others(
    anna: Person, bernd: Person, clara: Person, hearts: Document
) -> None:
    clara.delete(hearts.reference)
    assert anna.get(hearts.reference).status_code == 410
    assert issue(anna.get(hearts.reference))["code"] == "deleted"
    assert bernd.get(hearts.reference).status_code == 404


def test_who_has_a_version_already_is_not_sent_it_again(
    anna: Person, bernd: Person, clara: Person, heinrich: str, hearts: Document
) -> None:
    first = anna.get(hearts.reference)
    for condition in (
        {"if_none_match": first.headers["ETag"]},
        {"if_none_match": 'W/"7", "1"'},
        {"if_none_match": "*"},
        {"if_modified_since": first.headers["Last-Modified"]},
    ):
        again = anna.get(hearts.reference, **condition)
        assert (again.status_code, again.content) == (304, b""), condition
        assert again.headers["ETag"] == first.headers["ETag"]
        assert bernd.get(hearts.reference, **condition).status_code == 404
    assert AuditEvent.objects.filter(action="read", ident=hearts.logical_id, outcome="done").count() == 5
    clara.put(hearts.reference, pulse(heinrich, "74", id=hearts.logical_id))
    assert anna.get(hearts.reference, if_none_match=first.headers["ETag"]).status_code == 200
    assert anna.get(f"{hearts.reference}/_history/1", if_none_match='W/"1"').status_code == 304


def test_a_condition_that_says_nothing_is_left_aside(anna: Person, hearts: Document) -> None:
    """A version that is named counts before a date (RFC 9110, 13.2.2); what is no date counts as none."""
    later = "Sun, 21 Nov 2126 08:00:00 GMT"
    assert anna.get(hearts.reference, if_none_match='W/"9"', if_modified_since=later).status_code == 200
    for wrong in ("yesterday", "Sat, 21 Nov 2026", ""):
        assert anna.get(hearts.reference, if_modified_since=wrong).status_code == 200
    assert anna.get(hearts.reference, if_modified_since=later).status_code == 304


def test_head_tells_the_headers_alone(anna: Person, bernd: Person, hearts: Document) -> None:
    whole, head = anna.get(hearts.reference), anna.head(hearts.reference)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("ETag", "Last-Modified", "Content-Type", "Content-Length"):
        assert head.headers[name] == whole.headers[name]
    assert bernd.head(hearts.reference).status_code == 404


def test_an_address_that_cannot_be_one_is_refused(anna: Person) -> None:
    assert anna.get(f"Patient/{'a' * 65}").status_code == 400
    assert anna.get("Patient/..%2f..%2fetc").status_code == 404
    assert anna.get("Patient/a_b").status_code == 400
    assert anna.get("Spaceship/1").status_code == 404
    assert issue(anna.get("Spaceship/1"))["code"] == "not-supported"
    assert anna.get("Patient/1/2/3/4/5").status_code == 404
    assert anna.get("Patient/1/$everything").status_code == 404
    assert anna.get("").status_code == 400  # a search of the whole system
