"""Deletions come first: what they took away nothing else of the transaction means. https://hl7.org/fhir/R4/http.html#trules"""

from __future__ import annotations

import pytest

from patients.records.models import Document
from tests.patients.fhir.bundles.conftest import answered, entry, send, statuses
from tests.patients.fhir.conftest import Json, Person, content, found, issue, pulse

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

LAB = "identifier=urn:example:lab|4711"
URN = "urn:uuid:0e7e9d5c-54f4-4d5e-9d0f-7a1b0f0a5c11"


def marked(patient: str, value: str = "72", **more: object) -> Json:
    return pulse(patient, value, identifier=[{"system": "urn:example:lab", "value": "4711"}], **more)


@pytest.fixture
def old(clara: Person, heinrich: str) -> str:
    """Clara's measurement that is to be replaced."""
    return f"Observation/{content(clara.post('Observation', marked(heinrich)))['id']}"


@pytest.mark.parametrize("named", ["by id", "by criteria"])
def test_clara_replaces_a_measurement_in_one_transaction(named: str, clara: Person, heinrich: str, old: str) -> None:
    """She was told 200 and shown the one that the same transaction deleted, and hers was never stored."""
    deletion = entry("DELETE", old if named == "by id" else f"Observation?{LAB}")
    creation = entry("POST", "Observation", marked(heinrich, "75"), URN, ifNoneExist=LAB)
    member = entry("POST", "Observation", pulse(heinrich, hasMember=[{"reference": URN}]))
    told = send(clara, "transaction", creation, deletion, member)
    assert statuses(told) == [201, 204, 201]
    [left] = found(clara.get(f"Observation?{LAB}"))
    assert left["valueQuantity"]["value"] == 75
    assert answered(told)[2]["resource"]["hasMember"] == [{"reference": f"Observation/{left['id']}"}]
    assert left["meta"]["versionId"] == "1"
    assert clara.get(old).status_code == 410


def test_a_reference_does_not_lead_to_what_is_deleted(clara: Person, heinrich: str, old: str) -> None:
    member = entry("POST", "Observation", pulse(heinrich, hasMember=[{"reference": f"Observation?{LAB}"}]))
    refused = send(clara, "transaction", member, entry("DELETE", old))
    assert (refused.status_code, issue(refused)["code"]) == (412, "not-found")
    assert clara.get(old).status_code == 200
    assert Document.objects.filter(type="Observation").count() == 1


PERSON = "http://fhir.de/sid/gkv/kvid-10|X110051935"


def erna(**more: object) -> Json:
    system, _, value = PERSON.partition("|")
    return {
        "resourceType": "Patient",
        "identifier": [{"system": system, "value": value}],
        "name": [{"family": "Hinrichs", "given": ["Erna"]}],
        "birthDate": "1938-05-10",
        **more,
    }


@pytest.mark.parametrize("condition", [{}, {"ifNoneExist": f"identifier={PERSON}"}])
@pytest.mark.parametrize("wanted", [PERSON, "X110051935", "x110051935", f"nobody,{PERSON}"])
def test_anna_admits_somebody_and_refers_to_her_by_her_number(condition: Json, wanted: str, anna: Person) -> None:
    """References that are searches are resolved last: they mean what the transaction creates as well."""
    measured = pulse("x") | {"subject": {"reference": f"Patient?identifier={wanted}"}}
    told = send(
        anna, "transaction", entry("POST", "Observation", measured), entry("POST", "Patient", erna(), **condition)
    )
    assert statuses(told) == [201, 201]
    pulse_, person = (one["resource"] for one in answered(told))
    assert pulse_["subject"]["reference"] == f"Patient/{person['id']}"


@pytest.mark.parametrize(
    "wanted",
    [
        "identifier=X000",
        "identifier=|X110051935",
        "identifier=urn:x|X110051935",
        "name=Hin",
        f"identifier={PERSON}&_id=x",
    ],
)
def test_a_reference_that_nobody_new_meets_is_refused(wanted: str, anna: Person) -> None:
    measured = pulse("x") | {"subject": {"reference": f"Patient?{wanted}"}}
    refused = send(anna, "transaction", entry("POST", "Observation", measured), entry("POST", "Patient", erna()))
    assert (refused.status_code, issue(refused)["expression"]) == (412, ["Bundle.entry[0]"])


def test_what_was_there_and_what_is_new_may_be_several(clara: Person, heinrich: str, old: str) -> None:
    member = entry("POST", "Observation", pulse(heinrich, hasMember=[{"reference": f"Observation?{LAB}"}]))
    again = entry("POST", "Observation", marked(heinrich, "75"))
    refused = send(clara, "transaction", member, again)
    assert (refused.status_code, issue(refused)["code"]) == (412, "multiple-matches")
    told = send(clara, "transaction", member, again, entry("DELETE", old))
    assert statuses(told) == [201, 201, 204]
    links = [answered(told)[0]["resource"]["hasMember"][0]["reference"], answered(told)[1]["resource"]["id"]]
    assert links[0] == f"Observation/{links[1]}"


def test_an_update_counts_as_it_will_be(clara: Person, heinrich: str, old: str, hearts: Document) -> None:
    """Two measurements exchange their numbers: who asks for the number means the one that then has it."""
    without = pulse(heinrich, id=old.partition("/")[2])
    given = marked(heinrich, id=hearts.logical_id)
    member = entry("POST", "Observation", pulse(heinrich, hasMember=[{"reference": f"Observation?{LAB}"}]))
    told = send(clara, "transaction", member, entry("PUT", old, without), entry("PUT", hearts.reference, given))
    assert statuses(told) == [201, 200, 200]
    assert answered(told)[0]["resource"]["hasMember"] == [{"reference": hearts.reference}]


def test_another_deletion_changes_nothing(clara: Person, heinrich: str, old: str, hearts: Document) -> None:
    told = send(
        clara,
        "transaction",
        entry("POST", "Observation", marked(heinrich, "75"), ifNoneExist=LAB),
        entry("DELETE", hearts.reference),
    )
    assert statuses(told) == [200, 204]
    assert answered(told)[0]["resource"]["id"] == old.partition("/")[2]
