from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "patients.accounts"

    def ready(self) -> None:
        from patients import events
        from patients.accounts import services

        events.on("data.restored", services.end_all_sessions, when="inside")
        events.on("person.erased", services.forget_person, when="inside")
