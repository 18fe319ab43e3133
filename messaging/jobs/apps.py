from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "messaging.jobs"

    def ready(self) -> None:
        from messaging.jobs import erasure
        from patients import events

        events.on("patient.erased", erasure.forget_patient, when="inside")
