"""What a connection shows of itself: where it comes from, who it says it is, which language it reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.http.cookie import parse_cookie
from django.http.request import split_domain_port, validate_host

from messaging.realtime import origin, services
from messaging.realtime.authentication import Credential


@dataclass(frozen=True, slots=True)
class Caller:
    """A connection that may be heard. At most one of credential and ticket says who it is."""

    language: str
    credential: Credential | None = None
    ticket: str | None = None


def read(scope: dict[str, Any]) -> Caller | None:
    """The caller of an ASGI scope; None when its origin is refused.

    Browsers always send an origin. Without one, cookies are not taken as an answer: then it takes a token or a ticket,
    which no browser adds by itself.
    """
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    came_from = headers.get("origin")
    if came_from is not None:
        own = _own_address(scope, headers.get("host", ""))
        if not origin.allowed(came_from, own=own, trusted=settings.CSRF_TRUSTED_ORIGINS):
            return None
    cookies = headers.get("cookie", "")
    language = _language(cookies)
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return Caller(language, Credential("token", token.strip()))
    if ticket := parse_qs(scope.get("query_string", b"").decode("latin-1")).get("ticket"):
        return Caller(language, ticket=ticket[0])
    if not cookies:
        return Caller(language)
    return Caller(language, Credential("cookies", cookies)) if came_from is not None else None


def credential_of(caller: Caller) -> Credential | None:
    """What the caller is to be known by from now on. Redeems a ticket."""
    return services.redeem(caller.ticket) if caller.ticket is not None else caller.credential


def _language(cookies: str) -> str:
    chosen = parse_cookie(cookies).get(settings.LANGUAGE_COOKIE_NAME, "")
    return chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def _own_address(scope: dict[str, Any], host: str) -> str | None:
    domain, _ = split_domain_port(host)
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        return None
    secure = scope.get("scheme") == "wss" or settings.SECURE
    return f"{'https' if secure else 'http'}://{host}"
