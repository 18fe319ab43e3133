"""What every request passes."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

Handle = Callable[[HttpRequest], HttpResponse]


class ActorMiddleware:
    """Give every request its actor: who acts, in which role, for which organisation."""

    def __init__(self, handle: Handle) -> None:
        self.handle = handle

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.handle(request)


class ProblemMiddleware:
    """Turn the four kinds of problem into pages."""

    def __init__(self, handle: Handle) -> None:
        self.handle = handle

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.handle(request)
