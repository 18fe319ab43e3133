"""Addresses beside the socket itself, which `config/asgi.py` hangs at `/ws/`."""

from django.urls import path

from messaging.realtime import views

app_name = "realtime"
urlpatterns = [path("ticket", views.ticket, name="ticket")]
