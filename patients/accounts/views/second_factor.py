"""Setting up a second factor, and taking it away."""

from __future__ import annotations

from time import time

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from patients.accounts import queries, services
from patients.accounts.attempts import TooManyAttempts
from patients.accounts.factors import codes, passkeys
from patients.accounts.forms import CodeForm, ConfirmForm, FactorForm, PasskeyForm
from patients.accounts.http import Request, address_of, confirmed, on_the_way_in
from patients.accounts.views.signing_in import goal_of
from patients.errors import Invalid

_NEW = "new secret"  # in the session: of the authenticator app that is being set up


@on_the_way_in
@require_http_methods(["GET", "POST"])
def second_factor(request: Request) -> HttpResponse:
    """What there is, and what may be added."""
    if _must_show(request):
        return redirect("accounts:show-code")
    form = FactorForm(request.POST or None)
    if request.method == "POST":
        return _remove(request, form)
    page = {"factors": queries.second_factors(request.user.pk), "demanded": request.actor.incomplete}
    return _render(request, "second_factor", page)


@confirmed
def _remove(request: Request, form: FactorForm) -> HttpResponse:
    if form.is_valid():
        services.remove_factor(request.actor, form.cleaned_data["number"])
        messages.success(request, _("It is taken away."))
    return redirect("accounts:second-factor")


@sensitive_post_parameters("code")
@on_the_way_in
@confirmed
@require_http_methods(["GET", "POST"])
def app(request: Request) -> HttpResponse:
    """An authenticator app: it reads the picture, and shows a code that proves it."""
    if _must_show(request):
        return redirect("accounts:show-code")
    secret = request.session.get(_NEW)
    if secret is None:
        secret = request.session[_NEW] = codes.new_secret()
    form = CodeForm(request.POST or None)
    if form.is_valid():
        try:
            services.set_up_codes(request.actor, secret, form.cleaned_data["code"])
        except Invalid as problem:
            form.add_error("code", problem.text)
        else:
            del request.session[_NEW]
            return _is_set_up(request)
    page = {"form": form, "secret": secret, "address": codes.address(request.user, secret)}
    return _render(request, "factor_app", page, status=422 if form.errors else 200)


@on_the_way_in
@confirmed
@require_http_methods(["GET", "POST"])
def passkey(request: Request) -> HttpResponse:
    """A passkey of this device, of a telephone or of a key."""
    if _must_show(request):
        return redirect("accounts:show-code")
    form = PasskeyForm(request.POST or None)
    if form.is_valid():
        try:
            services.set_up_passkey(request.actor, form.cleaned_data["name"], form.cleaned_data["credential"])
        except Invalid as problem:
            form.add_error(None, problem.text)
        else:
            return _is_set_up(request)
    page = {"form": form, "challenge": passkeys.challenge_to_make(request.user)}
    return _render(request, "factor_passkey", page, status=422 if form.errors else 200)


@on_the_way_in
@confirmed
@require_http_methods(["GET", "POST"])
def recovery(request: Request) -> HttpResponse:
    """The recovery codes, for printing; new ones on request."""
    if _must_show(request):
        return redirect("accounts:show-code")
    if request.method == "POST":
        services.new_recovery_codes(request.actor)
        messages.success(request, _("These codes are new. The old ones do not work any more."))
        return redirect("accounts:recovery")
    return _render(request, "recovery", {"codes": codes.recovery_codes(request.user.pk)})


@sensitive_post_parameters("password")
@on_the_way_in
@require_http_methods(["GET", "POST"])
def confirm(request: Request) -> HttpResponse:
    """The password once more."""
    form = ConfirmForm(request.POST or None)
    status = 422 if form.errors else 200
    if form.is_valid():
        try:
            services.confirm(request.actor, form.cleaned_data["password"], address=address_of(request))
        except TooManyAttempts as problem:
            form.add_error(None, problem.text)
            status = 429
        except Invalid as problem:
            form.add_error("password", problem.text)
            status = 422
        else:
            request.session[queries.CONFIRMED] = int(time())
            return redirect(goal_of(request))
    return render(request, "accounts/confirm.html", {"form": form, "next": goal_of(request)}, status=status)


def _is_set_up(request: Request) -> HttpResponse:
    request.session[queries.FACTOR] = int(time())
    messages.success(request, _("Your second factor is set up. Please keep these recovery codes."))
    return redirect("accounts:recovery")


def _must_show(request: Request) -> bool:
    """Who has a second factor and did not show it in this session changes nothing about it."""
    return queries.FACTOR not in request.session and queries.has_second_factor(request.user.pk)


def _render(request: Request, name: str, page: dict[str, object], status: int = 200) -> HttpResponse:
    frame = "page_plain.html" if request.actor.incomplete else "page.html"
    return render(request, f"accounts/{name}.html", {"frame": frame, **page}, status=status)
