"""Whom a record concerns: the rights of access and the keys of the vault hang on it."""

from __future__ import annotations

import pytest

from patients.records import definitions
from tests.patients.records import fixtures

ABOUT_HEINRICH = """
    Patient-heinrich RelatedPerson-ida CareTeam-team-heinrich EpisodeOfCare-pflege Encounter-videosprechstunde
    Appointment-freitag AppointmentResponse-zusage Observation-blutdruck DiagnosticReport-labor Condition-hypertonie
    Procedure-verband AllergyIntolerance-penicillin Immunization-grippe MedicationRequest-ramipril
    MedicationStatement-ass CarePlan-plan Goal-blutdruck-grenze Task-pruefung ServiceRequest-kontrolle
    Communication-nachricht CommunicationRequest-rueckruf Consent-video DocumentReference-arztbrief Binary-brief
    Composition-bericht Media-wunde QuestionnaireResponse-sturz-antwort Device-blutdruckgeraet Flag-hund
    DetectedIssue-wechselwirkung List-medikamente Basic-notiz AuditEvent-einsicht Person-heinrich-person Bundle-dokument
"""
ABOUT_NOBODY = """
    Practitioner-clara PractitionerRole-anna-moorland Organization-moorland Location-praxisraum Endpoint-praxis-kim
    HealthcareService-wundversorgung Schedule-clara-video Slot-slot-1 Medication-ramipril-5 Questionnaire-sturz
    DeviceMetric-kanal Provenance-unterschrift Subscription-neue-werte
"""


@pytest.mark.parametrize("name", ABOUT_HEINRICH.split())
def test_heinrichs_records_concern_heinrich(name):
    assert definitions.patients_of(fixtures.resource(name)) == ("heinrich",)


@pytest.mark.parametrize("name", ABOUT_NOBODY.split())
def test_what_belongs_to_the_house_concerns_no_patient(name):
    assert definitions.patients_of(fixtures.resource(name)) == ()


def test_a_group_concerns_all_its_members():
    assert definitions.patients_of(fixtures.resource("Group-wohngruppe")) == ("heinrich", "elfriede")


def test_an_appointment_of_a_couple_concerns_both():
    both = [{"actor": {"reference": f"Patient/{who}"}, "status": "accepted"} for who in ("heinrich", "elfriede")]
    assert definitions.patients_of(fixtures.resource("Appointment-freitag", participant=both)) == (
        "heinrich",
        "elfriede",
    )


def test_who_measured_does_not_make_it_a_record_about_them():
    """Elfriede measured her husband's pulse: the record is his, and her rights do not matter."""
    measured = fixtures.resource("Observation-blutdruck", performer=[{"reference": "Patient/elfriede"}])
    assert definitions.patients_of(measured) == ("heinrich",)


def test_where_it_is_about_nobody_those_who_take_part_count():
    message = fixtures.resource("Communication-nachricht", subject=None, sender={"reference": "Patient/elfriede"})
    assert definitions.patients_of(message) == ("elfriede",)


@pytest.mark.parametrize(
    "reference",
    [
        {"reference": "https://elsewhere.example/fhir/Patient/heinrich"},
        {"reference": "#heinrich"},
        {"reference": "urn:uuid:0f0e0d0c-0b0a-4908-8706-050403020100"},
        {"reference": "Group/heinrich"},
        {"identifier": {"value": "heinrich"}},
        {"display": "Heinrich"},
    ],
)
def test_only_an_address_here_names_a_patient_of_ours(reference):
    assert definitions.patients_of(fixtures.resource("Observation-blutdruck", subject=reference)) == ()


def test_our_own_address_is_as_good_as_a_relative_one(settings):
    subject = {"reference": f"{settings.PUBLIC_URL}/fhir/Patient/heinrich"}
    assert definitions.patients_of(fixtures.resource("Observation-blutdruck", subject=subject)) == ("heinrich",)


def test_a_version_of_a_patient_is_the_patient():
    subject = {"reference": "Patient/heinrich/_history/2"}
    assert definitions.patients_of(fixtures.resource("Observation-blutdruck", subject=subject)) == ("heinrich",)


def test_every_type_is_either_about_patients_or_known_not_to_be():
    named = {name.partition("-")[0] for name in (ABOUT_HEINRICH + ABOUT_NOBODY).split()} | {"Group"}
    assert named == definitions.SERVED


def test_a_compartment_is_told_by_the_parameters_that_lead_into_it():
    assert definitions.compartments() == {"Patient", "Encounter", "Practitioner", "RelatedPerson", "Device"}
    assert definitions.compartment("Patient")["Observation"] == ("subject", "performer")
    assert definitions.compartment("Encounter")["Encounter"] == ("{def}",)
    assert "Organization" not in definitions.compartment("Patient")
