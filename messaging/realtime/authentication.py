"""Who is on the other side of a socket. What a client showed is kept with its socket, so that it can be asked again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.conf import settings
from django.http import HttpRequest
from django.http.cookie import parse_cookie

from patients.accounts import http, queries
from patients.accounts.actor import Actor
from patients.accounts.sessions import SessionStore


@dataclass(frozen=True, slots=True)
class Credential:
    """What the client showed: its cookies (the session of an account or of a guest), or a bearer token."""

    kind: Literal["cookies", "token"]
    value: str


def actor_of(credential: Credential) -> Actor | None:
    """Who this is now; None when signed out, switched off, without a function, or unknown. Reads the database."""
    find = queries.actor_of_token if credential.kind == "token" else _by_cookies
    actor = find(credential.value)
    return actor if actor is not None and actor.active else None


def _by_cookies(header: str) -> Actor | None:
    """As `config.middleware.ActorMiddleware` finds it for a page."""
    request = HttpRequest()
    request.COOKIES = parse_cookie(header)
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    request.session = SessionStore(session_key=key, watching=True)
    known = queries.in_session(request.session) if key else None
    return known.actor if known else http.guest(request)
