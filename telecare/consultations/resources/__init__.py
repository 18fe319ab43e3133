"""How a consultation looks in FHIR: `meeting` (Appointment, Encounter) and `note` (Composition, Provenance)."""
