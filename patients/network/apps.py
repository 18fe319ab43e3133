from django.apps import AppConfig


class NetworkConfig(AppConfig):
    name = "patients.network"

    def ready(self) -> None:
        from patients import events
        from patients.access import reactions
        from patients.accounts import places
        from patients.network import reactions as ours
        from patients.network.queries.names import around, of_organisations, of_staff, renamed
        from patients.network.services.erasure import say_done
        from patients.network.services.requests import forget_papers

        places.register(of_organisations, of_staff, around)
        for picture in ("Media", "DocumentReference"):
            reactions.on(picture, ours.no_photo_against_the_will)
        for named in ("Organization", "Patient", "Practitioner", "RelatedPerson"):
            reactions.on(named, renamed)
        events.on("patient.erased", say_done, when="inside")
        events.on("patient.erased", forget_papers, when="inside")
