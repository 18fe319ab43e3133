"""Writing what a search means: conditional create, update and delete."""

from __future__ import annotations

import uuid

import pytest

from patients.accounts.actor import Actor
from patients.audit.models import AuditEvent
from patients.records.models import Document
from tests.patients.fhir.conftest import Json, Person, content, found, issue, pulse, stored

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

LAB = "identifier=urn:example:lab|4711"


def marked(patient: str, value: str = "72", number: str = "4711", **more: object) -> Json:
    return pulse(patient, value, identifier=[{"system": "urn:example:lab", "value": number}], **more)


def count() -> int:
    return Document.objects.filter(type="Observation", deleted=False).count()


def test_what_exists_is_not_created_again(clara: Person, heinrich: str) -> None:
    first = clara.post("Observation", marked(heinrich), if_none_exist=LAB)
    again = clara.post("Observation", marked(heinrich, "80"), if_none_exist=f"Observation?{LAB}")
    assert (first.status_code, again.status_code) == (201, 200)
    assert content(again) == content(first)
    assert again.headers["Location"] == first.headers["Location"]
    assert count() == 1
    looked = AuditEvent.objects.filter(action="search", account=clara.user.pk, patient=heinrich)
    assert looked.count() == 1


def test_criteria_in_the_address_of_a_create_mean_the_same(clara: Person, bernd: Person, heinrich: str) -> None:
    """fhirpy asks so; a parameter that is passed over would make a second one."""
    first = clara.post(f"Observation?{LAB}", marked(heinrich))
    again = clara.post(f"Observation?{LAB}&_format=json", marked(heinrich, "80"))
    assert (first.status_code, again.status_code, content(again)["id"]) == (201, 200, content(first)["id"])
    assert clara.post("Observation?_format=json", marked(heinrich, number="4712")).status_code == 201
    both = clara.post(f"Observation?{LAB}", marked(heinrich), if_none_exist=LAB)
    assert (both.status_code, issue(both)["expression"]) == (400, ["url"])
    unknown = clara.post("Observation?telepathy=1", marked(heinrich))
    assert (unknown.status_code, issue(unknown)["code"]) == (400, "not-supported")
    assert count() == 2
    entries = [{"request": {"method": "POST", "url": f"Observation?{LAB}"}, "resource": marked(heinrich)}]
    kept = clara.post("", {"resourceType": "Bundle", "type": "transaction", "entry": entries})
    assert content(kept)["entry"][0]["response"]["status"].startswith("200")
    assert count() == 2


def test_whether_something_matches_is_asked_among_what_one_may_see(
    anna: Person, david: Person, heinrich: str, wilma: Actor
) -> None:
    """David's own conditional create does not learn of Heinrich's."""
    assert anna.post("Observation", marked(heinrich), if_none_exist=LAB).status_code == 201
    answer = david.post("Observation", marked(str(wilma.patient)), if_none_exist=LAB)
    assert answer.status_code == 201
    assert david.put(f"Observation?{LAB}", marked(str(wilma.patient), "74")).status_code == 200
    assert david.delete(f"Observation?{LAB}").status_code == 204
    assert content(anna.get(f"Observation?{LAB}"))["total"] == 1
    assert david.delete(f"Observation?{LAB}").status_code == 204
    assert anna.get(f"Observation?{LAB}&_summary=count").status_code == 200


def test_where_several_match_nothing_is_written(clara: Person, heinrich: str) -> None:
    for _ in range(2):
        clara.post("Observation", marked(heinrich))
    for answer in (
        clara.post("Observation", marked(heinrich), if_none_exist=LAB),
        clara.put(f"Observation?{LAB}", marked(heinrich)),
        clara.delete(f"Observation?{LAB}"),
    ):
        assert (answer.status_code, issue(answer)["code"]) == (412, "multiple-matches")
    assert count() == 2


def test_the_one_that_matches_is_updated(clara: Person, heinrich: str) -> None:
    made = clara.put(f"Observation?{LAB}", marked(heinrich))
    assert made.status_code == 201
    ident = content(made)["id"]
    after = clara.put(f"Observation?{LAB}", marked(heinrich, "74"), if_match='W/"1"')
    assert (after.status_code, content(after)["id"], after.headers["ETag"]) == (200, ident, 'W/"2"')
    assert clara.put(f"Observation?{LAB}", marked(heinrich, "76"), if_match='W/"1"').status_code == 412
    assert clara.put(f"Observation?{LAB}", marked(heinrich, "76", id=ident)).status_code == 200
    other = clara.put(f"Observation?{LAB}", marked(heinrich, "78", id=str(uuid.uuid4())))
    assert (other.status_code, issue(other)["expression"]) == (400, ["Observation.id"])
    assert count() == 1


def test_where_none_matches_an_id_of_the_client_is_taken_unless_it_exists(clara: Person, heinrich: str) -> None:
    new = str(uuid.uuid4())
    made = clara.put(f"Observation?{LAB}", marked(heinrich, id=new))
    assert (made.status_code, content(made)["id"]) == (201, new)
    taken = clara.put("Observation?identifier=urn:example:lab|1", marked(heinrich, number="1", id=new))
    assert taken.status_code == 409
    assert clara.put("Observation?identifier=x|1", marked(heinrich, id="mine")).status_code == 404
    assert clara.put("Observation?identifier=x|1", marked(heinrich), if_match='W/"1"').status_code == 412


def test_the_one_that_matches_is_deleted(anna: Person, bernd: Person, clara: Person, heinrich: str) -> None:
    made = content(clara.post("Observation", marked(heinrich)))
    assert bernd.delete(f"Observation?{LAB}").status_code == 204
    assert anna.delete(f"Observation?{LAB}").status_code == 403
    assert clara.delete(f"Observation?{LAB}", if_match='W/"7"').status_code == 412
    assert clara.get(f"Observation/{made['id']}").status_code == 200
    assert clara.delete(f"Observation?{LAB}").status_code == 204
    assert clara.get(f"Observation/{made['id']}").status_code == 410
    assert clara.delete(f"Observation?{LAB}").status_code == 204


@pytest.mark.parametrize("criteria", ["", "_format=json", "_count=1", "_sort=date", "_summary=count", "_include=x"])
def test_criteria_that_mean_nothing_in_particular_are_refused(criteria: str, clara: Person, heinrich: str) -> None:
    made = content(clara.post("Observation", marked(heinrich)))
    for answer in (
        clara.delete(f"Observation?{criteria}"),
        clara.put(f"Observation?{criteria}", marked(heinrich)),
        clara.post("Observation", marked(heinrich), if_none_exist=criteria),
    ):
        assert answer.status_code == 400, answer.content
    assert clara.get(f"Observation/{made['id']}").headers["ETag"] == 'W/"1"'
    assert count() == 1


def test_criteria_that_cannot_be_answered_are_refused_by_name(clara: Person, heinrich: str) -> None:
    refused = clara.post("Observation", marked(heinrich), if_none_exist="shoe-size=44")
    assert refused.status_code == 400
    assert "shoe-size" in issue(refused)["details"]["text"]
    assert count() == 0


def test_what_may_not_be_written_may_not_be_written_on_a_condition(bernd: Person, heinrich: str) -> None:
    assert bernd.post("Observation", marked(heinrich), if_none_exist=LAB).status_code == 404
    assert bernd.put(f"Observation?{LAB}", marked(heinrich)).status_code == 404
    assert count() == 0


def test_access_documents_go_through_their_network_service(anna: Person, bernd: Person, heinrich: str) -> None:
    team = found(anna.get(f"CareTeam?patient={heinrich}"))[0]
    criteria = f"CareTeam?_id={team['id']}"
    assert bernd.put(criteria, {**team, "id": team["id"]}).status_code == 404
    assert bernd.delete(criteria).status_code == 204
    assert anna.delete(criteria).status_code == 403
    assert anna.get(f"CareTeam/{team['id']}").headers["ETag"] == f'W/"{team["meta"]["versionId"]}"'


def test_a_person_is_admitted_once(anna: Person, bernd: Person) -> None:
    erna = {
        "resourceType": "Patient",
        "identifier": [{"system": "http://fhir.de/sid/gkv/kvid-10", "value": "X110051935"}],
        "name": [{"family": "Hinrichs", "given": ["Erna"]}],
        "birthDate": "1938-05-10",
    }
    wanted = "identifier=http://fhir.de/sid/gkv/kvid-10|X110051935"
    first = anna.post("Patient", erna, if_none_exist=wanted)
    assert (first.status_code, anna.post("Patient", erna, if_none_exist=wanted).status_code) == (201, 200)
    assert found(anna.get(f"CareTeam?patient={content(first)['id']}"))
    assert bernd.post("Patient", erna, if_none_exist=wanted).status_code == 409


def test_an_imported_one_of_the_same_number_is_not_seen_by_the_network(
    machine: Person, clara: Person, heinrich: str
) -> None:
    stored({"resourceType": "Observation", "status": "final", "code": {"text": "x"},
            "identifier": [{"system": "urn:example:lab", "value": "4711"}]}, custodian="Import")  # fmt: skip
    assert clara.post("Observation", marked(heinrich), if_none_exist=LAB).status_code == 201
    basic = {"resourceType": "Basic", "code": {"text": "x"}}
    assert machine.put("Basic?identifier=a|1", basic).status_code == 201


def test_criteria_in_a_header_mean_the_same_in_whichever_letters_they_are_sent(clara: Person, heinrich: str) -> None:
    """Bytes of UTF-8 were read as two letters each: nothing matched, and the same was created again."""
    surgery = marked(heinrich, number="Jürgen-1")
    as_utf8 = "identifier=urn:example:lab|Jürgen-1".encode().decode("latin-1")
    percent, latin = "identifier=urn:example:lab|J%C3%BCrgen-1", "identifier=urn:example:lab|Jürgen-1"
    assert clara.post("Observation", surgery, if_none_exist=percent).status_code == 201
    for header in (as_utf8, latin, percent):
        assert clara.post("Observation", surgery, if_none_exist=header).status_code == 200, header
    for kind in ("batch", "transaction"):
        request = {"method": "POST", "url": "Observation", "ifNoneExist": latin}
        bundle = {"resourceType": "Bundle", "type": kind, "entry": [{"request": request, "resource": surgery}]}
        assert content(clara.post("", bundle))["entry"][0]["response"]["status"] == "200 OK"
    assert count() == 1
