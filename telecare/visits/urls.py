"""Addresses of visits."""

from django.urls import path

from telecare.visits import views

app_name = "visits"
urlpatterns = [
    path("visits/<str:visit_id>/", views.visit, name="visit"),
    path("visits/<str:visit_id>/begin/", views.begin, name="begin"),
    path("visits/<str:visit_id>/finish/", views.finish, name="finish"),
    path("visits/<str:visit_id>/cancel/", views.cancel, name="cancel"),
]
