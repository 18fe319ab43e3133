"""Addresses of organisations, staff, patients and care links."""

from django.urls import path

from patients.network.views import sign_ins

app_name = "network"
urlpatterns = [
    path("patients/<str:patient_id>/sign-ins/", sign_ins.sign_ins, name="sign-ins"),
]
