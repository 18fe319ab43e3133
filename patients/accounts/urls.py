"""Addresses of accounts."""

from django.urls import path

from patients.accounts.views import account, signing_in

app_name = "accounts"
urlpatterns = [
    path("sign-in/", signing_in.sign_in, name="sign-in"),
    path("sign-out/", signing_in.sign_out, name="sign-out"),
    path("function/", signing_in.function, name="function"),
    path("account/", account.account, name="account"),
    path("account/password/", account.password, name="password"),
    path("account/sign-ins/", account.sign_ins, name="sign-ins"),
]
