"""Addresses of files."""

from django.urls import path

from telecare.exchange import views

app_name = "exchange"
urlpatterns = [
    path("patients/<str:patient_id>/files/", views.files, name="files"),
    path("documents/<str:document_id>/file/", views.file, name="file"),
]
