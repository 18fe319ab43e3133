from datetime import timedelta

from django.apps import AppConfig


class ConsultationsConfig(AppConfig):
    name = "telecare.consultations"

    def ready(self) -> None:
        from messaging import jobs
        from patients import events
        from patients.accounts import http
        from patients.records import projections
        from telecare.consultations import commands, guests, services
        from telecare.consultations import projections as cards

        projections.on("Encounter", cards.card, reset=cards.forget)
        http.recognise(guests.of_request)
        commands.register()
        events.on("access.changed", lambda patient, **ids: services.let_go_away(patient))
        jobs.every("consultations.alarm", timedelta(minutes=1), services.alarm_unattended)
