"""Break-glass: opening, ending, looking at it afterwards."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from patients.access import Deed, refusals
from patients.access.ceilings import may
from patients.accounts.http import Request, signed_in
from patients.errors import Denied, Invalid
from patients.network import services
from telecare.privacy import identity
from telecare.privacy.queries import asking


@signed_in
@require_http_methods(["GET", "POST"])
def emergency(request: Request) -> HttpResponse:
    """The reason and the exact person; then the record, for reading."""
    actor = request.actor
    if not may(actor.role, Deed.EMERGENCY) or actor.organisation is None:
        raise Denied(_("Your role does not read in an emergency. In danger call 112."))
    form = identity.EmergencyForm(request.POST or None)
    if form.is_valid():
        said = form.cleaned_data
        try:
            opened = services.open_in_emergency(actor, form.person, kind=said["kind"], reason=said["reason"])
        except (Denied, Invalid) as problem:
            refusals.record(actor, problem, source="page")
            form.add_error(None, problem.text)
        else:
            return redirect("dashboards:patient", opened[0].patient)
    page = {"minutes": settings.EMERGENCY_MINUTES}
    return render(request, "privacy/emergency.html", {"page": page, "form": form}, status=422 if form.errors else 200)


@signed_in
@require_POST
def end(request: Request, task_id: str) -> HttpResponse:
    """End one's own reading."""
    services.end_emergency(request.actor, task_id)
    messages.success(request, _("The emergency access has ended."))
    return redirect("start")


@signed_in
@require_GET
def emergencies(request: Request) -> HttpResponse:
    """Readings in an emergency that concern the reader."""
    page = asking.emergencies_page(request.actor)
    return render(request, "privacy/emergencies.html", {"page": page, "form": identity.ReviewForm()})


@signed_in
@require_POST
def review(request: Request, task_id: str) -> HttpResponse:
    """Say how it was."""
    verdict, words = request.POST.get("verdict", ""), request.POST.get("words", "")
    services.review_emergency(request.actor, task_id, verdict=verdict, words=words)
    messages.success(request, _("Your review is recorded. The person reads it."))
    return redirect("privacy:emergencies")
