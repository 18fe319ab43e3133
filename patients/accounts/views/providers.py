"""Signing in at the identity provider of one's organisation, and linking one's account with it."""

from __future__ import annotations

from dataclasses import asdict
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from patients import vault
from patients.accounts import providers, queries, services
from patients.accounts.actor import Actor
from patients.accounts.http import HALF_FOR, Request, confirmed, half_enter, signed_in
from patients.accounts.providers import Journey, Provider
from patients.accounts.views.signing_in import entered, goal_of
from patients.errors import Conflict, Invalid, Unavailable

_JOURNEY, _GOAL, _LINKING = "journey", "journey goal", "journey links"


@never_cache
@require_GET
def leave(request: HttpRequest, provider: str) -> HttpResponse:
    """Off to the provider."""
    return _off(request, providers.provider(provider), linking=False)


@signed_in
@require_http_methods(["GET", "POST"])
def linked(request: Request) -> HttpResponse:
    """With which providers one's account is linked."""
    if request.method == "POST":
        return _change(request)
    page = {"providers": queries.providers_of(request.user.pk)}
    return render(request, "accounts/providers.html", page)


@confirmed
def _change(request: Request) -> HttpResponse:
    one = providers.provider(request.POST.get("provider", ""))
    if request.POST.get("act") == "link":
        return _off(request, one, linking=True)
    services.unlink(request.actor, one.key)
    messages.success(request, _("It is not linked any more."))
    return redirect("accounts:providers")


@never_cache
@require_GET
def back(request: HttpRequest, provider: str) -> HttpResponse:
    """Back from the provider, with a code."""
    one = providers.provider(provider)
    kept, goal = request.session.pop(_JOURNEY, None), request.session.pop(_GOAL, "/")
    linking = request.session.pop(_LINKING, False)
    try:
        claim = _claimed(request, one, kept)
        if linking:
            return _link(request, one, claim)
        user = services.sign_in_with(one, claim)
    except (Invalid, Conflict, Unavailable) as problem:
        messages.error(request, problem.text)
        return redirect("accounts:providers" if linking else "accounts:sign-in")
    if queries.has_second_factor(user.pk) and not claim.factor:
        half_enter(request, user)
        return redirect(f"{reverse('accounts:show-code')}?{urlencode({'next': goal})}")
    return entered(request, user, goal, factor=claim.factor)


def _off(request: HttpRequest, one: Provider, *, linking: bool) -> HttpResponse:
    try:
        journey, address = providers.begin(one, _here(one))
    except Unavailable as problem:
        messages.error(request, problem.text)
        return redirect("accounts:providers" if linking else "accounts:sign-in")
    if getattr(request, "actor", None) is None:
        request.session.set_expiry(HALF_FOR)
    request.session[_JOURNEY], request.session[_GOAL] = asdict(journey), goal_of(request)
    request.session[_LINKING] = linking
    return redirect(address)


def _claimed(request: HttpRequest, one: Provider, kept: dict[str, str] | None) -> providers.Claim:
    journey = Journey(**kept) if kept else None
    code = request.GET.get("code", "")
    if journey is None or journey.provider != one.key or not code or len(code) > 2000:
        raise Invalid(_("Your organisation's sign-in gave no valid answer. Please try again."))
    if not vault.same(request.GET.get("state", ""), journey.state):
        raise Invalid(_("Your organisation's sign-in gave no valid answer. Please try again."))
    return providers.finish(one, journey, code, _here(one))


def _link(request: HttpRequest, one: Provider, claim: providers.Claim) -> HttpResponse:
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None or not actor.active:
        return redirect("accounts:sign-in")
    services.link(actor, one, claim)
    messages.success(request, _("It is linked. From now on you can sign in with it."))
    return redirect("accounts:providers")


def _here(one: Provider) -> str:
    return settings.PUBLIC_URL.rstrip("/") + reverse("accounts:provider-back", args=[one.key])
