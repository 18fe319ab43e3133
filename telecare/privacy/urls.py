"""Addresses of privacy: consents and representatives; emergency reading, requests of access, the patient's rights."""

from django.urls import URLPattern, path

from telecare.privacy.views import oversight

app_name = "privacy"
_consents: list[URLPattern] = []
_rights: list[URLPattern] = []
_oversight = [
    path("oversight/", oversight.oversight, name="oversight"),
    path("oversight/person/", oversight.find_person, name="oversight-person"),
    path("oversight/export/", oversight.export, name="oversight-export"),
]
urlpatterns = [*_consents, *_rights, *_oversight]
