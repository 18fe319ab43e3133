"""What may become a record: the order of the questions, hostile inputs, and things that are legal though unusual."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from patients.errors import Finding, Invalid
from patients.records import validation, wire
from tests.patients.records import fixtures

Json = dict[str, Any]


def refused(resource: Json) -> tuple[Finding, ...]:
    with pytest.raises(Invalid) as problem:
        validation.check(resource)
    assert problem.value.text == problem.value.findings[0].text
    return problem.value.findings


def patient(**more: Any) -> Json:
    return fixtures.resource("Patient-heinrich", **more)


def observation(**more: Any) -> Json:
    return fixtures.resource("Observation-kreatinin", **more)


def nested(levels: int) -> Json:
    extension: Json = {"url": "https://x.example", "valueString": "x"}
    for _ in range(levels - 1):
        extension = {"url": "https://x.example", "extension": [extension]}
    return extension


@pytest.mark.parametrize("type_", [None, "", "Account", "Ward", 5, ["Patient"], {"a": 1}])
def test_only_types_that_are_served_are_accepted(type_):
    assert refused({"resourceType": type_})[0].code == "not-supported"


def test_several_faults_are_told_at_once():
    places = {finding.where for finding in refused(observation(status="done", subject={}, effectivePeriod="x"))}
    assert places == {"Observation.status", "Observation.subject", "Observation.effective"}


def test_a_wrong_code_is_told_which_ones_are_right():
    (finding,) = refused(patient(gender="m"))
    assert finding == Finding(
        "This code is none of those required here: female, male, other, unknown.", "code-invalid", "Patient.gender"
    )


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"id": "x" * 65}, "Patient.id"),
        ({"id": "../heinrich"}, "Patient.id"),
        ({"_id": {"extension": [{"url": "x", "valueString": "x"}]}}, "Patient"),
        ({"multipleBirthInteger": Decimal("2.0")}, "Patient.multipleBirth"),
        ({"multipleBirthInteger": "2"}, "Patient.multipleBirth"),
        ({"multipleBirthInteger": 2**31}, "Patient.multipleBirth"),
        ({"multipleBirthInteger": True}, "Patient.multipleBirth"),
        ({"birthDate": "1941-02-30"}, "Patient.birthDate"),
        ({"birthDate": "3.3.1941"}, "Patient.birthDate"),
        ({"name": []}, "Patient.name"),
        ({"name": [{"given": ["Heinrich", None]}]}, "Patient.name[0]"),
        ({"name": [{"given": ["Heinrich"], "_given": [None, {"id": "x"}]}]}, "Patient.name[0]"),
        ({"name": [{"_given": [None]}]}, "Patient.name[0]"),
        ({"name": [{"id": "x"}]}, "Patient.name[0]"),
        ({"name": [{"family": "Brandt\u0007"}]}, "Patient.name[0].family"),
        ({"deceasedDateTime": "2026-11-01"}, "Patient"),
        ({"telecom": [{"system": "url", "value": "javascript:alert(1)"}]}, "Patient.telecom[0]"),
        ({"photo": [{"url": "javascript:alert(1)"}]}, "Patient.photo[0].url"),
        ({"implicitRules": "JavaScript:alert(1)"}, "Patient.implicitRules"),
        ({"managingOrganization": {"reference": "../../etc/passwd"}}, "Patient.managingOrganization"),
        ({"managingOrganization": {"reference": "Organization/../Patient/x"}}, "Patient.managingOrganization"),
        ({"managingOrganization": {"reference": "Organization?name=Moorland"}}, "Patient.managingOrganization"),
        ({"managingOrganization": {"reference": "file:///etc/passwd"}}, "Patient.managingOrganization"),
        ({"managingOrganization": {"reference": "#nobody"}}, "Patient.managingOrganization"),
        ({"managingOrganization": {"reference": "Organization/m", "type": "Patient"}}, "Patient.managingOrganization"),
        ({"managingOrganization": {"reference": "Patient/ida"}}, "Patient.managingOrganization"),
        ({"managingOrganization": {"type": "Patient", "display": "Ida"}}, "Patient.managingOrganization"),
        ({"contact": [{"gender": "male"}]}, "Patient.contact[0]"),
        ({"extension": [{"url": "https://x.example"}]}, "Patient.extension[0]"),
        ({"extension": [{"url": "https://x.example", "valueString": "x", "valueCode": "y"}]}, "Patient.extension[0]"),
        ({"extension": [nested(2) | {"valueString": "x"}]}, "Patient.extension[0]"),
    ],
)
def test_a_patient_with_one_fault_is_refused_with_its_place(changes, where):
    assert where in {finding.where for finding in refused(patient(**changes))}


@pytest.mark.parametrize(
    "changes",
    [
        {"name": [{"family": "von\u00a0der\u00a0Heide", "text": "Dr.\u2009Voss"}]},
        {"name": [{"_family": {"extension": [{"url": "https://x.example", "valueCode": "unknown"}]}}]},
        {"extension": [{"url": "https://x.example", "_valueString": {"extension": [nested(1)]}}]},
        {"extension": [{"url": "https://x.example", "valueMeta": {"versionId": "1"}}]},
        {"managingOrganization": {"reference": "https://klinik.example/fhir/Organization/1"}},
        {"managingOrganization": {"reference": "urn:uuid:0f0e0d0c-0b0a-4908-8706-050403020100"}},
        {"managingOrganization": {"reference": "Organization/moorland/_history/3"}},
        {"managingOrganization": {"identifier": {"system": "http://fhir.de/sid/arge-ik/iknr", "value": "260000000"}}},
        {"managingOrganization": {"display": "unbekannt"}},
        {"birthDate": None, "_birthDate": {"extension": [{"url": "https://x.example", "valueCode": "unknown"}]}},
        {"deceasedBoolean": None, "deceasedDateTime": "2026"},
    ],
)
def test_what_is_unusual_but_legal_is_accepted(changes):
    validation.check(patient(**changes))


def test_a_number_may_be_spelled_unusually():
    amount = wire.parse(b'{"value":4.0e-1,"unit":"mg/dl","system":"http://unitsofmeasure.org","code":"mg/dL"}')
    resource = observation(valueQuantity=amount)
    validation.check(resource)
    assert b"4.0e-1" in wire.text(resource)


def test_binary_floating_point_is_no_value_of_ours():
    assert "Decimal" in refused(observation(valueQuantity={"value": 0.4}))[0].text


def test_what_is_wrong_in_an_entry_is_placed_in_the_bundle():
    bundle = fixtures.resource("Bundle-dokument")
    bundle["entry"][2]["resource"]["component"][1]["code"] = {}
    assert refused(bundle)[0].where == "Bundle.entry[2].resource.component[1].code"


def test_an_entry_may_be_of_any_type_of_r4_but_of_no_other():
    account = {"resourceType": "Account", "status": "active"}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": account}]}
    validation.check(bundle)
    account["status"] = "sleeping"
    assert refused(bundle)[0].where == "Bundle.entry[0].resource.status"
    account["resourceType"] = "Ward"
    assert refused(bundle)[0].where == "Bundle.entry[0].resource"


def test_a_search_in_place_of_a_reference_belongs_to_transactions():
    entry = {
        "resource": observation(subject={"reference": "Patient?identifier=https://x.example|1"}),
        "request": {"method": "POST", "url": "Observation"},
    }
    validation.check({"resourceType": "Bundle", "type": "transaction", "entry": [entry]})
    del entry["request"]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [entry]}
    assert refused(bundle)[0].where == "Bundle.entry[0].resource.subject"


def contained(**more: Any) -> Json:
    statement = fixtures.resource("MedicationStatement-ass")
    statement["contained"][0] |= more
    return statement


@pytest.mark.parametrize(
    ("resource", "where"),
    [
        (contained(id="m2"), "MedicationStatement"),
        (contained(status="?"), "MedicationStatement.contained[0].status"),
        (contained(manufacturer={"reference": "Patient/ida"}), "MedicationStatement.contained[0].manufacturer"),
        (contained(manufacturer={"reference": "#nobody"}), "MedicationStatement.contained[0].manufacturer"),
        (contained(meta={"versionId": "1"}), "MedicationStatement"),
        (contained(meta={"security": [{"code": "R"}]}), "MedicationStatement"),
        (contained(contained=[{"resourceType": "Organization", "id": "o", "name": "x"}]), "MedicationStatement"),
        (contained(resourceType="Organization", code=None), "MedicationStatement.contained[0]"),
    ],
)
def test_a_contained_resource_is_checked_like_any_other(resource, where):
    assert any(finding.where.startswith(where) for finding in refused(resource))


def test_a_contained_resource_may_point_back_to_what_contains_it():
    resource = fixtures.resource(
        "MedicationStatement-ass", medicationReference=None, medicationCodeableConcept={"text": "x"}
    )
    assert "(dom-3)" in refused(resource)[0].text
    resource["contained"] = [
        {
            "resourceType": "Provenance",
            "target": [{"reference": "#"}],
            "recorded": "2026-11-20T10:55:00Z",
            "agent": [{"who": {"display": "Dr. Voss"}}],
        }
    ]
    validation.check(resource)


def test_extensions_may_be_nested_eight_times():
    validation.check(patient(extension=[nested(8)]))
    assert "nested" in refused(patient(extension=[nested(9)]))[0].text


def test_a_list_may_have_a_thousand_members():
    validation.check(patient(name=[{"family": "Brandt"}] * 1000))
    (finding,) = refused(patient(name=[{"family": "Brandt"}] * 1001))
    assert finding.where == "Patient.name"
    assert "1,000" in finding.text


def nested_sections(levels: int) -> Json:
    section: Json = {"title": "x"}
    for _ in range(levels):
        section = {"section": [section]}
    return section


ENTRY: Json = {"resource": {"resourceType": "Basic", "code": {"text": "x"}}}
HOSTILE: dict[str, Json] = {
    "names": patient(name=[{"family": "x"}] * 100_000),
    "entries": {"resourceType": "Bundle", "type": "collection", "entry": [ENTRY] * 5_000},
    "values": patient(name=[{"given": ["x"] * 1_000}] * 1_000),
    "nested extensions": patient(extension=[nested(28)] * 1_000),
    "wrong everywhere": patient(name=[{"family": 1, "given": [1] * 60}] * 900),
    "wrong elements": patient(name=[{"a": 1, "b": 2, "c": 3}] * 1_000),
    "wrong references": {
        "resourceType": "Group",
        "type": "person",
        "actual": True,
        "member": [{"entity": {"reference": "javascript:1"}}] * 1_000,
    },
    "contained": contained(ingredient=[{"itemCodeableConcept": {"text": "x"}}] * 1_000)
    | {"contained": [{"resourceType": "Basic", "id": f"b{number}", "code": {"text": "x"}} for number in range(1_000)]},
    "long text": observation(note=[{"text": "x" * 2_000_000}]),
    "long id": patient(id="x" * 1_000_000),
    "long date": patient(birthDate="1" * 1_000_000),
    "long code": patient(gender="m" * 1_000_000),
    "long uri": patient(implicitRules="a" * 1_000_000 + " "),
    "long base64": fixtures.resource("Binary-brief", data="YWJj" * 1_000_000 + "?"),
    "long reference": observation(subject={"reference": "Patient/" + "a" * 1_000_000}),
    "long key": patient(**{"x" * 1_000_000: 1}),
    "big number": observation(valueQuantity={"value": 10**4000, "code": "x"}),
    "nested sections": fixtures.resource("Composition-bericht", section=[nested_sections(28)]),
    "endlessly nested": patient(extension=[nested(2_000)]),
}


@pytest.mark.parametrize("attack", HOSTILE)
def test_a_hostile_resource_is_refused(attack):
    findings = refused(HOSTILE[attack])
    assert len(findings) <= 20
    assert all(len(finding.text) < 500 for finding in findings)


def test_a_bundle_of_two_thousand_entries_is_still_checked():
    validation.check({"resourceType": "Bundle", "type": "collection", "entry": [ENTRY] * 2_000})
