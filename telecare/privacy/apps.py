from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "telecare.privacy"

    def ready(self) -> None:
        from messaging import jobs
        from patients import events
        from patients.access import reactions
        from telecare.privacy import news
        from telecare.privacy import reactions as ours

        reactions.on("Observation", ours.a_doctor_states_it)
        jobs.register(news.DELIVER, news.deliver)
        jobs.register(news.END, news.end)
        events.on("access.asked", news.asked, when="inside")
        events.on("access.requested", news.requested)
        events.on("access.answered", news.answered)
        events.on("emergency.opened", news.opened, when="inside")
        events.on("emergency.reviewed", news.reviewed)
        events.on("erasure.asked", news.erasure_asked)
        events.on("erasure.answered", news.erasure_answered)
