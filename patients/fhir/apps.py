from django.apps import AppConfig


class FHIRConfig(AppConfig):
    name = "patients.fhir"

    def ready(self) -> None:
        from patients.fhir import interactions, operations, registry
        from patients.fhir.audit_events import AuditEvents

        interactions.register()
        operations.register()
        registry.provider("AuditEvent", AuditEvents())
