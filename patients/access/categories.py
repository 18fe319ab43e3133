"""Which kind of knowledge a FHIR document holds: the category decides which roles may see it at all (DESIGN §5).

Computed at every write from type, codes and `meta.security`, and stored in clear beside the sealed body. A client's own
label can only raise a category: towards mental health, never away from it. What says nothing of itself counts as mental
health, the narrowest.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from patients.access.codes import (
    ACCESS_REQUEST,
    EMERGENCY_ACCESS,
    ERASURE_REQUEST,
    MENTAL_LOINC,
    MENTAL_SNOMED,
    NARROW_LABELS,
    NOTE_CODES,
    RECORD_CATEGORY,
    TASK_CODE,
)

DIRECTORY: Final = "directory"
ADMINISTRATIVE: Final = "administrative"
CLINICAL: Final = "clinical"
MEDICATION: Final = "medication"
NURSING: Final = "nursing"
MENTAL: Final = "mental"
CHAT: Final = "chat"
CONSENT: Final = "consent"

OF_PATIENTS: Final = (ADMINISTRATIVE, CLINICAL, MEDICATION, NURSING, MENTAL, CHAT, CONSENT)

# How narrow: a label, or a later version, may only go up. Consent stays what it is.
_RANK: Final = {DIRECTORY: 0, ADMINISTRATIVE: 1, CHAT: 2, NURSING: 2, MEDICATION: 2, CLINICAL: 3, MENTAL: 4, CONSENT: 5}

_BY_TYPE: Final = {
    name: category
    for category, names in {
        DIRECTORY: "Organization Practitioner PractitionerRole Location HealthcareService Endpoint Schedule Slot "
        "Questionnaire Medication Device DeviceMetric",
        ADMINISTRATIVE: "Patient Person RelatedPerson CareTeam Group Appointment AppointmentResponse Encounter "
        "EpisodeOfCare Subscription Coverage Account",
        CLINICAL: "Observation Condition Procedure AllergyIntolerance Immunization DiagnosticReport ServiceRequest "
        "CarePlan Goal Task Flag DetectedIssue List Media Provenance QuestionnaireResponse CommunicationRequest",
        MEDICATION: "MedicationRequest MedicationStatement MedicationAdministration MedicationDispense",
        CHAT: "Communication",
        CONSENT: "Consent",
    }.items()
    for name in names.split()
}
_SPEAKING = ("code", "type", "category", "conclusionCode", "valueCodeableConcept", "reasonCode", "serviceType")
_REASONS = ("reasonCode", "reasonReference", "diagnosis")
_MAY_NAME_A_PATIENT = ("patient", "subject", "actor")  # of directory types


def category_of(resource: dict[str, Any]) -> str:
    """The category of a FHIR resource (parsed JSON). Never fails: what cannot be told is mental health."""
    return stricter(_by_content(resource), _by_label(resource))


def stricter(one: str, other: str) -> str:
    """The narrower of two categories; of two equally narrow ones the first."""
    return other if _RANK[other] > _RANK[one] else one


def as_narrow_as(resource: dict[str, Any], category: str) -> dict[str, Any]:
    """The resource, labelled where needed so that it is as narrow: what follows from a document tells of it."""
    own = category_of(resource)
    if stricter(own, category) == own:
        return resource
    meta = resource.get("meta", {})
    label = {"system": RECORD_CATEGORY, "code": category}
    return {**resource, "meta": {**meta, "security": [*meta.get("security", ()), label]}}


def _by_content(resource: dict[str, Any]) -> str:
    kind = str(resource.get("resourceType", ""))
    if is_about_access(resource):
        return CONSENT
    if kind == "Bundle":
        return _of_document(resource)
    category = _BY_TYPE.get(kind, MENTAL)
    if category == CONSENT:
        return CONSENT
    if _speaks_of_mental_health(resource, medication=category == MEDICATION):
        return MENTAL
    if kind in {"Composition", "DocumentReference"}:
        return _of_note(resource)
    if kind == "List":
        return MEDICATION if ("http://loinc.org", "10160-0") in set(_codings(resource.get("code"))) else CLINICAL
    if kind in {"Encounter", "EpisodeOfCare"} and any(resource.get(name) for name in _REASONS):
        return CLINICAL
    if category == DIRECTORY and _names_a_patient(resource):
        return ADMINISTRATIVE
    return category


def _of_document(bundle: dict[str, Any]) -> str:
    """A document is as narrow as the narrowest of its parts; any other Bundle says nothing of itself."""
    entries = bundle.get("entry")
    parts = [one.get("resource") for one in entries if isinstance(one, dict)] if isinstance(entries, list) else []
    if bundle.get("type") != "document" or not parts:
        return MENTAL
    category = ADMINISTRATIVE
    for part in parts:
        category = stricter(category, category_of(part) if isinstance(part, dict) else MENTAL)
    return category


def _of_note(resource: dict[str, Any]) -> str:
    """Notes by their LOINC type; one with neither type nor category says nothing of itself."""
    codings = [*_codings(resource.get("type")), *_codings(resource.get("category"))]
    for system, code in codings:
        if system == "http://loinc.org" and code in NOTE_CODES:
            return NOTE_CODES[code]
    return CLINICAL if codings else MENTAL


def is_emergency_access(resource: dict[str, Any]) -> bool:
    """Whether this Task is a grant of break-glass reading (README: which elements mean what)."""
    return resource.get("resourceType") == "Task" and (TASK_CODE, EMERGENCY_ACCESS) in set(
        _codings(resource.get("code"))
    )


def is_about_access(resource: dict[str, Any]) -> bool:
    """Whether this Task grants or asks for reading or erasing: such are written by network services only."""
    return resource.get("resourceType") == "Task" and any(
        system == TASK_CODE and code in (EMERGENCY_ACCESS, ACCESS_REQUEST, ERASURE_REQUEST)
        for system, code in _codings(resource.get("code"))
    )


def is_vital_sign(resource: dict[str, Any]) -> bool:
    """Whether this is an Observation of the category vital-signs (http://hl7.org/fhir/R4/observation-vitalsigns.html)."""
    return resource.get("resourceType") == "Observation" and any(
        code == "vital-signs" and system == "http://terminology.hl7.org/CodeSystem/observation-category"
        for system, code in _codings(resource.get("category"))
    )


def _speaks_of_mental_health(resource: dict[str, Any], *, medication: bool) -> bool:
    for name in _SPEAKING:
        if medication and name == "reasonCode":
            continue  # whoever hands out the tablets must see them
        if any(_is_mental(system, code) for system, code in _codings(resource.get(name))):
            return True
    contained = resource.get("contained")
    return isinstance(contained, list) and any(
        isinstance(inner, dict) and _speaks_of_mental_health(inner, medication=False) for inner in contained
    )


def _is_mental(system: str, code: str) -> bool:
    if system == "http://loinc.org":
        return code in MENTAL_LOINC
    if system == "http://snomed.info/sct":
        return code in MENTAL_SNOMED
    if "icd-10" in system:
        return _is_mental_icd10(code.upper())
    if "id.who.int/icd" in system:
        return code[:2] in {"6A", "6B", "6C", "6D", "6E"} and code[:3] not in {"6D7", "6D8", "6E0"}
    return False


def _is_mental_icd10(code: str) -> bool:
    """Chapter V and self-harm, without dementia and delirium (F00–F05): whoever cares for a person must know those."""
    if code.startswith("F"):
        return not ("F00" <= code[:3] <= "F05")
    return "X60" <= code[:3] <= "X84"


def _by_label(resource: dict[str, Any]) -> str:
    meta = resource.get("meta")
    labels = meta.get("security") if isinstance(meta, dict) else None
    category = DIRECTORY
    for label in labels if isinstance(labels, list) else ():
        if not isinstance(label, dict):
            continue
        system, code = str(label.get("system", "")), str(label.get("code", ""))
        if (system, code) in NARROW_LABELS:
            return MENTAL
        if system == RECORD_CATEGORY and code in OF_PATIENTS and code != CONSENT:
            category = stricter(category, code)
    return category


def _names_a_patient(resource: dict[str, Any]) -> bool:
    for name in _MAY_NAME_A_PATIENT:
        value = resource.get(name)
        for reference in value if isinstance(value, list) else (value,):
            if isinstance(reference, dict) and "Patient/" in str(reference.get("reference", "")):
                return True
    return False


def _codings(value: object) -> Iterator[tuple[str, str]]:
    """All (system, code) of a Coding, a CodeableConcept, a code or a list of them."""
    if isinstance(value, list):
        for item in value:
            yield from _codings(item)
    elif isinstance(value, dict):
        if "coding" in value:
            yield from _codings(value["coding"])
        elif isinstance(value.get("code"), str):
            yield str(value.get("system", "")), value["code"]
