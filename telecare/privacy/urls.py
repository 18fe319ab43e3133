"""Addresses of privacy: consents and representatives; emergency reading, requests of access, the patient's rights."""

from django.urls import path

from telecare.privacy.views import asking, consents, emergencies, erasure, grounds, log, oversight, taking

app_name = "privacy"
_OF_PATIENT = "patients/<str:patient_id>/consents/"
_consents = [
    path("consents/", consents.own, name="own-consents"),
    path("wards/", grounds.wards, name="wards"),
    path(_OF_PATIENT, consents.of_patient, name="consents"),
    path(f"{_OF_PATIENT}choose/", consents.choose, name="choose"),
    path(f"{_OF_PATIENT}say/", consents.say, name="say"),
    path(f"{_OF_PATIENT}paper/", consents.paper, name="paper"),
    path(f"{_OF_PATIENT}print/", consents.printed, name="print"),
    path(f"{_OF_PATIENT}representative/", grounds.representative, name="representative"),
    path(f"{_OF_PATIENT}capacity/", grounds.capacity, name="capacity"),
    path(f"{_OF_PATIENT}basis/", grounds.basis, name="basis"),
    path(f"{_OF_PATIENT}representatives/<str:relative_id>/end/", grounds.end_representation, name="end-representation"),
    path(f"{_OF_PATIENT}<str:consent_id>/withdraw/", consents.withdraw, name="withdraw"),
]
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
