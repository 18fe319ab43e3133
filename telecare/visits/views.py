"""Pages of visits: one visit, and what is done at it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from patients.accounts.http import Request, signed_in
from telecare.visits import queries, services
from telecare.visits.forms import HandOverForm


@signed_in
@require_http_methods(["GET", "POST"])
def visit(request: Request, visit_id: str) -> HttpResponse:
    """One visit: what is to be done, what was measured; a hand-over is sent by POST."""
    form = HandOverForm(request.POST or None)
    if form.is_valid():
        services.hand_over(request.actor, visit_id, **form.cleaned_data)
        messages.success(request, _("The hand-over stands in the thread."))
        return redirect("visits:visit", visit_id)
    page = queries.visit_page(request.actor, visit_id)
    return render(request, "visits/visit.html", {"page": page, "form": form}, status=422 if form.errors else 200)


@signed_in
@require_POST
def begin(request: Request, visit_id: str) -> HttpResponse:
    """The nurse is there; measuring comes first."""
    services.begin_visit(request.actor, visit_id)
    return redirect("vitals:measure-first", queries.one(request.actor, visit_id).patient)


@signed_in
@require_POST
def finish(request: Request, visit_id: str) -> HttpResponse:
    """The nurse leaves; back to the tour."""
    services.finish_visit(request.actor, visit_id)
    messages.success(request, _("The visit is finished."))
    return redirect("start")


@signed_in
@require_POST
def cancel(request: Request, visit_id: str) -> HttpResponse:
    """The visit does not take place."""
    services.cancel_visit(request.actor, visit_id)
    messages.success(request, _("The visit is cancelled."))
    return redirect("start")
