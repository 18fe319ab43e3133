from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"
    label = "composition"

    def ready(self) -> None:
        from config import checks, purge  # noqa: F401
        from messaging import jobs

        jobs.every("metadata.purge", purge.DAILY, purge.daily)
