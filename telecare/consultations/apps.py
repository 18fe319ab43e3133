from datetime import timedelta

from django.apps import AppConfig


class ConsultationsConfig(AppConfig):
    name = "telecare.consultations"

    def ready(self) -> None:
        from messaging import jobs
        from patients import events
        from patients.access import reactions
        from patients.accounts import http
        from patients.records import projections
        from telecare.consultations import commands, guests, operations, services
        from telecare.consultations import projections as cards
        from telecare.consultations import reactions as ours

        projections.on("Encounter", cards.card, reset=cards.forget)
        reactions.on("Appointment", ours.keep_slots)
        reactions.on("Appointment", ours.follow_appointment)
        reactions.on("Encounter", ours.end_call)
        reactions.on("Consent", ours.end_refused_calls)
        operations.register()
        http.recognise(guests.of_request)
        commands.register()
        events.on("access.changed", lambda patient, **ids: services.let_go_away(patient))
        events.on("patient.erased", services.forget_patient, when="inside")
        jobs.register(ours.REFUSED, ours.end_calls_refused_from_now)
        jobs.every("consultations.alarm", timedelta(minutes=1), services.alarm_unattended)
