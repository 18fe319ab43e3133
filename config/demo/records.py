"""What practices know: diagnoses, allergies, cautions, medication, as practice systems export them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from config.demo.district import District
from config.demo.measurements import demo_id
from config.demo.people import Inhabitant

ICD = "http://fhir.de/CodeSystem/bfarm/icd-10-gm"
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
ALLERGY = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
VERIFIED = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"


def of(person: Inhabitant, district: District) -> Iterator[dict[str, Any]]:
    """The person's documents."""
    subject = {"reference": f"Patient/{district.patient(person.slug)}"}
    recorder = {"reference": district.doctor_of(person).person}
    for code, text in person.conditions:
        yield {
            "resourceType": "Condition",
            "id": demo_id(person.slug, "condition", code),
            "clinicalStatus": _coded(CLINICAL, "active"),
            "code": {"coding": [{"system": ICD, "version": "2026", "code": code}], "text": text},
            "subject": subject,
            "recorder": recorder,
        }
    if person.allergy:
        yield {
            "resourceType": "AllergyIntolerance",
            "id": demo_id(person.slug, "allergy"),
            "clinicalStatus": _coded(ALLERGY, "active"),
            "verificationStatus": _coded(VERIFIED, "confirmed"),
            "code": {"text": person.allergy},
            "patient": subject,
            "recorder": recorder,
        }
    for number, text in enumerate(person.flags):
        yield {
            "resourceType": "Flag",
            "id": demo_id(person.slug, "flag", number),
            "status": "active",
            "code": {"text": text},
            "subject": subject,
            "author": recorder,
        }
    for number, (name, dosage) in enumerate(person.medication):
        yield {
            "resourceType": "MedicationStatement",
            "id": demo_id(person.slug, "medication", number),
            "status": "active",
            "medicationCodeableConcept": {"text": name},
            "subject": subject,
            "informationSource": recorder,
            "dosage": [{"text": dosage}],
        }


def _coded(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}
