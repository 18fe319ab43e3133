from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "patients.access"

    def ready(self) -> None:
        from patients.access import projections as ours
        from patients.records import projections

        projections.on("CareTeam", ours.follow_access_document, reset=ours.forget_rights)
        projections.on("Consent", ours.follow_access_document)
        projections.on("RelatedPerson", ours.follow_relative)
        projections.on("Task", ours.follow_task)
        projections.on("Patient", ours.follow_person)
        projections.on("PractitionerRole", ours.follow_function, reset=ours.forget_memberships)
