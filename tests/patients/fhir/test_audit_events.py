"""The log as AuditEvents: read by the patient and by the data protection officer, each their own part of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from patients import audit
from patients.access.importing import IMPORT
from patients.accounts.actor import Actor, Purpose, system
from patients.audit.models import AuditEvent
from patients.fhir import balp
from patients.records import definitions, validation
from patients.records.models import Document
from tests.patients.fhir.conftest import Person, calls, content, found, issue, stored
from tests.patients.records.fixtures import values

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

Actors = dict[str, Actor]
Json = dict[str, Any]
IMPORTED = {
    "resourceType": "AuditEvent",
    "type": {"system": balp.TYPE_SYSTEM, "code": "rest"},
    "recorded": "2026-01-02T08:00:00Z",
    "agent": [{"who": {"display": "elsewhere"}, "requestor": True}],
    "source": {"observer": {"display": "elsewhere"}},
}


@pytest.fixture
def people(cast: Actors) -> dict[str, Person]:
    return {name: calls(cast[name]) for name in ("anna", "bernd", "clara", "dora", "heinrich", "wilma", "ida")}


@pytest.fixture
def log(cast: Actors, heinrich_id: str) -> list[AuditEvent]:
    """What happened, of every kind that the log knows."""
    anna, clara, mia, heinrich = (cast[name] for name in ("anna", "clara", "mia", "heinrich"))
    emergency = replace(clara, purpose=Purpose.EMERGENCY)
    about = {"patient": heinrich_id, "source": "fhir"}
    for actor, entry in (
        (anna, audit.Entry("create", type="Observation", ident="o1", version=1, **about)),
        (anna, audit.Entry("read", type="Observation", ident="o1", version=1, **about)),
        (clara, audit.Entry("read", type="Observation", ident="o1", version=1, **about)),
        (clara, audit.Entry("update", type="Observation", ident="o1", version=2, **about)),
        (emergency, audit.Entry("search", type="Condition", detail="c1 c2", **about)),
        (clara, audit.Entry("search", type="Condition", source="fhir")),
        (clara, audit.Entry("patient page", detail=f"Patient/{heinrich_id} Observation/o1", patient=heinrich_id)),
        (clara, audit.Entry("version", type="Observation", ident="o1", version=1, **about)),
        (clara, audit.Entry("history", type="Observation", ident="o1", **about)),
        (clara, audit.Entry("delete", "failed", type="Observation", ident="o1", **about)),
        (mia, audit.Entry("read", "denied", type="Observation", ident="o9", source="page")),
        (clara, audit.Entry("sign-in", source="page")),
        (clara, audit.Entry("change-password", type="Account", ident="7", source="page")),
        (clara, audit.Entry("rename", type="Account", ident="7", source="page")),
        (heinrich, audit.Entry("read", type="Patient", ident=heinrich_id, **about)),
        (heinrich, audit.Entry("sign-out", source="page")),
        (system("limit"), audit.Entry("read", type="Goal", ident="g1", **about)),
        (system("import"), audit.Entry("import", patient=heinrich_id, source="command", detail="run r1")),
        (None, audit.Entry("sign-in", "denied", source="page")),
        (cast["bernd"], audit.Entry("read", type="Patient", ident="p9", patient="p9", source="page")),
    ):  # fmt: skip
        audit.record_many(actor, [entry])
    return list(AuditEvent.objects.order_by("-id"))


@pytest.fixture
def heinrich_id(cast: Actors) -> str:
    return str(cast["heinrich"].patient)


def ids(answer: Any) -> list[str]:
    return [each["id"] for each in found(answer)]


def test_every_kind_of_row_is_a_valid_audit_event(log: list[AuditEvent]) -> None:
    for row in log:
        resource = balp.audit_event(row)
        validation.check({name: value for name, value in resource.items() if name != "id"})


def test_a_read_says_who_for_which_organisation_and_whose_data(log: list[AuditEvent], cast: Actors) -> None:
    row = next(one for one in log if one.action == "read" and one.person == cast["anna"].person)
    told = balp.audit_event(row)
    assert (told["type"]["code"], told["action"], told["outcome"]) == ("rest", "R", "0")
    assert told["subtype"][0] == {"system": balp.RESTFUL, "code": "read"}
    user, organisation, server, client = told["agent"]
    assert user["who"] == {"reference": cast["anna"].person}
    assert user["requestor"]
    assert user["role"][0]["coding"][0]["code"] == "nurse"
    assert organisation["who"] == {"reference": f"Organization/{cast['anna'].organisation}"}
    assert server["type"]["coding"][0]["code"] == "110153"
    assert client["type"]["coding"][0]["code"] == "110152"
    patient, data = told["entity"]
    assert patient["what"] == {"reference": f"Patient/{row.patient}"}
    assert patient["role"]["code"] == balp.PATIENT
    assert data["what"] == {"reference": "Observation/o1/_history/1"}
    assert data["role"]["code"] == balp.DOMAIN_RESOURCE


def test_a_search_names_what_was_shown_and_never_what_was_looked_for(log: list[AuditEvent]) -> None:
    row = next(one for one in log if one.action == "search" and one.patient)
    told = balp.audit_event(row)
    assert (told["action"], told["purposeOfEvent"][0]["coding"][0]["code"]) == ("E", "BTG")
    assert [each["role"]["code"] for each in told["entity"]] == ["1", "24", "4", "4"]
    assert [each["what"]["reference"] for each in told["entity"][2:]] == ["Condition/c1", "Condition/c2"]
    assert "query" not in told["entity"][1]


def test_an_act_of_an_account_is_no_look_at_a_record(log: list[AuditEvent]) -> None:
    acts = {row.action: balp.audit_event(row) for row in log if row.type == "Account"}
    told = {name: (one["type"]["code"], one["action"]) for name, one in acts.items()}
    assert told == {"change-password": ("110113", "E"), "rename": ("110100", "E")}


# -- who may read what


def test_heinrich_reads_who_has_seen_his_record(
    people: dict[str, Person], log: list[AuditEvent], heinrich_id: str
) -> None:
    own = [one.logical_id for one in log
           if one.patient == heinrich_id and one.outcome == "done" and one.role != "system"]  # fmt: skip
    assert ids(people["heinrich"].get("AuditEvent?_count=100&date=lt2100&subtype:not=x"))[-len(own) :] == own
    assert people["heinrich"].get(f"AuditEvent/{own[0]}").status_code == 200
    others = [one for one in log if one.logical_id not in own]
    assert others
    for one in others:
        assert people["heinrich"].get(f"AuditEvent/{one.logical_id}").status_code == 404
    assert set(ids(people["wilma"].get("AuditEvent"))) == set()


def test_dora_reads_what_her_organisation_did(people: dict[str, Person], log: list[AuditEvent], cast: Actors) -> None:
    own = [one.logical_id for one in log if one.organisation == cast["dora"].organisation]
    assert ids(people["dora"].get("AuditEvent?_count=100"))[-len(own) :] == own
    told = content(people["dora"].get(f"AuditEvent/{own[0]}"))
    assert told["id"] == own[0]
    by_anna = next(one for one in log if one.person == cast["anna"].person)
    assert people["dora"].get(f"AuditEvent/{by_anna.logical_id}").status_code == 404
    assert ids(people["dora"].get(f"AuditEvent?_id={by_anna.logical_id}")) == []
    assert ids(people["dora"].get(f"AuditEvent?agent={cast['anna'].person}")) == []


@pytest.mark.parametrize("name", ["anna", "clara", "bernd", "ida"])
def test_who_treats_reads_no_log(name: str, people: dict[str, Person], log: list[AuditEvent], heinrich_id: str) -> None:
    who = people[name]
    for asked in ("", f"?patient={heinrich_id}", f"?agent={who.actor.person}", f"?_id={log[0].logical_id}"):
        answer = who.get(f"AuditEvent{asked}")
        assert found(answer) == []
        assert content(answer).get("total", 0) == 0
    hidden, nothing = log[-1].logical_id, "audit-1"
    one, other = who.get(f"AuditEvent/{hidden}"), who.get(f"AuditEvent/{nothing}")
    assert one.status_code == 404
    assert one.content == other.content.replace(nothing.encode(), hidden.encode())


def test_a_system_client_reads_imported_events_only(machine: Person, log: list[AuditEvent]) -> None:
    assert found(machine.get("AuditEvent")) == []
    assert machine.get(f"AuditEvent/{log[0].logical_id}").status_code == 404
    elsewhere = stored(IMPORTED, custodian=IMPORT)
    assert ids(machine.get("AuditEvent")) == [elsewhere.logical_id]


def test_reading_the_log_is_logged(people: dict[str, Person], log: list[AuditEvent], heinrich_id: str) -> None:
    last = log[0].id
    people["dora"].get(f"AuditEvent?patient={heinrich_id}&action=R")
    (row,) = AuditEvent.objects.filter(id__gt=last)
    assert (row.action, row.patient, row.type, row.person) == (
        "search", heinrich_id, "AuditEvent", people["dora"].actor.person,
    )  # fmt: skip
    assert set(row.detail.split()) <= {one.logical_id for one in log}
    people["dora"].get(f"AuditEvent/{row.logical_id}")
    read = AuditEvent.objects.order_by("-id")[0]
    assert (read.action, read.ident) == ("read", row.logical_id)


def test_events_are_never_written_here(people: dict[str, Person], log: list[AuditEvent]) -> None:
    for method in (people["dora"].delete, lambda address: people["dora"].put(address, IMPORTED)):
        assert method(f"AuditEvent/{log[0].logical_id}").status_code == 405


# -- what is found


def test_each_parameter_finds_the_events_that_say_so(people: dict[str, Person], log: list[AuditEvent]) -> None:
    """What the table of comparisons says is held against the resources themselves, value by value."""
    dora = people["dora"]
    own = {one.logical_id: balp.audit_event(one) for one in log if one.organisation == dora.actor.organisation}
    first, last = min(own, key=number), max(own, key=number)
    between = f"date=ge{own[first]['recorded']}&date=le{own[last]['recorded']}&_count=100"
    tried = 0
    for name, parameter in definitions.search_parameters("AuditEvent").items():
        if name in ("_id", "_lastUpdated") or parameter.kind == "composite":
            continue
        values = {ident: asked(parameter, resource) for ident, resource in own.items()}
        for missing in ("true", "false"):
            expected = {ident for ident, has in values.items() if bool(has) != (missing == "true")}
            assert set(ids(dora.get(f"AuditEvent?{between}&{name}:missing={missing}"))) == expected, (name, missing)
        for value in sorted({each for has in values.values() for each in has} - {""}):
            if name == "entity" and not value.startswith("Patient/"):
                continue
            expected = {ident for ident, has in values.items() if value in has}
            assert set(ids(dora.get(f"AuditEvent?{between}&{name}={value}"))) == expected, (name, value)
            tried += 1
            if parameter.kind == "token":
                rest = set(own) - expected
                assert set(ids(dora.get(f"AuditEvent?{between}&{name}:not={value}"))) == rest, (name, value)
    assert tried > 30


def number(ident: str) -> int:
    return int(ident.removeprefix("audit-"))


def asked(parameter: definitions.Parameter, resource: Json) -> set[str]:
    """The values of a parameter in a resource, as they are written in an address."""
    said: set[str] = set()
    for type_, value in values(resource, parameter):
        match type_:
            case "Coding":
                said.add(f"{value['system']}|{value['code']}")
            case "CodeableConcept":
                said |= {f"{each['system']}|{each['code']}" for each in value["coding"]}
            case "Reference":
                said.add(value.get("reference", "").partition("/_history")[0])  # one that only displays stands there
            case _:
                said.add(str(value))
    return said


def test_a_resource_is_found_with_its_patient_or_its_reader(
    people: dict[str, Person], log: list[AuditEvent], heinrich_id: str
) -> None:
    dora, heinrich = people["dora"], people["heinrich"]
    pages = [one.logical_id for one in log if one.action == "patient page"]
    assert set(pages) < set(ids(dora.get(f"AuditEvent?patient={heinrich_id}&entity=Observation/o1")))
    assert "Condition/c1" not in str(content(dora.get(f"AuditEvent?patient={heinrich_id}&entity=Observation/o1")))
    assert len(ids(dora.get(f"AuditEvent?patient={heinrich_id}&entity=Condition/c2"))) == 1
    assert len(ids(dora.get(f"AuditEvent?patient={heinrich_id}&entity=c2"))) == 1
    assert ids(dora.get(f"AuditEvent?patient={heinrich_id}&entity=Observation/c2")) == []
    refused = dora.get("AuditEvent?entity=Condition/c2")
    assert refused.status_code == 400
    assert "entity" in issue(refused)["details"]["text"]
    assert len(ids(heinrich.get("AuditEvent?entity=Condition/c2"))) == 1
    about_him = set(ids(dora.get(f"AuditEvent?entity=Patient/{heinrich_id}"))) & {one.logical_id for one in log}
    assert about_him == {
        one.logical_id for one in log if one.patient == heinrich_id and one.organisation == dora.actor.organisation
    }


def test_imported_events_stand_beside_ours_in_the_order_of_time(
    people: dict[str, Person], log: list[AuditEvent], cast: Actors, heinrich_id: str
) -> None:
    entity = [{"what": {"reference": f"Patient/{heinrich_id}"}}]
    imported: list[Document] = [
        stored({**IMPORTED, "entity": entity, "recorded": at}, custodian=str(cast["anna"].organisation))
        for at in ("2026-01-02T08:00:00Z", "2099-01-01T00:00:00Z")
    ]
    heinrich = people["heinrich"]
    order = ids(heinrich.get("AuditEvent?_count=100"))
    assert order[0] == imported[1].logical_id
    assert order[-1] == imported[0].logical_id
    assert len(order) == len(set(order)) > 5
    mine = f"AuditEvent?date=le{content(heinrich.get(f'AuditEvent/{log[0].logical_id}')).get('recorded', '2027')}"
    seen: list[str] = []
    address: str | None = f"{mine}&_count=2"
    while address:
        answer = heinrich.get(address)
        seen += ids(answer)
        links = {link["relation"]: link["url"] for link in content(answer)["link"]}
        address = links["next"].partition("/fhir/")[2] if "next" in links else None
    assert seen[-1] == imported[0].logical_id
    assert len(seen) == len(set(seen))


def test_a_long_log_is_not_counted_unasked(people: dict[str, Person], cast: Actors) -> None:
    entry = audit.Entry("read", type="Observation", ident="o1", source="fhir")
    audit.record_many(cast["clara"], [entry] * 1_001)
    assert "total" not in content(people["dora"].get("AuditEvent"))
    assert content(people["dora"].get("AuditEvent?_total=accurate"))["total"] > 1_001
    assert content(people["dora"].get("AuditEvent?_summary=count"))["total"] > 1_001


def test_a_page_of_the_log_costs_the_same_whatever_it_holds(
    people: dict[str, Person], cast: Actors, heinrich_id: str, django_assert_max_num_queries: Any
) -> None:
    people["dora"].get("AuditEvent")
    entry = audit.Entry("read", patient=heinrich_id, type="Observation", ident="o1", source="fhir")
    audit.record_many(cast["clara"], [entry] * 300)
    with django_assert_max_num_queries(9):
        assert len(ids(people["dora"].get(f"AuditEvent?_count=200&patient={heinrich_id}"))) == 200


def test_heinrich_gets_the_log_beside_his_record(
    people: dict[str, Person], log: list[AuditEvent], heinrich_id: str
) -> None:
    heinrich, clara = people["heinrich"], people["clara"]
    for asked in ("AuditEvent:patient", "AuditEvent:*", "*"):
        told = found(heinrich.get(f"Patient?_id={heinrich_id}&_revinclude={asked}"))
        own = [each for each in told if each["resourceType"] == "AuditEvent"]
        assert {one.logical_id for one in log if one.action == "create"} <= {each["id"] for each in own}
        told = found(clara.get(f"Patient?_id={heinrich_id}&_revinclude={asked}"))
        assert not [each for each in told if each["resourceType"] == "AuditEvent"]
    event, record = found(heinrich.get("AuditEvent?_include=AuditEvent:patient&_count=1"))
    assert (event["resourceType"], record["id"]) == ("AuditEvent", heinrich_id)
