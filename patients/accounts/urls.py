"""Addresses of accounts."""

from django.urls import path

from patients.accounts import views

app_name = "accounts"
urlpatterns = [
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("function/", views.function, name="function"),
    path("account/", views.account, name="account"),
]
