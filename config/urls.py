"""The addresses. Each app brings its own; this file only says where they hang."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from config import health, language
from config import help as assistance
from config.look import views as look
from telecare.dashboards import views as dashboards

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
    path("language", language.choose, name="language"),
    path("help/", assistance.page, name="help"),
    path("_look/", look.components, name="look"),
    path("_look/<slug:name>/", look.example, name="look-page"),
    path("ws/", include("messaging.realtime.urls")),
    path("", include("patients.accounts.urls")),
    path("", include("patients.network.urls")),
    path("", dashboards.start, name="start"),
    path("", include("telecare.dashboards.urls")),
    path("", include("messaging.chat.urls")),
    path("", include("telecare.tasks.urls")),
    path("", include("telecare.vitals.urls")),
    path("", include("telecare.consultations.urls")),
    path("", include("telecare.visits.urls")),
    path("", include("telecare.exchange.urls")),
    path("", include("telecare.privacy.urls")),
]

handler400 = "config.failures.bad_request"
handler403 = "config.failures.forbidden"
handler404 = "config.failures.not_found"
handler500 = "config.failures.server_error"
