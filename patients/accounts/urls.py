"""Addresses of accounts."""

from django.urls import path

from patients.accounts.views import account, colleagues, providers, second_factor, shared, signing_in

app_name = "accounts"
urlpatterns = [
    path("sign-in/", signing_in.sign_in, name="sign-in"),
    path("sign-in/code/", signing_in.show_code, name="show-code"),
    path("sign-in/passkey/", signing_in.passkey, name="passkey"),
    path("sign-in/first/", colleagues.first, name="first"),
    path("sign-in/with/<slug:provider>/", providers.leave, name="provider"),
    path("sign-in/with/<slug:provider>/back/", providers.back, name="provider-back"),
    path("account/providers/", providers.linked, name="providers"),
    path("sign-in/pin/", signing_in.come_back, name="come-back"),
    path("account/pin/", shared.pin, name="pin"),
    path("account/alive/", shared.alive, name="alive"),
    path("devices/", shared.devices, name="devices"),
    path("sign-out/", signing_in.sign_out, name="sign-out"),
    path("function/", signing_in.function, name="function"),
    path("account/", account.account, name="account"),
    path("account/password/", account.password, name="password"),
    path("account/sign-ins/", account.sign_ins, name="sign-ins"),
    path("sign-ins/", colleagues.sign_ins, name="colleagues"),
    path("sign-ins/new/", colleagues.invite, name="invite"),
    path("account/confirm/", second_factor.confirm, name="confirm"),
    path("account/second-factor/", second_factor.second_factor, name="second-factor"),
    path("account/second-factor/app/", second_factor.app, name="factor-app"),
    path("account/second-factor/passkey/", second_factor.passkey, name="factor-passkey"),
    path("account/second-factor/recovery/", second_factor.recovery, name="recovery"),
]
