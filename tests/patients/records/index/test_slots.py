"""The slots of the index, for every type that is served."""

from __future__ import annotations

from patients.records import definitions
from patients.records.index.slots import DIAGNOSES, MAIN_DATES, implied_codes, main_date, parameters, slots
from patients.records.search.keys import about_one


def test_no_two_slots_share_a_number() -> None:
    every = [slot for type_ in definitions.SERVED for slot in slots(type_)]
    assert len({slot.number for slot in every}) == len(every) > 800


def test_every_official_parameter_has_slots_or_a_refusal() -> None:
    for type_ in definitions.SERVED:
        for name, parameter in parameters(type_).items():
            assert bool(parameter.slots) != bool(parameter.refused), (type_, name)


def test_no_official_parameter_is_refused() -> None:
    refused = {
        f"{type_}.{name}" for type_ in definitions.SERVED for name, each in parameters(type_).items() if each.refused
    }
    assert refused == set()


def test_the_halves_of_a_composite_are_what_stands_there() -> None:
    """R4 says relatesTo of the code and relation of the target of DocumentReference.relationship."""
    assert parameters("DocumentReference")["relationship"].components == ("token", "reference")


def test_parameters_that_look_at_the_same_place_share_its_slot() -> None:
    observation = parameters("Observation")
    assert observation["patient"].slots == observation["subject"].slots
    assert observation["patient"].target == "Patient"
    assert set(observation["combo-code"].slots) == {*observation["code"].slots, *observation["component-code"].slots}
    assert observation["combo-code-value-quantity"].first_slots == observation["combo-code"].slots


def test_every_main_date_is_a_date_of_its_type() -> None:
    for type_ in MAIN_DATES:
        main = main_date(type_)
        assert main is not None
        assert main.kind == "date"
        assert {slot.kind for slot in main.slots} == {"main"}
    assert main_date("Patient") is None


def test_what_bears_a_diagnosis_names_one_patient_at_most() -> None:
    assert all(about_one(type_) for type_ in DIAGNOSES)


def test_codes_of_diagnoses_are_hashed_per_patient_and_identifiers_are_not() -> None:
    condition = parameters("Condition")
    assert all(slot.per_patient for slot in condition["code"].slots)
    assert not any(slot.per_patient for slot in condition["identifier"].slots)
    observation = parameters("Observation")
    assert not any(slot.per_patient for slot in observation["code"].slots)
    assert all(slot.per_patient for name in ("value-concept", "code-value-concept") for slot in observation[name].slots)


def test_a_plain_code_has_the_system_of_its_value_set() -> None:
    (gender,) = parameters("Patient")["gender"].slots
    assert ("http://hl7.org/fhir/administrative-gender", "male") in implied_codes(gender)
    (active,) = parameters("Patient")["active"].slots
    assert ("http://hl7.org/fhir/special-values", "true") in implied_codes(active)
    (code,) = parameters("Observation")["code"].slots
    assert not implied_codes(code)
