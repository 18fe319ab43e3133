from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "messaging.chat"
