"""`make definitions`: derives the data of this package from the official FHIR R4 package. Needed by developers only."""
