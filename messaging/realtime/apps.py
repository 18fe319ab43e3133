from django.apps import AppConfig


class RealtimeConfig(AppConfig):
    name = "messaging.realtime"

    def ready(self) -> None:
        from messaging.realtime import bus, listening, policy, publishing
        from patients import events

        def cut(account: int | None = None, session: str | None = None, **ids: object) -> None:
            publishing.send(bus.Cut(account, session))

        def changed(patient: str | None = None, **ids: object) -> None:
            publishing.send(bus.Changed(patient))

        listening.register()
        policy.register()
        events.on("account.cut", cut)
        events.on("access.changed", changed)
