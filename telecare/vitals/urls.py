"""Addresses of measurements."""

from django.urls import path

from telecare.vitals import views

app_name = "vitals"
urlpatterns = [
    path("values/", views.own, name="own"),
    path("patients/<str:patient_id>/values/latest/", views.latest, name="latest"),
    path("patients/<str:patient_id>/values/entry/", views.entry, name="entry"),
    path("patients/<str:patient_id>/values/entry/<slug:kind>/", views.entry, name="entry-of"),
    path("patients/<str:patient_id>/measure/", views.measure, name="measure-first"),
    path("patients/<str:patient_id>/measure/<slug:kind>/", views.measure, name="measure"),
    path("patients/<str:patient_id>/measurements/", views.measurements, name="measurements"),
    path("patients/<str:patient_id>/measurements/<str:measurement_id>/take-back/", views.take_back, name="take-back"),
    path("patients/<str:patient_id>/limits/", views.limits, name="limits"),
    path("reviews/<str:task_id>/", views.review, name="review"),
    path("patients/<str:patient_id>/limits/<slug:kind>/", views.limit, name="limit"),
]
