"""Addresses of tasks."""

from django.urls import path

from telecare.tasks import views

app_name = "tasks"
urlpatterns = [
    path("tasks/", views.worklist, name="worklist"),
    path("tasks/<str:task_id>/", views.task, name="task"),
    path("tasks/<str:task_id>/step/", views.move, name="move"),
    path("patients/<str:patient_id>/tasks/new/", views.new, name="new"),
]
