from django.apps import AppConfig


class TasksConfig(AppConfig):
    name = "telecare.tasks"

    def ready(self) -> None:
        from patients import events
        from patients.access import reactions
        from patients.network import plans
        from telecare.tasks.plans import PLANS
        from telecare.tasks.reactions import announce, follow_invitation, tell_of_declined_hand_over

        plans.register(PLANS)
        reactions.on("Task", announce)
        reactions.on("CareTeam", follow_invitation)
        events.on("hand-over.declined", tell_of_declined_hand_over, when="inside")
