"""Sign-ins of an organisation, by its administrator; and the page on which a printed code becomes a password."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from patients.accounts import colleagues, services
from patients.accounts.attempts import TooManyAttempts
from patients.accounts.forms import ColleagueForm, InviteForm, RedeemForm
from patients.accounts.http import Request, address_of, confirmed, signed_in
from patients.accounts.services import Sheet
from patients.errors import Conflict, Invalid


@signed_in
@require_http_methods(["GET", "POST"])
def sign_ins(request: Request) -> HttpResponse:
    """Who of the organisation can sign in: print a code, switch off and on."""
    page = colleagues.sign_ins(request.actor)
    if request.method == "POST":
        return _change(request)
    return render(request, "accounts/colleagues.html", {"colleagues": page})


@confirmed
def _change(request: Request) -> HttpResponse:
    form = ColleagueForm(request.POST)
    if not form.is_valid():
        return redirect("accounts:colleagues")
    account, act = form.cleaned_data["account"], form.cleaned_data["act"]
    if act in {"code", "factor"}:
        sheet_ = services.print_code(request.actor, account, drops_factor=act == "factor")
        return sheet(request, sheet_, back=reverse("accounts:colleagues"))
    if act == "off":
        services.deactivate(request.actor, account)
        messages.success(request, _("The account is switched off. Its sign-ins have ended."))
    else:
        services.activate(request.actor, account)
        messages.success(request, _("The account is switched on again."))
    return redirect("accounts:colleagues")


@signed_in
@confirmed
@require_http_methods(["GET", "POST"])
def invite(request: Request) -> HttpResponse:
    """A sign-in for somebody who works here and has none: their name is printed with a code."""
    without = [one for one in colleagues.sign_ins(request.actor) if one.account is None]
    form = InviteForm(request.POST or None, people=[(one.person, one.name) for one in without])
    if form.is_valid():
        try:
            printed = services.invite(request.actor, form.cleaned_data["person"], form.cleaned_data["username"])
        except (Invalid, Conflict) as problem:
            form.add_error("username", problem.text)
        else:
            return sheet(request, printed, back=reverse("accounts:colleagues"))
    page = {"form": form, "without": without}
    return render(request, "accounts/invite.html", page, status=422 if form.errors else 200)


def sheet(request: Request, printed: Sheet, *, back: str) -> HttpResponse:
    """The page that is printed; the code is shown this once."""
    link = settings.PUBLIC_URL + reverse("accounts:first")
    page = {"sheet": printed, "link": link, "back": back}
    return render(request, "accounts/sheet.html", page)


@sensitive_post_parameters("code", "password")
@never_cache
@require_http_methods(["GET", "POST"])
def first(request: HttpRequest) -> HttpResponse:
    """With a printed code: choose a password. A GET uses nothing up."""
    form = RedeemForm(request.POST or None)
    status, wait = (422 if form.errors else 200), 0
    if form.is_valid():
        try:
            services.redeem(**form.cleaned_data, address=address_of(request))
        except TooManyAttempts as problem:
            form.add_error(None, problem.text)
            status, wait = 429, problem.seconds
        except (Invalid, Conflict) as problem:
            for finding in problem.findings:
                form.add_error({"new_password": "password"}.get(finding.where, finding.where), finding.text)
            if not problem.findings:
                form.add_error("username", problem.text)
            status = 422
        else:
            messages.success(request, _("Your password is set. Please sign in with it."))
            return redirect("accounts:sign-in")
    answer = render(request, "accounts/first.html", {"form": form}, status=status)
    if wait:
        answer.headers["Retry-After"] = str(wait)
    return answer
