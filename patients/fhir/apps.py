from django.apps import AppConfig


class FHIRConfig(AppConfig):
    name = "patients.fhir"
