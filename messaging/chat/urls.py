"""Addresses of threads."""

from django.urls import path

from messaging.chat import views

app_name = "chat"
urlpatterns = [
    path("messages/", views.threads, name="threads"),
    path("patients/<str:patient_id>/thread/", views.thread, name="thread"),
    path("patients/<str:patient_id>/thread/messages", views.messages, name="messages"),
]
