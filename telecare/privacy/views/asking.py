"""Why do I not see this person? Asking for access, and answering."""

from __future__ import annotations

from datetime import datetime, time

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from patients.access import Deed, refusals
from patients.access.ceilings import may
from patients.accounts.actor import Role
from patients.accounts.http import Request, signed_in
from patients.errors import Denied, Invalid
from patients.network import services
from telecare.privacy import identity
from telecare.privacy.queries import asking

_AS_THE_PATIENT = (Role.PATIENT, Role.REPRESENTATIVE)


@signed_in
@require_http_methods(["GET", "POST"])
def why(request: Request) -> HttpResponse:
    """The possible reasons, always alike; and a request to the team, which goes its way whether or not there is one."""
    actor = request.actor
    if not services.may_ask(actor):
        raise Denied(_("Only those who care for people ask for access."))
    form = identity.RequestForm(request.POST or None)
    if form.is_valid():
        try:
            services.request_access(actor, form.person, reason=form.cleaned_data["reason"])
        except (Denied, Invalid) as problem:
            refusals.record(actor, problem, source="page")
            form.add_error(None, problem.text)
        else:
            messages.success(request, _("Your request is on its way. If this person is known here, their team has it."))
            return redirect("privacy:why")
    page = asking.why_page(actor, may_open=may(actor.role, Deed.EMERGENCY))
    return render(request, "privacy/why.html", {"page": page, "form": form}, status=422 if form.errors else 200)


@signed_in
@require_GET
def requests(request: Request) -> HttpResponse:
    """Who asks for access to people of the reader."""
    today = timezone.localdate()
    page = asking.requests_page(request.actor)
    forms = {"grant": identity.GrantForm(initial={"on": today}), "refuse": identity.RefuseForm()}
    return render(request, "privacy/requests.html", {"page": page, **forms})


@signed_in
@require_POST
def answer(request: Request, task_id: str) -> HttpResponse:
    """Let an organisation in, or say no."""
    actor = request.actor
    if request.POST.get("act") == "refuse":
        services.refuse_request(actor, task_id, words=request.POST.get("words", ""))
        messages.success(request, _("You have declined. Those who asked read your words."))
        return redirect("privacy:requests")
    form = identity.GrantForm(request.POST)
    if actor.role in _AS_THE_PATIENT:
        services.grant_request(actor, task_id)
    elif form.is_valid():
        services.grant_request(actor, task_id, on=_at(form.cleaned_data["on"]))
    else:
        services.check_request(actor, task_id)
        raise Invalid(_("Please give the day on which the person was informed."))
    messages.success(request, _("The organisation sees this person from now on."))
    return redirect("privacy:requests")


def _at(day: object) -> datetime:
    """A day as a moment: now if it is today, else its noon."""
    if day == timezone.localdate():
        return timezone.localtime()
    return timezone.make_aware(datetime.combine(day, time(12)))  # type: ignore[arg-type]
