from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "messaging.chat"

    def ready(self) -> None:
        from messaging.chat import commands, queries, services
        from messaging.chat.communications import ChatMessages
        from messaging.realtime import commands as known
        from messaging.realtime import topics
        from patients import events
        from patients.accounts.actor import Actor
        from patients.fhir import registry

        def opened(actor: Actor, ident: str) -> None:
            services.look(actor, queries.found(ident), source="socket")

        topics.register(
            "thread",
            topics.Topic(
                queries.may_listen,
                queries.head,
                queries.since,
                standing=queries.marks,
                about=queries.patient_of,
                opened=opened,
                presence=True,
            ),
        )
        known.register("thread.of", commands.find)
        known.register("thread.send", commands.send, together=True)
        known.register("thread.read", commands.read)
        events.on("data.restored", services.begin_new_epochs, when="inside")
        events.on("patient.erased", services.forget_thread, when="inside")
        registry.provider("Communication", ChatMessages())
