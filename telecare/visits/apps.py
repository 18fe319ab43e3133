from django.apps import AppConfig


class VisitsConfig(AppConfig):
    name = "telecare.visits"

    def ready(self) -> None:
        from telecare.visits.queries import occasion
        from telecare.vitals import occasions

        occasions.on(occasion)
