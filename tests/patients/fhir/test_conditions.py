"""Lists of tags and the asterisk in If-Match and If-None-Match, as RFC 9110 has them (sections 13.1.1 and 13.1.2)."""

from __future__ import annotations

import uuid

import pytest

from patients.records.models import Document
from tests.patients.fhir.bundles.conftest import entry, patch, send
from tests.patients.fhir.conftest import Json, Person, content, issue, pulse

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

STEPS: list[Json] = [{"op": "test", "path": "/status", "value": "final"}]
LAB = "identifier=urn:example:lab|4711"
MET = ("*", " * ", 'W/"1"', '"1"', "1", 'W/"7", W/"1"', '"x","1"', '"a,b" , "1"', ',"1",,', '"", W/"1"')
NOT_MET = ('W/"2"', 'W/"2", W/"3"', '"1,2"', '"x"', '"01"', 'W/"0"', '""', '"*"', f'W/"{"9" * 4400}"')
NO_LIST = ("", ",", "yesterday", "-1", '"1" "2"', '"1", *', "*, *", '"1', '1"', 'w/"1"', 'W/ "1"', '"1";"2"', '" 1"')


@pytest.mark.parametrize("tags", MET)
def test_a_write_is_carried_out_if_one_of_the_tags_is_that_of_now(
    clara: Person, heinrich: str, hearts: Document, tags: str
) -> None:
    assert clara.patch(hearts.reference, STEPS, if_match=tags).status_code == 200
    again = pulse(heinrich, "76", id=hearts.logical_id)
    late = clara.put(hearts.reference, again, if_match=tags)
    assert late.status_code == (200 if "*" in tags else 412)  # now it is version 2


@pytest.mark.parametrize("tags", NOT_MET)
def test_tags_of_other_versions_and_of_none_stop_it(
    bernd: Person, clara: Person, heinrich: str, hearts: Document, tags: str
) -> None:
    changed = pulse(heinrich, "74", id=hearts.logical_id)
    for way in (
        clara.put(hearts.reference, changed, if_match=tags),
        clara.patch(hearts.reference, STEPS, if_match=tags),
        clara.delete(hearts.reference, if_match=tags),
        send(clara, "transaction", entry("DELETE", hearts.reference, ifMatch=tags)),
    ):
        assert (way.status_code, issue(way)["code"]) == (412, "conflict")
    assert bernd.put(hearts.reference, changed, if_match=tags).status_code == 404
    assert content(clara.get(hearts.reference))["meta"]["versionId"] == "1"


@pytest.mark.parametrize("tags", NO_LIST)
def test_what_is_no_list_of_tags_is_refused_and_on_a_read_left_aside(
    clara: Person, heinrich: str, hearts: Document, tags: str
) -> None:
    refused = clara.delete(hearts.reference, if_match=tags)
    assert (refused.status_code, issue(refused)["expression"]) == (400, ["http.if-match"])
    assert clara.get(hearts.reference, if_none_match=tags).status_code == 200


@pytest.mark.parametrize("tags", MET)
def test_a_read_is_not_sent_again_if_one_of_the_tags_is_that_of_now(clara: Person, hearts: Document, tags: str) -> None:
    assert clara.get(hearts.reference, if_none_match=tags).status_code == 304


@pytest.mark.parametrize("tags", NOT_MET)
def test_a_read_is_sent_if_none_of_the_tags_is_that_of_now(clara: Person, hearts: Document, tags: str) -> None:
    assert clara.get(hearts.reference, if_none_match=tags).status_code == 200


def test_whichever_is_there_is_not_what_was_deleted(clara: Person, heinrich: str, hearts: Document) -> None:
    changed = pulse(heinrich, "74", id=hearts.logical_id)
    clara.delete(hearts.reference)
    assert clara.put(hearts.reference, changed, if_match="*").status_code == 412
    assert clara.delete(hearts.reference, if_match="*").status_code == 412
    assert clara.patch(hearts.reference, STEPS, if_match="*").status_code == 410
    assert clara.put(hearts.reference, changed, if_match='W/"1", W/"2"').status_code == 201


def test_whichever_is_there_tells_nobody_what_is_there(bernd: Person, heinrich: str, hearts: Document) -> None:
    nothing = str(uuid.uuid4())
    hidden, absent = (
        [
            bernd.put(f"Observation/{ident}", pulse(heinrich, id=ident), if_match="*"),
            bernd.patch(f"Observation/{ident}", STEPS, if_match="*"),
            bernd.delete(f"Observation/{ident}", if_match="*"),
        ]
        for ident in (hearts.logical_id, nothing)
    )
    for one, other in zip(hidden, absent, strict=True):
        assert one.status_code == 404
        assert one.content == other.content.replace(nothing.encode(), hearts.logical_id.encode())


def test_by_criteria_it_is_that_which_matches(clara: Person, heinrich: str) -> None:
    own = pulse(heinrich, identifier=[{"system": "urn:example:lab", "value": "4711"}])
    assert clara.put(f"Observation?{LAB}", own, if_match="*").status_code == 412  # nothing does
    clara.post("Observation", own)
    for tags, status in (("*", 200), ('W/"2", W/"5"', 200), ('W/"2", W/"5"', 412), ("*", 200)):
        assert clara.put(f"Observation?{LAB}", own, if_match=tags).status_code == status
    assert clara.delete(f"Observation?{LAB}", if_match='W/"2", "9"').status_code == 412
    assert clara.delete(f"Observation?{LAB}", if_match='W/"4", "9"').status_code == 204


def test_a_person_and_a_transaction_know_lists_too(clara: Person, heinrich: str, hearts: Document) -> None:
    person = content(clara.get(f"Patient/{heinrich}"))
    assert clara.put(f"Patient/{heinrich}", person, if_match='W/"7", W/"8"').status_code == 412
    seen = f'W/"7", W/"{person["meta"]["versionId"]}"'
    assert clara.put(f"Patient/{heinrich}", person, if_match=seen).status_code == 200
    assert clara.put(f"Patient/{heinrich}", person, if_match="*").status_code == 200
    steps = patch(hearts.reference, *STEPS, ifMatch='W/"3", W/"1"')
    assert send(clara, "transaction", steps).status_code == 200
    own = entry("PUT", hearts.reference, pulse(heinrich, id=hearts.logical_id), ifMatch="*")
    assert send(clara, "transaction", own).status_code == 200
    assert send(clara, "transaction", steps).status_code == 200  # it is version 3 now
    assert send(clara, "transaction", steps).status_code == 412
