from django.apps import AppConfig


class NetworkConfig(AppConfig):
    name = "patients.network"

    def ready(self) -> None:
        from patients.accounts import places
        from patients.network.queries.names import of_organisations, of_staff

        places.register(of_organisations, of_staff)
