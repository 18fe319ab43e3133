"""Signing in and out, choosing a function."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from patients.accounts import queries, services
from patients.accounts.actor import Actor
from patients.accounts.attempts import TooManyAttempts
from patients.accounts.forms import FunctionForm, SignInForm
from patients.accounts.http import Request, address_of, enter, signed_in
from patients.database import write
from patients.errors import Invalid


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """A form with name and password; in the demo also the list of those as whom one may try it."""
    form = SignInForm(request.POST or None)
    goal = _goal(request)
    status, wait = 200, 0
    if form.is_valid():
        try:
            user = services.sign_in(**form.cleaned_data, address=address_of(request))
        except TooManyAttempts as problem:
            form.add_error(None, problem.text)
            status, wait = 429, problem.seconds
        except Invalid as problem:
            form.add_error(None, problem.text)
            status = 422
        else:
            enter(request, user)
            if user.kind == user.Kind.STAFF and len(queries.functions_of(user)) > 1:
                return redirect(f"{reverse('accounts:function')}?{urlencode({'next': goal})}")
            return redirect(goal)
    elif form.errors:
        status = 422
    answer = render(request, "accounts/sign_in.html", {"form": form, "next": goal}, status=status)
    if wait:
        answer.headers["Retry-After"] = str(wait)
    return answer


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session, and the sockets that hang on it."""
    actor: Actor | None = getattr(request, "actor", None)
    logout(request)  # first: the sockets are asked again at once, and must find the session gone
    if actor is not None and actor.account is not None:
        services.sign_out(actor)
    return redirect("accounts:sign-in")


@signed_in
@require_http_methods(["GET", "POST"])
def function(request: Request) -> HttpResponse:
    """Choose for which organisation one works now, when there are several."""
    form = FunctionForm(request.POST or None)
    goal = _goal(request)
    if form.is_valid():
        with write():  # together: the sockets are asked again after this, and must find what was chosen
            chosen = services.choose_function(request.actor, request.user, form.cleaned_data["function"])
            request.session[queries.CHOSEN] = chosen.key
            request.session.save()
        return redirect(goal)
    page = {"functions": queries.choices(request.functions, request.actor), "next": goal}
    return render(request, "accounts/function.html", page, status=422 if form.errors else 200)


def _goal(request: HttpRequest) -> str:
    """Where to go afterwards: only to a page of ours."""
    goal = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(goal, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return goal if ours else "/"
