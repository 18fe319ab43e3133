"""Several writes at once: all, or none."""

from __future__ import annotations

import uuid

import pytest

from patients.access import reactions
from patients.accounts.actor import Actor
from patients.audit.models import AuditEvent
from patients.database import transaction_number
from patients.errors import Invalid
from patients.records import validation
from patients.records.models import Document
from tests.patients.fhir.bundles.conftest import answered, entry, patch, send, statuses
from tests.patients.fhir.conftest import Json, Person, content, found, issue, pulse

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

ERNA, LAB = f"urn:uuid:{uuid.uuid4()}", "identifier=urn:example:lab|4711"


def erna(**more: object) -> Json:
    return {
        "resourceType": "Patient",
        "identifier": [{"system": "http://fhir.de/sid/gkv/kvid-10", "value": "X110051935"}],
        "name": [{"family": "Hinrichs", "given": ["Erna"]}],
        "birthDate": "1938-05-10",
        **more,
    }


def marked(patient: str, value: str = "72", number: str = "4711", **more: object) -> Json:
    return pulse(patient, value, identifier=[{"system": "urn:example:lab", "value": number}], **more)


def about(reference: str, **more: object) -> Json:
    return {**pulse("x"), "subject": {"reference": reference}, **more}


def transaction(who: Person, *entries: Json, **headers: str) -> list[Json]:
    return answered(send(who, "transaction", *entries, **headers))


def count(type_: str = "Observation") -> int:
    return Document.objects.filter(type=type_, deleted=False).count()


def test_anna_admits_erna_and_records_her_pulse_in_one_go(anna: Person, bernd: Person) -> None:
    """The reference comes before what it refers to, and the network's own document about the admission is written."""
    told = transaction(anna, entry("POST", "Observation", about(ERNA)), entry("POST", "Patient", erna(), ERNA))
    assert [one["response"]["status"] for one in told] == ["201 Created", "201 Created"]
    patient = told[1]["resource"]["id"]
    assert told[0]["resource"]["subject"]["reference"] == f"Patient/{patient}"
    assert told[0]["response"]["location"].endswith(f"/Observation/{told[0]['resource']['id']}/_history/1")
    assert (told[0]["response"]["etag"], told[0]["response"]["lastModified"]) == (
        'W/"1"', told[0]["resource"]["meta"]["lastUpdated"],
    )  # fmt: skip
    assert found(anna.get(f"Observation?patient={patient}"))[0] == told[0]["resource"]
    assert found(anna.get(f"CareTeam?patient={patient}"))
    assert bernd.get(f"Patient/{patient}").status_code == 404
    logged = AuditEvent.objects.filter(action="create", patient=patient, source="fhir")
    assert sorted(logged.values_list("type", flat=True)) == ["CareTeam", "Observation", "Patient"]


def test_ids_of_the_client_work_as_well(anna: Person) -> None:
    patient, first = str(uuid.uuid4()), str(uuid.uuid4())
    told = transaction(
        anna,
        entry("POST", "Observation", about(f"Patient/{patient}")),
        entry("PUT", f"Observation/{first}", about(f"Patient/{patient}", id=first)),
        entry("PUT", f"Patient/{patient}", erna(id=patient)),
    )
    assert [one["response"]["status"][:3] for one in told] == ["201", "201", "201"]
    assert told[2]["resource"]["id"] == patient


@pytest.mark.parametrize("stranger", ["bernd", "david"])
def test_one_entry_that_may_not_be_undoes_all(
    stranger: str, heinrich: str, wilma: Actor, request: pytest.FixtureRequest
) -> None:
    who: Person = request.getfixturevalue(stranger)
    own, his = entry("POST", "Observation", pulse(str(wilma.patient))), entry("POST", "Observation", pulse(heinrich))
    nobody = entry("POST", "Observation", pulse("b7765bbf-df40-486a-9f2f-404309643de6"))
    one, other = send(who, "transaction", own, his), send(who, "transaction", own, nobody)
    assert (one.status_code, one.content) == (404, other.content)
    assert issue(one)["expression"] == ["Bundle.entry[1]"]
    assert count() == 0
    denied = AuditEvent.objects.filter(outcome="denied", account=who.user.pk)
    assert denied.count() == 2
    assert not AuditEvent.objects.filter(action="create", outcome="done", account=who.user.pk).exists()
    assert statuses(send(who, "transaction", own)) == [201]


def test_every_kind_of_write_in_its_order(clara: Person, heinrich: str, hearts: Document) -> None:
    """A read sees what was written, whatever stands first in the Bundle."""
    old = content(clara.post("Observation", pulse(heinrich, "60")))["id"]
    other = content(clara.post("Observation", pulse(heinrich, "61")))["id"]
    told = transaction(
        clara,
        entry("GET", f"Observation?patient={heinrich}&_sort=_id"),
        entry("GET", hearts.reference),
        patch(hearts.reference, {"op": "replace", "path": "/status", "value": "amended"}, ifMatch='W/"1"'),
        entry("PUT", f"Observation/{other}", pulse(heinrich, "62", id=other), ifMatch='W/"1"'),
        entry("POST", "Observation", pulse(heinrich, "63")),
        entry("DELETE", f"Observation/{old}"),
        entry("HEAD", hearts.reference),
    )
    assert [one["response"]["status"][:3] for one in told] == ["200", "200", "200", "200", "201", "204", "200"]
    values = {one["resource"]["valueQuantity"]["value"] for one in told[0]["resource"]["entry"]}
    assert values == {62, 63, 72}
    assert told[1]["resource"]["status"] == "amended"
    assert "resource" not in told[6]
    assert told[5]["response"]["etag"] == 'W/"2"'


def test_conditional_entries(anna: Person, clara: Person, heinrich: str) -> None:
    first = transaction(
        clara,
        entry(
            "POST",
            "Observation",
            marked(heinrich, number="1"),
            "urn:uuid:one",
            ifNoneExist="identifier=urn:example:lab|1",
        ),
        entry("PUT", "Observation?identifier=urn:example:lab|2", marked(heinrich, number="2")),
        entry("DELETE", "Observation?identifier=urn:example:lab|3"),
    )
    assert [one["response"]["status"][:3] for one in first] == ["201", "201", "204"]
    again = transaction(
        clara,
        entry(
            "POST",
            "Observation",
            marked(heinrich, number="1"),
            "urn:uuid:one",
            ifNoneExist="identifier=urn:example:lab|1",
        ),
        entry("PUT", "Observation?identifier=urn:example:lab|2", marked(heinrich, "75", number="2")),
        entry("POST", "Observation", pulse(heinrich, hasMember=[{"reference": "urn:uuid:one"}])),
    )
    assert [one["response"]["status"][:3] for one in again] == ["200", "200", "201"]
    assert again[0]["resource"]["id"] == first[0]["resource"]["id"]
    assert again[1]["response"]["etag"] == 'W/"2"'
    assert again[2]["resource"]["hasMember"][0]["reference"] == f"Observation/{first[0]['resource']['id']}"
    gone = transaction(clara, entry("DELETE", "Observation?identifier=urn:example:lab|2"))
    assert gone[0]["response"]["status"][:3] == "204"
    assert anna.get(f"Observation/{again[1]['resource']['id']}").status_code == 410
    patched = transaction(
        clara,
        patch("Observation?identifier=urn:example:lab|1", {"op": "replace", "path": "/status", "value": "amended"}),
    )
    assert patched[0]["resource"]["status"] == "amended"


def test_references_may_be_searches(anna: Person, bernd: Person, heinrich: str) -> None:
    kvnr = "Patient?identifier=http://fhir.de/sid/gkv/kvid-10|X110411941"
    told = transaction(anna, entry("POST", "Observation", about(kvnr)))
    assert told[0]["resource"]["subject"]["reference"] == f"Patient/{heinrich}"
    hidden = send(bernd, "transaction", entry("POST", "Observation", about(kvnr)))
    nothing = send(bernd, "transaction", entry("POST", "Observation", about(kvnr.replace("0411", "0000"))))
    assert hidden.status_code == nothing.status_code == 412
    assert hidden.content == nothing.content.replace(b"0000", b"0411")


@pytest.mark.parametrize(
    "wanted", ["Observation?status=final", "Spaceship?name=x", "Observation?", "Observation?_count=1"]
)
def test_a_reference_that_means_not_one_is_refused(wanted: str, clara: Person, heinrich: str) -> None:
    for value in ("70", "71"):
        clara.post("Observation", pulse(heinrich, value))
    member = pulse(heinrich, hasMember=[{"reference": wanted}])
    refused = send(clara, "transaction", entry("POST", "Observation", member))
    assert refused.status_code in (400, 404, 412, 422), refused.content
    assert issue(refused)["expression"][0].startswith("Bundle.entry[0]")
    assert count() == 2


BAD = [
    (entry("PUT", "Observation/b7765bbf-df40-486a-9f2f-404309643de6", {"resourceType": "Observation"}), (400, 422)),
    (entry("POST", "Observation", {"resourceType": "Observation", "status": "guessed"}), (422,)),
    (entry("POST", "Observation", {"resourceType": "Patient"}), (400,)),
    (entry("POST", "Observation"), (400,)),
    (entry("POST", "Observation/1", {"resourceType": "Observation"}), (400, 422)),
    (entry("POST", "Appointment/$book", {"resourceType": "Parameters"}), (400, 422)),
    (entry("POST", "", {"resourceType": "Bundle", "type": "batch"}), (400, 422)),
    (entry("POST", "Spaceship", {"resourceType": "Spaceship"}), (404,)),
    (entry("DELETE", "Observation"), (400, 422)),
    (entry("DELETE", "Observation/b7765bbf-df40-486a-9f2f-404309643de6"), (404,)),
    (entry("GET", "Observation/b7765bbf-df40-486a-9f2f-404309643de6"), (404,)),
    (entry("GET", "Observation?shoe-size=1"), (400,)),
    (entry("GET", "https://elsewhere.example/fhir/Observation/1"), (400, 422)),
    (entry("PATCH", "Observation/1", {"resourceType": "Parameters"}), (415,)),
    (patch("Observation/1", {"op": "increase", "path": "/x"}), (400, 422)),
    (
        entry("PATCH", "Observation/1", {"resourceType": "Binary", "contentType": "text/plain", "data": "eA=="}),
        (400, 422),
    ),
    (patch("Observation?identifier=x|1", {"op": "test", "path": "/status", "value": "final"}), (404,)),
    (entry("PUT", "Observation?identifier=x|1", pulse("x"), ifMatch='W/"1"'), (409, 412)),
    (entry("DELETE", "Observation?identifier=x|1", ifNoneMatch="*"), (400,)),
]


@pytest.mark.parametrize("number", range(len(BAD)))
def test_an_entry_that_cannot_be_carried_out_stops_all_and_is_named(number: int, clara: Person, heinrich: str) -> None:
    bad, expected = BAD[number]
    refused = send(clara, "transaction", entry("POST", "Observation", pulse(heinrich)), bad)
    assert refused.status_code in expected, refused.content
    assert issue(refused)["expression"][0].startswith("Bundle.entry[1]")
    assert count() == 0


def test_nothing_is_written_twice(clara: Person, heinrich: str, hearts: Document) -> None:
    own = pulse(heinrich, id=hearts.logical_id)
    for pair in (
        (entry("PUT", hearts.reference, own), entry("DELETE", hearts.reference)),
        (entry("PUT", hearts.reference, own), entry("PUT", f"Observation?_id={hearts.logical_id}", own)),
        (entry("POST", "Observation", own, ifNoneExist=LAB), entry("POST", "Observation", own, ifNoneExist=LAB)),
        (entry("PUT", f"Observation?{LAB}", pulse(heinrich)), entry("PUT", f"Observation?{LAB}", pulse(heinrich))),
    ):
        refused = send(clara, "transaction", *pair)
        assert (refused.status_code, issue(refused)["code"]) == (400, "duplicate")
    same = entry("POST", "Observation", own, "urn:uuid:a")
    refused = send(clara, "transaction", same, same)
    assert (refused.status_code, issue(refused)["code"]) == (422, "duplicate")
    assert content(clara.get(hearts.reference))["meta"]["versionId"] == "1"


def test_a_condition_that_does_not_hold_stops_all(clara: Person, heinrich: str, hearts: Document) -> None:
    own = pulse(heinrich, "80", id=hearts.logical_id)
    for bad in (
        entry("PUT", hearts.reference, own, ifMatch='W/"2"'),
        entry("PUT", hearts.reference, own, ifNoneMatch="*"),
        entry("DELETE", hearts.reference, ifMatch='W/"2"'),
        patch(hearts.reference, {"op": "remove", "path": "/category"}, ifMatch='W/"2"'),
    ):
        refused = send(clara, "transaction", entry("POST", "Observation", pulse(heinrich)), bad)
        assert refused.status_code == 412, refused.content
    assert (count(), content(clara.get(hearts.reference))["meta"]["versionId"]) == (1, "1")


def test_what_follows_a_write_may_refuse_it(anna: Person, heinrich: str) -> None:
    """A measurement from the future is refused by a reaction, wherever it stands."""
    future = pulse(heinrich, taken="2126-01-01T08:00:00+01:00")
    good = [entry("POST", "Observation", pulse(heinrich)) for _ in range(3)]
    refused = send(anna, "transaction", *good, entry("POST", "Observation", future))
    assert refused.status_code == 422
    assert issue(refused)["expression"] == ["Bundle.entry[3].resource.effective"]
    assert count() == 0


def test_reactions_run_inside_and_validation_outside_of_the_transaction(
    anna: Person, heinrich: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, list[bool]] = {"reaction": [], "validation": []}
    check = validation.check

    def watched(resource: Json) -> None:
        seen["validation"].append(transaction_number() is None)
        check(resource)

    def reaction(actor: Actor, document: Document) -> None:
        seen["reaction"].append(transaction_number() is not None)

    monkeypatch.setattr(validation, "check", watched)
    reactions.on("Observation", reaction)
    try:
        transaction(anna, *(entry("POST", "Observation", pulse(heinrich)) for _ in range(3)))
    finally:
        reactions.forget("Observation", reaction)
    assert seen == {"reaction": [True] * 3, "validation": [True] * 3}


def test_a_reaction_that_fails_undoes_all(anna: Person, heinrich: str) -> None:
    def refuse(actor: Actor, document: Document) -> None:
        raise Invalid("Not on Wednesdays.")

    reactions.on("Task", refuse)
    task = {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "for": {"reference": f"Patient/{heinrich}"},
    }
    try:
        refused = send(anna, "transaction", entry("POST", "Observation", pulse(heinrich)), entry("POST", "Task", task))
    finally:
        reactions.forget("Task", refuse)
    assert (refused.status_code, issue(refused)["details"]["text"]) == (422, "Not on Wednesdays.")
    assert count() == count("Task") == 0


def test_nobody_grants_themselves_access_inside_a_transaction(anna: Person, bernd: Person, heinrich: str) -> None:
    team = found(anna.get(f"CareTeam?patient={heinrich}"))[0]
    theirs = {**team, "participant": [{"member": {"reference": f"Organization/{bernd.actor.organisation}"}}]}
    fresh = {name: value for name, value in theirs.items() if name not in ("id", "meta")}
    assert send(bernd, "transaction", entry("POST", "CareTeam", fresh)).status_code == 403
    assert send(bernd, "transaction", entry("PUT", f"CareTeam/{team['id']}", theirs)).status_code == 404
    assert bernd.get(f"Patient/{heinrich}").status_code == 404


def test_a_person_who_is_known_stops_all_and_is_logged(bernd: Person, wilma: Actor) -> None:
    heinrich = erna(
        identifier=[{"system": "http://fhir.de/sid/gkv/kvid-10", "value": "X110411941"}], birthDate="1941-03-14"
    )
    refused = send(
        bernd,
        "transaction",
        entry("POST", "Observation", pulse(str(wilma.patient))),
        entry("POST", "Patient", heinrich),
    )
    assert refused.status_code == 409
    assert count() == 0
    assert AuditEvent.objects.filter(action="admission of a known person", account=bernd.user.pk).count() == 1


def test_the_answer_is_as_the_client_prefers_it(anna: Person, heinrich: str) -> None:
    one = entry("POST", "Observation", pulse(heinrich))
    assert set(transaction(anna, one, prefer="return=minimal")[0]) == {"response"}
    told = transaction(anna, one, prefer="return=OperationOutcome")[0]
    assert told["response"]["outcome"]["issue"][0]["severity"] == "information"
    assert "resource" not in told


def test_an_empty_transaction_does_nothing(anna: Person) -> None:
    assert answered(anna.post("", {"resourceType": "Bundle", "type": "transaction"})) == []


def test_too_many_reads_are_refused(anna: Person, heinrich: str) -> None:
    refused = send(anna, "transaction", *[entry("GET", f"Patient/{heinrich}")] * 101)
    assert (refused.status_code, issue(refused)["code"]) == (422, "too-costly")


def test_the_system_client_brings_what_belongs_together(machine: Person, anna: Person) -> None:
    told = transaction(
        machine,
        entry("PUT", "Patient/p-1", erna(id="p-1")),
        entry("POST", "Observation", about("Patient/p-1")),
        entry("POST", "Encounter", {
            "resourceType": "Encounter", "status": "finished", "subject": {"reference": "Patient/p-1"},
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        }),
    )  # fmt: skip
    assert [one["response"]["status"][:3] for one in told] == ["201"] * 3
    assert machine.get(f"Observation/{told[1]['resource']['id']}").status_code == 200
    assert anna.get(f"Observation/{told[1]['resource']['id']}").status_code == 404


def test_what_somebody_else_creates_meanwhile_is_not_created_again(
    clara: Person, heinrich: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program of hers is faster: it comes while the transaction is validated."""
    check, waiting = validation.check, [marked(heinrich)]

    def slow(resource: Json) -> None:
        check(resource)
        if waiting:
            clara.post("Observation", waiting.pop())

    monkeypatch.setattr(validation, "check", slow)
    told = transaction(
        clara,
        entry("POST", "Observation", marked(heinrich, "80"), "urn:uuid:one", ifNoneExist=LAB),
        entry("POST", "Observation", pulse(heinrich, hasMember=[{"reference": "urn:uuid:one"}])),
    )
    assert [one["response"]["status"][:3] for one in told] == ["200", "201"]
    assert told[0]["resource"]["valueQuantity"]["value"] == 72
    assert told[1]["resource"]["hasMember"] == [{"reference": f"Observation/{told[0]['resource']['id']}"}]
    assert count() == 2


def test_a_patch_is_applied_to_what_stands_there_when_it_is_written(
    clara: Person, heinrich: str, hearts: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    check, waiting = validation.check, [pulse(heinrich, "80", id=hearts.logical_id)]

    def slow(resource: Json) -> None:
        check(resource)
        if waiting:
            clara.put(hearts.reference, waiting.pop())

    monkeypatch.setattr(validation, "check", slow)
    amend = {"op": "replace", "path": "/status", "value": "amended"}
    after = transaction(clara, patch(hearts.reference, amend))[0]["resource"]
    assert (after["status"], after["valueQuantity"]["value"], after["meta"]["versionId"]) == ("amended", 80, "3")
    waiting.append(pulse(heinrich, "90", id=hearts.logical_id))
    alone = content(clara.patch(hearts.reference, [amend]))
    assert (alone["status"], alone["valueQuantity"]["value"], alone["meta"]["versionId"]) == ("amended", 90, "5")
