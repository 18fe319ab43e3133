"""Who asks: the holder of a bearer token, or somebody who is signed in with this browser.

A token is sent on purpose. A cookie is sent by the browser whoever made it ask, so its writes also need the CSRF token.
https://www.rfc-editor.org/rfc/rfc6750
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from patients.accounts import queries
from patients.accounts.actor import Actor
from patients.errors import Denied
from patients.fhir import charging
from patients.fhir.outcome import NotSignedIn

SAFE: Final = ("GET", "HEAD", "OPTIONS")


def actor_of(request: HttpRequest) -> Actor:
    """Who asks. Raises NotSignedIn, and Denied where a cookie alone is not enough."""
    actor = _shown(request)
    if actor.account is not None:
        charging.of(request).account = str(actor.account)
    return actor


def _shown(request: HttpRequest) -> Actor:
    if authorization := request.headers.get("Authorization"):
        return _bearer(authorization)
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    actor = queries.actor_of_session_key(key) if key else None
    if actor is None:
        raise NotSignedIn("Please sign in: send a bearer token.")
    if request.method not in SAFE:
        _csrf.process_request(request)
        _csrf.process_view(request, HttpResponse, (), {})
    return _active(actor)


def still(request: HttpRequest, actor: Actor) -> bool:
    """Whether who asked is still there and acts in the same function: an answer in parts asks before it goes on."""
    if authorization := request.headers.get("Authorization"):
        now = queries.actor_of_token(authorization.partition(" ")[2].strip())
    else:
        now = queries.actor_of_session_key(request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""))
    if now is None or not now.active:
        return False
    return (now.account, now.role, now.organisation) == (actor.account, actor.role, actor.organisation)


def entitled(request: HttpRequest, actor: Actor, may: Callable[[], bool] = lambda: True) -> Callable[[], bool]:
    """Whether an answer in parts may go on, to be asked between them: who asked is still there, and `may` says yes."""
    return lambda: still(request, actor) and may()


def _bearer(authorization: str) -> Actor:
    scheme, _, token = authorization.partition(" ")
    actor = queries.actor_of_token(token.strip()) if scheme.lower() == "bearer" else None
    if actor is None:
        raise NotSignedIn("This token is not valid, or no longer.", error="invalid_token")
    return _active(actor)


def _active(actor: Actor) -> Actor:
    if actor.incomplete:
        raise Denied("This account must set up its second factor first: sign in with a browser.")
    if not actor.active:
        raise Denied("This account has no function at present. Please ask your organisation.")
    return actor


class _Csrf(CsrfViewMiddleware):
    """Django's check, answered in our form."""

    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:
        raise Denied("A browser session writes only with its CSRF token, in the header X-CSRFToken.")


_csrf: Final = _Csrf(lambda request: HttpResponse())
