"""One's own account: functions, password, and where one is signed in."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from patients.accounts import providers, queries, services
from patients.accounts.attempts import TooManyAttempts
from patients.accounts.forms import EndSessionForm, PasswordForm
from patients.accounts.http import Request, address_of, signed_in
from patients.errors import Invalid


@signed_in
@require_GET
def account(request: Request) -> HttpResponse:
    """What belongs to one's account, and where it is changed."""
    page = {
        "functions": queries.choices(request.functions, request.actor),
        "sessions": queries.signed_in_at(request.actor),
        "providers": providers.offered(),
        "factors": queries.has_second_factor(request.user.pk),
    }
    return render(request, "accounts/account.html", page)


@sensitive_post_parameters("old_password", "new_password")
@signed_in
@require_http_methods(["GET", "POST"])
def password(request: Request) -> HttpResponse:
    """A new password. This browser stays signed in, all others do not."""
    form = PasswordForm(request.POST or None)
    status = 422 if form.errors else 200
    if form.is_valid():
        old, new = form.cleaned_data["old_password"], form.cleaned_data["new_password"]
        try:
            user = services.change_password(request.actor, old, new, address=address_of(request))
        except TooManyAttempts as problem:
            form.add_error(None, problem.text)
            status = 429
        except Invalid as problem:
            for finding in problem.findings:
                form.add_error(finding.where or None, finding.text)
            status = 422
        else:
            update_session_auth_hash(request, user)
            messages.success(request, _("Your password is changed. You were signed out everywhere else."))
            return redirect("accounts:account")
    return render(request, "accounts/password.html", {"form": form}, status=status)


@signed_in
@require_http_methods(["GET", "POST"])
def sign_ins(request: Request) -> HttpResponse:
    """Where one is signed in: end one of them, or all."""
    form = EndSessionForm(request.POST or None)
    if form.is_valid():
        if form.cleaned_data["act"] == "everywhere":
            services.sign_out_everywhere(request.actor)
            logout(request)
            return redirect("accounts:sign-in")
        services.end_session(request.actor, form.cleaned_data["number"])
        messages.success(request, _("You are signed out there."))
        return redirect("accounts:sign-ins")
    page = {"sessions": queries.signed_in_at(request.actor)}
    return render(request, "accounts/sign_ins.html", page, status=422 if form.errors else 200)
