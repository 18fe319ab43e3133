"""Which kind of knowledge a document holds."""

from __future__ import annotations

from typing import Any

import pytest

from patients.access.categories import category_of, is_emergency_access, is_vital_sign, stricter

LOINC, SNOMED, ICD = "http://loinc.org", "http://snomed.info/sct", "http://fhir.de/CodeSystem/bfarm/icd-10-gm"
OURS = "https://telecare.example/fhir/CodeSystem/record-category"
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"


def concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def labelled(resource: dict[str, Any], system: str, code: str) -> dict[str, Any]:
    return {**resource, "meta": {"security": [{"system": system, "code": code}]}}


@pytest.mark.parametrize(
    ("kind", "category"),
    [
        ("Organization", "directory"),
        ("Patient", "administrative"),
        ("Appointment", "administrative"),
        ("Observation", "clinical"),
        ("Goal", "clinical"),
        ("Task", "clinical"),
        ("MedicationRequest", "medication"),
        ("Communication", "chat"),
        ("Consent", "consent"),
    ],
)
def test_most_types_have_one_category(kind: str, category: str):
    assert category_of({"resourceType": kind}) == category


@pytest.mark.parametrize("kind", ["Basic", "Binary", "Bundle", "AuditEvent", "Parameters", "", "Zebra"])
def test_what_is_unknown_counts_as_mental_health(kind: str):
    assert category_of({"resourceType": kind}) == "mental"


@pytest.mark.parametrize(
    ("code", "category"),
    [
        ((ICD, "F32.1"), "mental"),
        ((ICD, "f10.2"), "mental"),
        ((ICD, "X71"), "mental"),
        ((ICD, "I10"), "clinical"),
        ((ICD, "F03"), "clinical"),  # dementia: whoever cares for the person must know
        ((SNOMED, "35489007"), "mental"),
        ((SNOMED, "38341003"), "clinical"),
        (("http://id.who.int/icd/release/11/mms", "6A70"), "mental"),
        (("http://id.who.int/icd/release/11/mms", "6D80"), "clinical"),
    ],
)
def test_a_diagnosis_tells_by_its_code(code: tuple[str, str], category: str):
    assert category_of({"resourceType": "Condition", "code": concept(*code)}) == category


def test_a_depression_score_is_mental_health_though_it_is_an_observation():
    assert category_of({"resourceType": "Observation", "code": concept(LOINC, "44261-6")}) == "mental"
    assert category_of({"resourceType": "Observation", "code": concept(LOINC, "8867-4")}) == "clinical"


def test_what_is_contained_counts_too():
    inner = {"resourceType": "Condition", "id": "c", "code": concept(ICD, "F41.0")}
    assert category_of({"resourceType": "Encounter", "contained": [inner]}) == "mental"


def test_a_tablet_stays_visible_to_whoever_hands_it_out():
    request = {"resourceType": "MedicationRequest", "reasonCode": [concept(ICD, "F32.1")]}
    assert category_of(request) == "medication"


def test_a_visit_is_administrative_until_it_names_a_reason():
    assert category_of({"resourceType": "Encounter"}) == "administrative"
    assert category_of({"resourceType": "Encounter", "reasonCode": [concept(ICD, "I10")]}) == "clinical"


def test_the_nurses_part_of_a_note_is_nursing_and_the_doctors_part_clinical():
    assert category_of({"resourceType": "Composition", "type": concept(LOINC, "34746-8")}) == "nursing"
    assert category_of({"resourceType": "Composition", "type": concept(LOINC, "11488-4")}) == "clinical"
    assert category_of({"resourceType": "Composition", "type": {"text": "?"}}) == "mental"


def test_a_document_is_as_narrow_as_the_narrowest_of_its_parts():
    nursing = {"resourceType": "Composition", "type": {"coding": [{"system": "http://loinc.org", "code": "34746-8"}]}}
    clinical = {"resourceType": "Composition", "type": {"coding": [{"system": "http://loinc.org", "code": "11488-4"}]}}
    depression = {"resourceType": "Condition", "code": {"coding": [{"system": ICD, "code": "F32.1"}]}}
    for parts, category in (
        ([nursing, {"resourceType": "Patient"}], "nursing"),
        ([nursing, clinical], "clinical"),
        ([clinical, depression], "mental"),
        ([clinical, {"resourceType": "Bundle", "type": "collection"}], "mental"),
        ([clinical, None], "mental"),
    ):
        bundle = {"resourceType": "Bundle", "type": "document", "entry": [{"resource": part} for part in parts]}
        assert category_of(bundle) == category
        assert category_of({**bundle, "type": "collection"}) == "mental"


def test_a_device_of_a_patient_is_not_in_the_directory():
    assert category_of({"resourceType": "Device"}) == "directory"
    assert category_of({"resourceType": "Device", "patient": {"reference": "Patient/heinrich"}}) == "administrative"


def test_a_client_may_raise_a_category_by_its_label():
    pulse = {"resourceType": "Observation", "code": concept(LOINC, "8867-4")}
    assert category_of(labelled(pulse, CONFIDENTIALITY, "R")) == "mental"
    assert category_of(labelled(pulse, OURS, "mental")) == "mental"
    assert category_of(labelled({"resourceType": "Appointment"}, OURS, "clinical")) == "clinical"


def test_a_client_may_not_lower_a_category_by_its_label():
    depression = {"resourceType": "Condition", "code": concept(ICD, "F32.1")}
    for label in ("directory", "administrative", "clinical", "nursing", "chat"):
        assert category_of(labelled(depression, OURS, label)) == "mental"
    assert category_of(labelled({"resourceType": "Condition"}, OURS, "nursing")) == "clinical"
    assert category_of(labelled({"resourceType": "Condition"}, CONFIDENTIALITY, "N")) == "clinical"


def test_a_consent_stays_a_consent_whatever_its_labels():
    assert category_of(labelled({"resourceType": "Consent"}, OURS, "mental")) == "consent"


@pytest.mark.parametrize("odd", [None, "x", 7, [], {}, [None], [{"coding": "x"}], {"coding": [None, {"code": 5}]}])
def test_no_form_of_the_elements_makes_it_fail(odd: object):
    resource = {"resourceType": "Condition", "code": odd, "category": odd, "meta": {"security": odd}, "contained": odd}
    assert category_of(resource) == "clinical"
    assert category_of({"resourceType": "Device", "patient": odd}) == "directory"


def test_the_narrower_of_two_wins_and_of_equals_the_first():
    assert stricter("clinical", "mental") == stricter("mental", "clinical") == "mental"
    assert stricter("nursing", "medication") == "nursing"


def test_vital_signs_are_known_by_their_category():
    vital = concept("http://terminology.hl7.org/CodeSystem/observation-category", "vital-signs")
    assert is_vital_sign({"resourceType": "Observation", "category": [vital]})
    assert not is_vital_sign({"resourceType": "Observation", "category": [concept("urn:x", "vital-signs")]})
    assert not is_vital_sign({"resourceType": "Condition", "category": [vital]})


def test_break_glass_is_a_consent_matter():
    task = {
        "resourceType": "Task",
        "code": concept("https://telecare.example/fhir/CodeSystem/task", "emergency-access"),
    }
    assert is_emergency_access(task)
    assert category_of(task) == "consent"
