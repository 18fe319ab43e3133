"""The FHIR edge stands before the pages: its requests pass none of their middleware.

A page's session, language, messages and CSP cost as much as a read itself; the edge looks at token or cookie by itself.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from patients.fhir import edge


class FHIRMiddleware:
    """Answer what is asked under `/fhir`; hand on the rest."""

    def __init__(self, handle: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.handle = handle

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return edge.answer(request) if edge.is_ours(request) else self.handle(request)
