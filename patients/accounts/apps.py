from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "patients.accounts"

    def ready(self) -> None:
        from patients import events
        from patients.accounts import services

        events.on("person.erased", services.forget_person, when="inside")
