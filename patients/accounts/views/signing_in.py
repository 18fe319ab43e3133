"""Signing in and out, choosing a function."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from patients.accounts import providers, queries, services, shared
from patients.accounts.actor import Actor
from patients.accounts.attempts import TooManyAttempts
from patients.accounts.factors import passkeys
from patients.accounts.forms import CodeForm, FunctionForm, PasskeyForm, PinSignInForm, SignInForm
from patients.accounts.http import HALF_FOR, Request, address_of, enter, half_enter, signed_in
from patients.accounts.models import User
from patients.database import write
from patients.errors import Invalid


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """A form with name and password; in the demo also the list of those as whom one may try it."""
    form = SignInForm(request.POST or None)
    goal = goal_of(request)
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
            if queries.has_second_factor(user.pk):
                half_enter(request, user)
                return redirect(f"{reverse('accounts:show-code')}?{urlencode({'next': goal})}")
            return entered(request, user, goal)
    elif form.errors:
        status = 422
    return _page(request, form, status, wait)


@sensitive_post_parameters("pin")
@never_cache
@require_POST
def come_back(request: HttpRequest) -> HttpResponse:
    """On a shared tablet: one's name and PIN."""
    device = shared.device_of(request)
    if device is None:
        return redirect("accounts:sign-in")
    form = PinSignInForm(request.POST)
    status, wait = 422, 0
    if form.is_valid():
        try:
            account, pin = form.cleaned_data["account"], form.cleaned_data["pin"]
            user, factor = services.come_back(device, account, pin, address=address_of(request))
        except TooManyAttempts as problem:
            messages.error(request, problem.text)
            status, wait = 429, problem.seconds
        except Invalid as problem:
            messages.error(request, problem.text)
        else:
            enter(request, user, factor=factor, confirmed=False)
            return redirect(goal_of(request))
    return _page(request, SignInForm(), status, wait)


def _page(request: HttpRequest, form: SignInForm, status: int, wait: int) -> HttpResponse:
    device = shared.device_of(request)
    page = {
        "form": form,
        "next": goal_of(request),
        "providers": providers.offered(),
        "device": device,
        "colleagues": shared.colleagues_on(device) if device else (),
    }
    answer = render(request, "accounts/sign_in.html", page, status=status)
    if wait:
        answer.headers["Retry-After"] = str(wait)
    return answer


@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "POST"])
def show_code(request: HttpRequest) -> HttpResponse:
    """The second step: a code, or the passkey."""
    user = queries.half_in(request.session) or _without_factor(request)
    goal = goal_of(request)
    if user is None:
        return redirect(f"{reverse('accounts:sign-in')}?{urlencode({'next': goal})}")
    form = CodeForm(request.POST or None)
    status, wait = (422 if form.errors else 200), 0
    if form.is_valid():
        try:
            services.show_code(user, form.cleaned_data["code"], address=address_of(request))
        except TooManyAttempts as problem:
            form.add_error(None, problem.text)
            status, wait = 429, problem.seconds
        except Invalid as problem:
            form.add_error("code", problem.text)
            status = 422
        else:
            return entered(request, user, goal, factor=True)
    answer = render(request, "accounts/show_code.html", {"form": form, "next": goal}, status=status)
    if wait:
        answer.headers["Retry-After"] = str(wait)
    return answer


@never_cache
@require_http_methods(["GET", "POST"])
def passkey(request: HttpRequest) -> HttpResponse:
    """GET: the challenge, for a script. POST: the answer; who gave it is signed in."""
    if request.method == "GET":
        if getattr(request, "actor", None) is None:
            request.session.set_expiry(HALF_FOR)
        return JsonResponse(passkeys.challenge_to_show())
    form = PasskeyForm(request.POST)
    try:
        user = services.show_passkey(form.cleaned_data["credential"] if form.is_valid() else "")
    except Invalid as problem:
        messages.error(request, problem.text)
        return redirect(f"{reverse('accounts:sign-in')}?{urlencode({'next': goal_of(request)})}")
    return entered(request, user, goal_of(request), factor=True)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session, and the sockets that hang on it."""
    actor: Actor | None = getattr(request, "actor", None)
    logout(request)  # first: the sockets are asked again at once, and must find the session gone
    if actor is not None and actor.account is not None:
        services.sign_out(actor)
    return shared.wiped(request, redirect("accounts:sign-in"))


@signed_in
@require_http_methods(["GET", "POST"])
def function(request: Request) -> HttpResponse:
    """Choose for which organisation one works now, when there are several."""
    form = FunctionForm(request.POST or None)
    goal = goal_of(request)
    if form.is_valid():
        with write():  # together: the sockets are asked again after this, and must find what was chosen
            chosen = services.choose_function(request.actor, request.user, form.cleaned_data["function"])
            request.session[queries.CHOSEN] = chosen.key
            request.session.save()
        return redirect(goal)
    page = {"functions": queries.choices(request.functions, request.actor), "next": goal}
    return render(request, "accounts/function.html", page, status=422 if form.errors else 200)


def goal_of(request: HttpRequest) -> str:
    """Where to go afterwards: only to a page of ours."""
    goal = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(goal, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return goal if ours else "/"


def entered(request: HttpRequest, user: User, goal: str, *, factor: bool = False) -> HttpResponse:
    """In, and on to where one wanted; who has several functions chooses one first."""
    enter(request, user, factor=factor)
    if (device := shared.device_of(request)) is not None:
        services.begin_turn(device, user, factor=factor)
    if user.kind == User.Kind.STAFF and len(queries.functions_of(user)) > 1:
        return redirect(f"{reverse('accounts:function')}?{urlencode({'next': goal})}")
    return redirect(goal)


def _without_factor(request: HttpRequest) -> User | None:
    """Who is signed in, has a second factor, and has not shown it in this session."""
    user: User | AnonymousUser = getattr(request, "user", AnonymousUser())
    if isinstance(user, User) and queries.FACTOR not in request.session and queries.has_second_factor(user.pk):
        return user
    return None
