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
    """A connection that may be heard. At most one of the three says who it is."""

    language: str
    session: str | None = None
    token: str | None = None
    ticket: str | None = None


def read(scope: dict[str, Any]) -> Caller | None:
    """The caller of an ASGI scope; None when its origin is refused.

    Browsers always send an origin. Without one, a cookie is not taken as an answer: then it takes a token or a ticket,
    which no browser adds by itself.
    """
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    came_from = headers.get("origin")
    if came_from is not None:
        own = _own_address(scope, headers.get("host", ""))
        if not origin.allowed(came_from, own=own, trusted=settings.CSRF_TRUSTED_ORIGINS):
            return None
    cookies = parse_cookie(headers.get("cookie", ""))
    language = cookies.get(settings.LANGUAGE_COOKIE_NAME, "")
    if language not in dict(settings.LANGUAGES):
        language = settings.LANGUAGE_CODE
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return Caller(language, token=token.strip())
    if ticket := parse_qs(scope.get("query_string", b"").decode("latin-1")).get("ticket"):
        return Caller(language, ticket=ticket[0])
    session = cookies.get(settings.SESSION_COOKIE_NAME)
    if session and came_from is None:
        return None
    return Caller(language, session=session)


def credential_of(caller: Caller) -> Credential | None:
    """What the caller is to be known by from now on. Redeems a ticket."""
    if caller.token is not None:
        return Credential("token", caller.token)
    if caller.ticket is not None:
        return services.redeem(caller.ticket)
    if caller.session is not None:
        return Credential("session", caller.session)
    return None


def _own_address(scope: dict[str, Any], host: str) -> str | None:
    domain, _ = split_domain_port(host)
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        return None
    secure = scope.get("scheme") == "wss" or settings.SECURE
    return f"{'https' if secure else 'http'}://{host}"
