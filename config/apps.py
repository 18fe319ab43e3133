from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"
    label = "composition"

    def ready(self) -> None:
        from datetime import timedelta

        from config import checks, purge  # noqa: F401
        from messaging import jobs
        from patients.network import services

        jobs.every("metadata.purge", purge.DAILY, purge.daily)
        jobs.every("network.postponed-erasures", timedelta(hours=6), services.carry_out_postponed)
