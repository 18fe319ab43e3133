"""The help page: what to do in an emergency, whom to call, how things work. Everyone may read it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """With the shell for those who are signed in, without for others."""
    frame = "page.html" if getattr(request, "actor", None) else "page_plain.html"
    return render(request, "help.html", {"frame": frame})
