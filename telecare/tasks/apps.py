from django.apps import AppConfig


class TasksConfig(AppConfig):
    name = "telecare.tasks"

    def ready(self) -> None:
        from patients.access import reactions
        from telecare.tasks.reactions import announce, follow_invitation

        reactions.on("Task", announce)
        reactions.on("CareTeam", follow_invitation)
