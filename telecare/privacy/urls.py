"""Addresses of privacy: consents and representatives; emergency reading, requests of access, the patient's rights."""

from django.urls import URLPattern

app_name = "privacy"
_consents: list[URLPattern] = []
_rights: list[URLPattern] = []
urlpatterns = [*_consents, *_rights]
