"""What an edge knows of who asks."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from time import time
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import SESSION_KEY, login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from patients.accounts import devices, queries, services, sessions, shared
from patients.accounts.actor import Actor, Role
from patients.accounts.models import User
from patients.accounts.queries import Function
from patients.errors import Denied

P = ParamSpec("P")
Source = Callable[[HttpRequest], Actor | None]

CONFIRMED_FOR, HALF_FOR = 15 * 60, 10 * 60  # seconds

_sources: list[Source] = []


class Request(HttpRequest):
    """A request of somebody who is signed in, as `signed_in` hands it to a view."""

    actor: Actor
    user: User
    functions: tuple[Function, ...]  # which this person could choose
    htmx: object


def signed_in(
    view: Callable[Concatenate[Request, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Only for those with an account; others are sent to sign in and come back. Guests of a room are others here."""

    @wraps(view)
    def asked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        actor: Actor | None = getattr(request, "actor", None)
        if actor is None or (actor.role is Role.GUEST and actor.active):
            return to_sign_in(request)
        if actor.incomplete:
            return _off_to(request, reverse("accounts:second-factor"))
        if not actor.active:
            raise Denied(_("Your account has no function at present. Please ask your organisation."))
        return _kept_nowhere(view(request, *args, **kwargs))  # type: ignore[arg-type]

    return asked


def on_the_way_in(
    view: Callable[Concatenate[Request, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Also for those who must set up a second factor first: for the pages on which they do it, and for no others."""
    guarded = signed_in(view)

    @wraps(view)
    def asked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        actor: Actor | None = getattr(request, "actor", None)
        if actor is not None and actor.incomplete:
            return _kept_nowhere(view(request, *args, **kwargs))  # type: ignore[arg-type]
        return guarded(request, *args, **kwargs)

    return asked


def confirmed(
    view: Callable[Concatenate[Request, P], HttpResponse],
) -> Callable[Concatenate[Request, P], HttpResponse]:
    """Only for who showed the password or a passkey within a quarter of an hour; others are asked for it first."""

    @wraps(view)
    def asked(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.session.get(queries.CONFIRMED, 0) > time() - CONFIRMED_FOR:
            return view(request, *args, **kwargs)
        return _off_to(request, f"{reverse('accounts:confirm')}?{urlencode({'next': request.path})}")

    return asked


def half_enter(request: HttpRequest, user: User) -> None:
    """The password was right; the second factor is asked next, within ten minutes."""
    request.session.flush()
    half = {"account": user.pk, "hash": user.get_session_auth_hash(), "until": int(time()) + HALF_FOR}
    request.session[queries.HALF] = half
    request.session.set_expiry(HALF_FOR)


def enter(request: HttpRequest, user: User, *, factor: bool = False, confirmed: bool = True) -> None:
    """Sign this account in with this browser: a new session, which knows what kind of browser that is.

    `factor`: the second factor was shown. `confirmed`: so was the password, a passkey or an identity provider's word.
    Whoever else was signed in with it before is not any more.
    """
    before: Actor | None = getattr(request, "actor", None)
    if SESSION_KEY not in request.session:  # a stranger's, a guest's or one that is half in: nothing of it stays
        request.session.flush()
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    request.session[queries.BROWSER] = devices.words(request.headers.get("User-Agent", ""))
    request.session[queries.NETWORK] = devices.network(address_of(request))
    if confirmed:
        request.session[queries.CONFIRMED] = int(time())
    if before is not None and before.account not in (None, user.pk):
        services.sign_out(before)
    if factor:
        request.session[queries.FACTOR] = int(time())
    if shared.device_of(request) is not None:
        request.session[sessions.SHARED] = shared.EXPIRES
        request.session.set_expiry(shared.EXPIRES)


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Off to the sign-in page, and back here afterwards."""
    where = request.get_full_path() if request.method == "GET" else "/"
    return _off_to(request, f"{reverse('accounts:sign-in')}?{urlencode({'next': where})}")


def recognise(source: Source) -> None:
    """Register a further way to know who asks, tried when no account is signed in: guests of a room."""
    if source not in _sources:
        _sources.append(source)


def guest(request: HttpRequest) -> Actor | None:
    """Who asks, by those further ways."""
    return next((actor for source in _sources if (actor := source(request)) is not None), None)


def address_of(request: HttpRequest) -> str:
    """Where the browser is: the server has put here what our own proxies saw, whatever the browser claims."""
    return str(request.META.get("REMOTE_ADDR", ""))


def _off_to(request: HttpRequest, address: str) -> HttpResponse:
    if request.headers.get("HX-Request"):  # part of a page: the whole page must go
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def _kept_nowhere(response: HttpResponse) -> HttpResponse:
    response.headers.setdefault("Cache-Control", "no-store")
    return response
