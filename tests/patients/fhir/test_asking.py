"""How a request is understood: parameters of the address, media types, versions of FHIR, and what /metadata takes."""

from __future__ import annotations

import pytest
from django.test import Client

from patients.records.models import Document
from tests.patients.fhir.conftest import FHIR, Person, content, found, issue, pulse

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

READING = ("{ref}", "{ref}/_history/1", "metadata", "openapi.json", "{ref}/_history", "Observation?_id={id}")


@pytest.mark.parametrize("address", READING)
def test_an_unknown_parameter_is_refused_by_name_unless_anna_would_have_it_ignored(
    address: str, anna: Person, hearts: Document
) -> None:
    address = address.format(ref=hearts.reference, id=hearts.logical_id)
    asked = f"{address}{'&' if '?' in address else '?'}telepathy=1"
    for prefer in ("", "handling=strict", "return=minimal"):
        refused = anna.get(asked, prefer=prefer)
        assert (refused.status_code, issue(refused)["code"]) == (400, "not-supported")
        assert issue(refused)["expression"] == ["telepathy"]
        assert anna.client.head(f"/fhir/{asked}", headers={"authorization": f"Bearer {anna.token}"}).status_code == 400
    for prefer in (
        "handling=lenient",
        "Handling=lenient",
        'return=minimal; HANDLING="lenient"',
    ):  # RFC 7240: names in any case
        assert anna.get(asked, prefer=prefer).status_code == 200
    assert b"telepathy" not in anna.get(asked, prefer="handling=lenient").content.partition(b'"entry"')[0]
    assert anna.get(address, prefer="handling=strict").status_code == 200


def test_a_write_with_an_unknown_parameter_changes_nothing_however_lenient(
    clara: Person, heinrich: str, hearts: Document
) -> None:
    """A `_cascade` or `identifier` that is passed over would make it another write than was meant."""
    changed, steps = pulse(heinrich, "74", id=hearts.logical_id), [{"op": "remove", "path": "/valueQuantity"}]
    bundle = {"resourceType": "Bundle", "type": "batch"}
    for prefer in ("handling=strict", "handling=lenient"):
        for refused in (
            clara.put(f"{hearts.reference}?identifier=a|1", changed, prefer=prefer),
            clara.patch(f"{hearts.reference}?telepathy=1", steps, prefer=prefer),
            clara.delete(f"{hearts.reference}?_cascade=delete", prefer=prefer),
            clara.delete(f"{hearts.reference}?_summary=true", prefer=prefer),
            clara.post("?telepathy=1", bundle, prefer=prefer),
        ):
            assert (refused.status_code, issue(refused)["code"]) == (400, "not-supported")
    assert clara.get(hearts.reference).headers["ETag"] == 'W/"1"'
    assert clara.put(f"{hearts.reference}?_pretty=true&_format=json", changed).status_code == 200
    entry = {"request": {"method": "DELETE", "url": f"{hearts.reference}?_cascade=delete"}}
    assert clara.post("", {**bundle, "type": "transaction", "entry": [entry]}).status_code == 400
    assert clara.get(hearts.reference).status_code == 200


@pytest.mark.parametrize(
    ("accept", "given"),
    [
        ("application/json;q=0.2, application/fhir+json;q=0.9", FHIR),
        ("application/xml, application/json;q=0.2", "application/json"),
        ("text/html, */*;q=0.8", FHIR),
        ("application/fhir+json;q=0, */*;q=0.1", "application/json"),
        ("application/json, */*", "application/json"),
        ('application/fhir+json; fhirVersion="4.0"', FHIR),
        ("application/fhir+json; fhirVersion=5.0, application/json;q=0.1", "application/json"),
        ("application/fhir+json;q=0", None),
        ("*/*;q=0.0", None),
        ("application/fhir+json; fhirVersion=3.0", None),
    ],
)
def test_the_answer_is_in_the_media_type_that_is_liked_best(accept: str, given: str | None, anna: Person) -> None:
    answer = anna.get("Patient?_count=1", accept=accept)
    assert answer.status_code == (200 if given else 406)
    assert answer.headers["Content-Type"].partition(";")[0] == (given or FHIR)


def test_a_body_of_another_release_is_not_taken_for_this_one(anna: Person, heinrich: str) -> None:
    def sent(media: str) -> int:
        headers = {"authorization": f"Bearer {anna.token}"}
        body = b'{"resourceType":"Basic","code":{"text":"x"}}'
        return anna.client.post("/fhir/Basic/$validate", body, media, headers=headers).status_code

    assert sent(f"{FHIR}; fhirVersion=5.0") == sent(f'{FHIR}; charset=utf-8; fhirVersion="3.0"') == 415
    assert sent(f"{FHIR}; fhirVersion=4.0") == sent(f'{FHIR};fhirversion="4.0"') == 200


def test_a_search_by_post_needs_no_body(anna: Person, heinrich: str) -> None:
    headers = {"authorization": f"Bearer {anna.token}"}
    answer = anna.client.post(f"/fhir/Patient/_search?_id={heinrich}", b"", content_type="", headers=headers)
    assert [one["id"] for one in found(answer)] == [heinrich]
    assert anna.client.post("/fhir/Patient/_search", b"{}", FHIR, headers=headers).status_code == 415
    batch = {"request": {"method": "POST", "url": f"Patient/_search?_id={heinrich}"}}
    told = content(anna.post("", {"resourceType": "Bundle", "type": "batch", "entry": [batch]}))
    assert told["entry"][0]["resource"]["total"] == 1


def test_a_version_has_one_name(clara: Person, hearts: Document) -> None:
    for name in ("01", "1.0", "+1", "0", "٣"):
        assert clara.get(f"{hearts.reference}/_history/{name}").status_code == 404


def test_the_statement_has_an_etag_and_is_not_sent_twice(db: None) -> None:
    client = Client()
    whole = client.get("/fhir/metadata")
    tag = whole.headers["ETag"]
    for known in (tag, tag.removeprefix("W/"), f'W/"other", {tag}', "*"):
        assert client.get("/fhir/metadata", headers={"if-none-match": known}).status_code == 304
    assert client.get("/fhir/metadata", headers={"if-none-match": 'W/"other"'}).status_code == 200
    assert client.get("/fhir/metadata?mode=full").content == client.get("/fhir/metadata?mode=normative").content


def test_a_part_of_the_statement_is_told(db: None) -> None:
    told = content(Client().get("/fhir/metadata?_elements=software"))
    assert {"software", "status", "fhirVersion"} <= told.keys()
    assert "rest" not in told
    assert told["meta"]["tag"][0]["code"] == "SUBSETTED"
    assert content(Client().get("/fhir/metadata?_summary=true"))["rest"][0]["resource"]


def test_terminology_is_not_told_and_that_is_said(db: None) -> None:
    for mode in ("terminology", "everything"):
        refused = Client().get(f"/fhir/metadata?mode={mode}")
        assert (refused.status_code, issue(refused)["expression"]) == (400, ["mode"])
        leniently = Client().get(f"/fhir/metadata?mode={mode}", headers={"prefer": "handling=lenient"})
        assert content(leniently)["resourceType"] == "CapabilityStatement"


def test_a_new_one_of_nobody_says_what_may_be_wrong_and_not_whether_somebody_is_there(
    bernd: Person, heinrich: str
) -> None:
    nobody, ident = "b7765bbf-df40-486a-9f2f-404309643de6", "6f9619ff-8b86-4011-b42d-00cf4fc964ff"
    for send, place in ((bernd.post, "Observation"), (bernd.put, f"Observation/{ident}")):
        his, nobodys = (send(place, pulse(whose, id=ident)) for whose in (heinrich, nobody))
        assert his.status_code == nobodys.status_code == 404
        assert his.content == nobodys.content
        assert "such as its patient" in issue(his)["details"]["text"]
