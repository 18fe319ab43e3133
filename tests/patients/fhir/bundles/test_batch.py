"""Several requests in one, each on its own."""

from __future__ import annotations

import pytest

from patients.audit.models import AuditEvent
from patients.records.models import Document
from tests.patients.fhir.bundles.conftest import answered, entry, patch, send, statuses
from tests.patients.fhir.conftest import Json, Person, content, issue, pulse

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


def test_one_that_fails_does_not_touch_the_others(anna: Person, bernd: Person, heinrich: str, hearts: Document) -> None:
    told = send(
        anna,
        "batch",
        entry("POST", "Observation", pulse(heinrich, "70")),
        entry("POST", "Observation", pulse(heinrich, status="guessed")),
        entry("GET", hearts.reference),
        entry("GET", "Observation/b7765bbf-df40-486a-9f2f-404309643de6"),
        entry("DELETE", hearts.reference),
        entry("POST", "Observation", pulse(heinrich, "71")),
        entry("GET", f"Observation?patient={heinrich}"),
        entry("GET", "metadata"),
        entry("HEAD", hearts.reference),
        entry("GET", hearts.reference, ifNoneMatch='W/"1"'),
        entry("GET", "$everything"),
    )
    assert statuses(told) == [201, 422, 200, 404, 403, 201, 200, 200, 200, 304, 404]
    entries = answered(told)
    assert entries[1]["response"]["outcome"]["issue"][0]["expression"] == ["Observation.status"]
    assert entries[3]["response"]["outcome"]["issue"][0]["code"] == "not-found"
    assert entries[6]["resource"]["total"] == 3
    assert "resource" not in entries[8]
    assert AuditEvent.objects.filter(account=anna.user.pk, outcome="denied").count() == 2


def test_each_entry_has_the_rights_of_who_asks(anna: Person, bernd: Person, heinrich: str, hearts: Document) -> None:
    """And the answer is the same for what is hidden and for what does not exist."""
    hidden, nothing = hearts.logical_id, "b7765bbf-df40-486a-9f2f-404309643de6"

    def asked(ident: str) -> list[object]:
        return answered(
            send(
                bernd,
                "batch",
                entry("GET", f"Observation/{ident}"),
                entry("GET", f"Observation/{ident}/_history"),
                entry("PUT", f"Observation/{ident}", pulse(heinrich, id=ident)),
                patch(f"Observation/{ident}", {"op": "remove", "path": "/note"}),
                entry("DELETE", f"Observation/{ident}"),
                entry("GET", f"Observation?_id={ident}&_summary=count"),
            )
        )

    one, other = asked(hidden), asked(nothing)
    assert str(one).replace(hidden, nothing).count(nothing) == str(other).count(nothing)
    for mine, theirs in zip(one[:5], other[:5], strict=True):
        assert str(mine).replace(hidden, nothing) == str(theirs)
    assert content(anna.get(hearts.reference))["meta"]["versionId"] == "1"


def test_what_is_answered_part_by_part_is_asked_alone(anna: Person, heinrich: str) -> None:
    everything = entry("GET", f"Patient/{heinrich}/$everything")
    told = answered(send(anna, "batch", everything, entry("GET", f"Patient/{heinrich}/$everything?_count=2")))
    assert [one["response"]["status"][:3] for one in told] == ["400", "200"]
    assert send(anna, "transaction", everything).status_code == 400


def test_a_batch_in_a_batch_is_refused(anna: Person) -> None:
    inner = {"resourceType": "Bundle", "type": "batch", "entry": []}
    assert statuses(send(anna, "batch", entry("POST", "/", inner), entry("POST", "?x=y", inner))) == [400, 400]


ELSEWHERE = [
    "//evil.example/x",
    "http://evil.example/fhir/Patient/1",
    "../admin",
    "Patient/..%2f..%2f",
    "?",
    "Patient/1/2/3/4",
    "_history/1/2",
    "Patient?" + "a=b&" * 300,
    "Patient/%00",
]


@pytest.mark.parametrize("url", ELSEWHERE)
def test_an_address_that_is_none_of_ours_is_refused_alone(url: str, anna: Person, heinrich: str) -> None:
    told = statuses(send(anna, "batch", entry("GET", url), entry("GET", f"Patient/{heinrich}")))
    assert told[0] in (400, 404, 405)
    assert told[1] == 200


def test_own_addresses_may_be_absolute(anna: Person, heinrich: str) -> None:
    base = content(anna.get("metadata"))["implementation"]["url"]
    assert statuses(send(anna, "batch", entry("GET", f"{base}/Patient/{heinrich}"))) == [200]


@pytest.mark.parametrize("kind", ["history", "searchset", "collection", "document", "message", "batch-response"])
def test_other_bundles_are_refused_in_words(kind: str, anna: Person) -> None:
    refused = anna.post("", {"resourceType": "Bundle", "type": kind, "entry": []})
    assert (refused.status_code, issue(refused)["expression"]) == (422, ["Bundle.type"])
    assert "/fhir/Bundle" in issue(refused)["details"]["text"]


READ = {"method": "GET", "url": "Patient"}
BROKEN = [
    {"resourceType": "Patient"},
    {"resourceType": "Bundle"},
    {"resourceType": "Bundle", "type": "batch", "entry": {}},
    {"resourceType": "Bundle", "type": "batch", "entry": [7]},
    {"resourceType": "Bundle", "type": "batch", "entry": [{}]},
    {"resourceType": "Bundle", "type": "batch", "entry": [{"request": {}}]},
    {"resourceType": "Bundle", "type": "batch", "entry": [{"request": {"method": "BREW", "url": "Patient"}}]},
    {"resourceType": "Bundle", "type": "batch", "entry": [{"request": {"method": "GET"}}]},
    {"resourceType": "Bundle", "type": "batch", "entry": [{"request": 7}]},
    {"resourceType": "Bundle", "type": "batch", "entry": [{"request": READ, "resource": 7}]},
    {"resourceType": "Bundle", "type": "batch", "entry": [{"request": READ, "response": 7}]},
    {"resourceType": "Bundle", "type": "batch", "entry": [{"request": {"method": "GET", "url": ["Patient"]}}]},
    {"resourceType": "Bundle", "type": "batch", "telepathy": True},
    {"resourceType": "Bundle", "type": ["batch"]},
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(BROKEN)))
def test_a_bundle_that_is_none_is_refused_with_its_place(number: int, anna: Person) -> None:
    refused = anna.post("", BROKEN[number])
    assert refused.status_code in (400, 422), refused.content
    assert issue(refused)["expression"][0].startswith("Bundle")


@pytest.mark.parametrize(
    ("more", "within", "rule"),
    [
        ({"total": 1}, {}, "bdl-1"),
        ({}, {"search": {"mode": "match"}}, "bdl-2"),
        ({}, {"response": {"status": "200"}}, "bdl-4"),
    ],
)
@pytest.mark.parametrize("kind", ["batch", "transaction"])
def test_what_belongs_to_answers_is_refused_in_what_is_asked(
    kind: str, more: Json, within: Json, rule: str, anna: Person
) -> None:
    sent = {"resourceType": "Bundle", "type": kind, **more, "entry": [{"request": READ, **within}]}
    refused = anna.post("", sent)
    assert (refused.status_code, issue(refused)["code"]) == (422, "invariant")
    assert rule in issue(refused)["details"]["text"]
    where = f"Bundle.entry[0].{next(iter(within))}" if within else "Bundle.total"
    assert issue(refused)["expression"] == [where]


def test_a_bundle_that_does_not_say_what_it_is_is_told_so(anna: Person) -> None:
    refused = anna.post("", {"resourceType": "Bundle"})
    assert issue(refused)["code"] == "required"
    assert "None" not in issue(refused)["details"]["text"]


def test_more_entries_than_are_accepted_are_refused_at_once(anna: Person) -> None:
    one = b'{"request":{"method":"GET","url":"Patient"}}'
    body = b'{"resourceType":"Bundle","type":"%s","entry":[' + b",".join([one] * 5000) + b"]}"
    for kind in (b"batch", b"transaction"):
        refused = anna.post("", body.replace(b"%s", kind))
        assert (refused.status_code, issue(refused)["code"]) == (422, "too-costly")


def test_a_stranger_sends_no_batch(anna: Person) -> None:
    anna.token = "telecare_nonsense"
    assert send(anna, "batch", entry("GET", "metadata")).status_code == 401
