"""What every request passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from patients import audit
from patients.access import refusals
from patients.accounts import http, queries
from patients.errors import Conflict, Denied, Gone, Invalid, Missing, Problem, Unavailable
from patients.vault import Locked

LONGEST_PART = 64  # of an address: ids are not longer
ASKED_FOR = ("camera", "microphone", "autoplay", "fullscreen", "screen-wake-lock")
NEVER = ("geolocation", "display-capture", "payment", "usb", "serial", "hid", "midi", "browsing-topics", "local-fonts")
PERMISSIONS = ", ".join([*(f"{name}=(self)" for name in ASKED_FOR), *(f"{name}=()" for name in NEVER)])
Handle = Callable[[HttpRequest], HttpResponse]


class PermissionsMiddleware:
    """Say what pages of ours ask a browser for, so that nothing else can be asked; and that nobody embeds an answer."""

    def __init__(self, handle: Handle) -> None:
        self.handle = handle

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.handle(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


class ActorMiddleware:
    """Give every request its actor: who acts, in which role, for which organisation. None for strangers.

    Two statements when there is a session (the session, then account and functions together), none otherwise.
    """

    def __init__(self, handle: Handle) -> None:
        self.handle = handle

    def __call__(self, request: HttpRequest) -> HttpResponse:
        known = None
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            known = queries.in_session(request.session)
        asking: Any = request
        asking.user = known.user if known else AnonymousUser()
        asking.functions = known.functions if known else ()
        asking.actor = known.actor if known else http.guest(request)
        return self.handle(request)


class ProblemMiddleware:
    """Turn the kinds of problem into pages. What somebody may not see looks like what does not exist."""

    def __init__(self, handle: Handle) -> None:
        self.handle = handle

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = (
            request.path_info
        )  # no id has a NUL or more than 64 letters: PostgreSQL would fail instead of finding nothing
        if "\0" in path or any(len(part) > LONGEST_PART for part in path.split("/")):
            return render(request, "errors/404.html", status=404)
        return self.handle(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page for a problem; None for anything else, which stays an error of ours."""
        if not isinstance(exception, Problem):
            return None
        log_refusal(request, exception)
        status, template = _page(exception)
        told = not isinstance(exception, Locked) and (isinstance(exception, Gone) or not isinstance(exception, Missing))
        page = {"text": exception.text, "findings": exception.findings} if told else {}
        quiet = {"emergencies": ()} if status >= 500 else {}  # nothing is asked where something is down
        return render(request, f"errors/{template}.html", {**page, **quiet}, status=status)


def log_refusal(request: HttpRequest, problem: Problem) -> None:
    """Log a refusal, after what was begun has been undone. Where the problem says nothing itself, the page is named."""
    if isinstance(problem, Denied) and not problem.refused:
        match = request.resolver_match
        ident = match.view_name[:64] if match else ""
        problem.refused = (audit.Entry((request.method or "").lower(), "denied", type="page", ident=ident),)
    refusals.record(getattr(request, "actor", None), problem, source="page")


def _page(problem: Problem) -> tuple[int, str]:
    match problem:
        case Gone():
            return 410, "404"
        case Missing():
            return 404, "404"
        case Denied():
            return 403, "403"
        case Conflict():
            return 409, "409"
        case Unavailable():
            return 503, "500"
        case Invalid():
            return 422, "422"
        case _:
            return 500, "500"
