from django.apps import AppConfig


class VisitsConfig(AppConfig):
    name = "telecare.visits"

    def ready(self) -> None:
        from patients.network import plans
        from telecare.visits.plans import PLANS
        from telecare.visits.queries import occasion
        from telecare.vitals import occasions

        occasions.on(occasion)
        plans.register(PLANS)
