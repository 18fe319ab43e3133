"""Which FHIR types this network serves: those of a care record, and those that are needed to book and to ask."""

from typing import Final

_NAMES = """
    Patient RelatedPerson Practitioner PractitionerRole Organization Location HealthcareService Endpoint CareTeam
    EpisodeOfCare Encounter Appointment AppointmentResponse Schedule Slot Observation DiagnosticReport Condition
    Procedure AllergyIntolerance Immunization Medication MedicationStatement MedicationRequest CarePlan Goal Task
    ServiceRequest Communication CommunicationRequest Consent DocumentReference Binary Composition Media Questionnaire
    QuestionnaireResponse Device DeviceMetric Flag DetectedIssue List Basic Provenance AuditEvent Subscription Person
    Group Bundle
"""

SERVED: Final = frozenset(_NAMES.split())
