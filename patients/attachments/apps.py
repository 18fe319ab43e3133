from django.apps import AppConfig


class AttachmentsConfig(AppConfig):
    name = "patients.attachments"

    def ready(self) -> None:
        from patients import events
        from patients.attachments import services

        events.on("patient.erased", services.forget_patient, when="inside")
