"""The official search parameters find in a resource what the standard says they find."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from patients.records import definitions
from patients.records.definitions.paths import follow
from tests.patients.records import fixtures
from tests.patients.records.fixtures import values


def found(name: str, parameter: str) -> list[tuple[str, Any]]:
    resource = fixtures.resource(name)
    return values(resource, definitions.search_parameters(resource["resourceType"])[parameter])


def pairs(name: str, parameter: str) -> list[tuple[tuple[str, Any], ...]]:
    """What a composite leads to: one tuple for each combination of its components in one element."""
    resource = fixtures.resource(name)
    composite = definitions.search_parameters(resource["resourceType"])[parameter]
    return [
        each
        for path in composite.paths
        for element in follow(path, resource, resource)
        for each in product(
            *([(inner.type, value) for inner in half.paths for value in follow(inner, element, resource)]
              for half in composite.components)
        )
    ]  # fmt: skip


def test_every_type_served_has_its_parameters():
    assert len(definitions.SERVED) == 49
    names = {type_: definitions.search_parameters(type_) for type_ in definitions.SERVED}
    common = {"_id", "_lastUpdated", "_tag", "_profile", "_security", "_source"}
    assert all(common <= set(of_type) for of_type in names.values())
    assert sum(len(set(of_type) - common) for of_type in names.values()) == 682
    assert not definitions.search_parameters("Account")


def test_what_has_no_expression_is_no_parameter():
    assert {"_text", "_content", "_query", "_filter", "age"}.isdisjoint(definitions.search_parameters("Patient"))


@pytest.mark.parametrize(
    ("type_", "name", "kind"),
    [
        ("Observation", "code", "token"),
        ("Observation", "value-quantity", "quantity"),
        ("Observation", "code-value-quantity", "composite"),
        ("Patient", "birthdate", "date"),
        ("Patient", "name", "string"),
        ("Task", "owner", "reference"),
        ("Subscription", "url", "uri"),
        ("Location", "near", "special"),
    ],
)
def test_a_parameter_knows_its_kind(type_, name, kind):
    assert definitions.search_parameters(type_)[name].kind == kind


def test_a_reference_parameter_knows_where_it_may_point():
    assert definitions.search_parameters("Task")["encounter"].targets == {"Encounter"}


def test_heinrich_is_found_by_his_name_phone_and_birth_date():
    assert found("Patient-heinrich", "family") == [("string", "Brandt")]
    assert found("Patient-heinrich", "given") == [("string", "Heinrich")]  # the masked one is no value
    assert found("Patient-heinrich", "birthdate") == [("date", "1941-03-03")]
    assert [value["value"] for _, value in found("Patient-heinrich", "phone")] == ["+49 4999 0000017"]
    assert [value["value"] for _, value in found("Patient-heinrich", "email")] == ["heinrich.brandt@brandt.example"]
    assert len(found("Patient-heinrich", "telecom")) == 2
    assert len(found("Patient-heinrich", "identifier")) == 2


def test_a_choice_is_found_with_the_type_it_was_written_in():
    assert found("Observation-blutdruck", "date") == [("dateTime", "2026-11-20T10:31:00+01:00")]
    assert found("Observation-kreatinin", "date") == [("Period", {"start": "2026-11-19", "end": "2026-11-20"})]
    ((type_, amount),) = found("Observation-kreatinin", "value-quantity")
    assert (type_, str(amount["value"])) == ("Quantity", "0.40")
    assert found("Observation-kreatinin", "value-concept") == []
    assert [type_ for type_, _ in found("Condition-hypertonie", "onset-age")] == ["Age"]


def test_a_combined_parameter_looks_at_the_components_too():
    assert len(found("Observation-blutdruck", "combo-code")) == 3
    assert len(found("Observation-blutdruck", "code")) == 1


def test_a_composite_pairs_what_belongs_together():
    both = pairs("Observation-blutdruck", "component-code-value-quantity")
    measured = [(code["coding"][0]["code"], amount["value"]) for (_, code), (_, amount) in both]
    assert measured == [("8480-6", 168), ("8462-4", 94)]
    assert pairs("Observation-blutdruck", "code-value-quantity") == []
    assert len(pairs("Observation-blutdruck", "combo-code-value-quantity")) == 2
    (((type_, _code), (_, amount)),) = pairs("Observation-kreatinin", "code-value-quantity")
    assert (type_, amount["value"]) == ("CodeableConcept", Decimal("0.40"))


@pytest.mark.parametrize(
    ("changes", "dead"),
    [
        ({}, False),
        ({"deceasedBoolean": None}, False),
        ({"deceasedBoolean": True}, True),
        ({"deceasedBoolean": None, "deceasedDateTime": "2026-11-01"}, True),
    ],
)
def test_deceased_is_answered_for_every_patient(changes, dead):
    patient = fixtures.resource("Patient-heinrich", **changes)
    assert values(patient, definitions.search_parameters("Patient")["deceased"]) == [("boolean", dead)]


def test_the_patient_parameter_takes_patients_only():
    assert len(found("Observation-blutdruck", "patient")) == 1
    of_a_group = fixtures.resource("Observation-blutdruck", subject={"reference": "Group/wohngruppe"})
    parameters = definitions.search_parameters("Observation")
    assert values(of_a_group, parameters["patient"]) == []
    assert len(values(of_a_group, parameters["subject"])) == 1


@pytest.mark.parametrize(
    ("reference", "type_"),
    [
        ({"reference": "Patient/heinrich"}, "Patient"),
        ({"reference": "Patient/heinrich/_history/3"}, "Patient"),
        ({"reference": "https://praxis.example/fhir/Patient/7"}, "Patient"),
        ({"reference": "#m1"}, "Medication"),
        ({"reference": "#nobody"}, ""),
        ({"reference": "#"}, "MedicationStatement"),
        ({"reference": "urn:uuid:0f0e0d0c-0b0a-4908-8706-050403020100"}, ""),
        ({"reference": "urn:uuid:0f0e0d0c-0b0a-4908-8706-050403020100", "type": "Group"}, "Group"),
        ({"identifier": {"value": "1"}, "type": "Patient"}, "Patient"),
        ({"display": "Heinrich"}, ""),
    ],
)
def test_a_reference_tells_the_type_it_points_to(reference, type_):
    assert definitions.type_referred_to(reference, fixtures.resource("MedicationStatement-ass")) == type_


def test_the_first_entry_of_a_document_is_its_composition():
    ((type_, composition),) = found("Bundle-dokument", "composition")
    assert (type_, composition["id"]) == ("Resource", "bericht")


def test_an_extension_is_searched_by_its_address():
    parameter = definitions.search_parameters("Patient")["mothersMaidenName"]
    url = "http://hl7.org/fhir/StructureDefinition/patient-extensions-Patient-mothersMaidenName"
    patient = fixtures.resource("Patient-heinrich", extension=[{"url": url, "valueString": "Harms"}, {"url": "x"}])
    assert values(patient, parameter) == [("string", "Harms")]


def test_what_the_german_guides_ask_for_beyond_r4_is_found() -> None:
    stay = {
        "resourceType": "Encounter",
        "period": {"start": "2026-11-20T08:00:00+01:00", "end": "2026-11-25T09:00:00+01:00"},
    }
    found = definitions.search_parameters("Encounter")
    assert [value for _, value in values(stay, found["date-start"])] == ["2026-11-20T08:00:00+01:00"]
    assert [value for _, value in values(stay, found["end-date"])] == ["2026-11-25T09:00:00+01:00"]
    assert found["end-date"].url == "https://gematik.de/fhir/isik/SearchParameter/Encounter-end-date"
    assert found["date"].url == "http://hl7.org/fhir/SearchParameter/clinical-date"
    url = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Location.characteristic"
    ward = {
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/location-characteristic", "code": "wheelchair"}]
    }
    room = {"resourceType": "Location", "extension": [{"url": url, "valueCodeableConcept": ward}]}
    characteristic = definitions.search_parameters("Location")["characteristic"]
    assert [value for _, value in values(room, characteristic)] == [ward]
