"""The page of a call: staff and patients ask for the same address, and each gets theirs."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from patients.accounts.actor import Actor
from patients.accounts.http import Request, signed_in, to_sign_in
from telecare.consultations import services
from telecare.consultations.models import Medium
from telecare.consultations.queries import pages, parties

P = ParamSpec("P")


def taking_part(
    view: Callable[Concatenate[Request, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """For accounts and for guests of a room; others are sent to sign in. Never kept by a browser."""

    @wraps(view)
    def asked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        actor: Actor | None = getattr(request, "actor", None)
        if actor is None or not actor.active:
            return to_sign_in(request)
        response = view(request, *args, **kwargs)  # type: ignore[arg-type]
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return asked


@taking_part
@require_GET
def room(request: Request, consultation: str) -> HttpResponse:
    """The call: with picture, by telephone, in an external room or on site."""
    if parties.is_staff(request.actor):
        page = pages.call_page(request.actor, consultation)
        if page.over:
            return redirect("consultations:note", consultation)
        return render(request, "consultations/call.html", {"page": page})
    return check(request, consultation)


@taking_part
@require_GET
def check(request: Request, consultation: str) -> HttpResponse:
    """The patient's page: check the devices, wait, talk. One page, so that the phone asks once for its camera."""
    page = pages.visit_page(request.actor, consultation)
    template = "visit_otherwise" if page.medium != Medium.OWN else "declined" if page.unwanted else "visit"
    return render(request, f"consultations/{template}.html", {"page": page, "help_phone": page.phone})


@taking_part
@require_POST
def refuse(request: Request, consultation: str) -> HttpResponse:
    """No, not this call: the person's own word, or a guest's who then leaves. Works without a script."""
    services.refuse_call(request.actor, consultation)
    return redirect("consultations:room", consultation)


@signed_in
@require_GET
def own(request: Request) -> HttpResponse:
    """A patient's own consultations."""
    found = pages.own_consultations(request.actor)
    return render(request, "consultations/own.html", {"consultations": found})
