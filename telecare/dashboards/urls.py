"""Addresses of start pages and patient pages."""

from django.urls import path

from telecare.dashboards import views

app_name = "dashboards"
urlpatterns = [
    path("patients/", views.people, name="people"),
    path("patients/<str:patient_id>/", views.patient, name="patient"),
]
