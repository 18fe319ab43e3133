from django.apps import AppConfig


class FHIRConfig(AppConfig):
    name = "patients.fhir"

    def ready(self) -> None:
        from patients.fhir import interactions, operations

        interactions.register()
        operations.register()
