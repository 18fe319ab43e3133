from django.apps import AppConfig


class VitalsConfig(AppConfig):
    name = "telecare.vitals"

    def ready(self) -> None:
        from patients.access import reactions
        from telecare.vitals.reactions import announce, announce_limit, ask_for_review, check

        reactions.on("Observation", check)
        reactions.on("Observation", ask_for_review)
        reactions.on("Observation", announce)
        reactions.on("Goal", announce_limit)
