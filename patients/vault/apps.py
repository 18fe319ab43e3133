from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "patients.vault"
