"""What R4 says about its types, as the checks need it."""

from __future__ import annotations

import pytest

from patients.records import definitions


def test_these_are_the_definitions_of_4_0_1():
    assert definitions.version() == "4.0.1"
    assert len(definitions.resource_types()) == 146
    assert definitions.resource_types() >= definitions.SERVED
    assert "Resource" not in definitions.resource_types()


def test_an_element_knows_type_number_codes_and_targets():
    observation = definitions.structure("Observation").fields
    assert observation["status"].least == 1
    assert observation["category"].many
    assert observation["subject"].targets == {"Patient", "Group", "Device", "Location"}
    assert observation["focus"].targets == frozenset()  # may point to anything
    assert observation["component"].type == "Observation.component"
    assert observation["id"].type == "id"
    assert observation["contained"].type == "Resource"
    assert definitions.structure("Questionnaire.item").fields["item"].type == "Questionnaire.item"


def test_an_element_knows_whether_a_summary_has_it_and_whether_it_changes_the_rest():
    patient = definitions.structure("Patient").fields
    assert {name for name in ("name", "birthDate", "photo", "text") if patient[name].summary} == {"name", "birthDate"}
    assert not definitions.structure("Attachment").fields["data"].summary
    assert definitions.structure("MedicationRequest").fields["doNotPerform"].modifier
    assert not patient["name"].modifier


def test_only_one_of_a_choice_may_stand_and_fhirpath_calls_it_by_its_stem():
    request = definitions.structure("MedicationRequest")
    assert (("medicationCodeableConcept", "medicationReference"), 1) in request.choices
    assert request.stems["medicationReference"] == "medication"
    assert len(definitions.structure("Extension").choices[0][0]) == 50


def test_required_codes_are_spelled_out_with_their_systems():
    status = definitions.codes(definitions.structure("Observation").fields["status"].codes)
    assert status is not None
    assert {code for _, code in status} == {
        "registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown",
    }  # fmt: skip
    clinical = definitions.codes(definitions.structure("Condition").fields["clinicalStatus"].codes)
    assert clinical is not None
    assert ("http://terminology.hl7.org/CodeSystem/condition-clinical", "remission") in clinical


def test_codes_defined_outside_fhir_are_left_open():
    assert definitions.codes(definitions.structure("Attachment").fields["contentType"].codes) is None


def test_every_structure_named_by_another_is_there():
    for type_ in definitions.resource_types():
        waiting, seen = [type_], set()
        while waiting:
            name = waiting.pop()
            seen.add(name)
            for field in definitions.structure(name).fields.values():
                if field.type in definitions.primitives() or field.type == "Resource" or field.type in seen:
                    continue
                assert definitions.has_structure(field.type)
                waiting.append(field.type)


def test_what_r4_does_not_know_is_an_error():
    assert not definitions.has_structure("Ward")
    with pytest.raises(KeyError):
        definitions.structure("Ward")
