"""Addresses of privacy: consents and representatives; emergency reading, requests of access, the patient's rights."""

from django.urls import URLPattern, path

from telecare.privacy.views import asking, emergencies, erasure, log, oversight, taking

app_name = "privacy"
_consents: list[URLPattern] = []
_rights = [
    path("accesses/", log.accesses, name="accesses"),
    path("patients/<str:patient_id>/accesses/", log.of_patient, name="accesses-of"),
    path("patients/<str:patient_id>/download/", taking.download, name="download"),
    path("patients/<str:patient_id>/erasure/", erasure.ask, name="erasure"),
    path("erasures/", erasure.erasures, name="erasures"),
    path("erasures/<str:task_id>/answer/", erasure.answer, name="answer-erasure"),
    path("access/", asking.why, name="why"),
    path("access/requests/", asking.requests, name="requests"),
    path("access/requests/<str:task_id>/answer/", asking.answer, name="answer"),
    path("access/emergency/", emergencies.emergency, name="emergency"),
    path("access/emergencies/", emergencies.emergencies, name="emergencies"),
    path("access/emergencies/<str:task_id>/end/", emergencies.end, name="end-emergency"),
    path("access/emergencies/<str:task_id>/review/", emergencies.review, name="review"),
]
_oversight = [
    path("oversight/", oversight.oversight, name="oversight"),
    path("oversight/person/", oversight.find_person, name="oversight-person"),
    path("oversight/export/", oversight.export, name="oversight-export"),
]
urlpatterns = [*_consents, *_rights, *_oversight]
