"""Asking for erasure, and answering for one's organisation."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from patients.accounts.actor import Role
from patients.accounts.http import Request, signed_in
from patients.errors import Invalid, Missing
from patients.network import services
from telecare.privacy import identity
from telecare.privacy.queries import erasure

_OFFICE = (Role.DATA_PROTECTION_OFFICER, Role.ADMINISTRATOR)


@signed_in
@require_http_methods(["GET", "POST"])
def ask(request: Request, patient_id: str) -> HttpResponse:
    """The person chooses who is to erase, and reads what they answer."""
    page = erasure.ask_page(request.actor, patient_id)
    form = identity.ErasureForm(page.custodians, request.POST if request.method == "POST" else None)
    if form.is_valid():
        services.request_erasure(request.actor, patient_id, **form.cleaned_data)
        messages.success(request, _("Your request is on its way. You read the answers here."))
        return redirect("privacy:erasure", patient_id)
    return render(request, "privacy/erasure.html", {"page": page, "form": form}, status=422 if form.errors else 200)


@signed_in
@require_GET
def erasures(request: Request) -> HttpResponse:
    """What the reader's organisation was asked to erase."""
    if request.actor.role not in _OFFICE:
        raise Missing("")
    page = erasure.answer_page(request.actor)
    return render(request, "privacy/erasures.html", {"page": page, "form": identity.KeepForm()})


@signed_in
@require_POST
def answer(request: Request, task_id: str) -> HttpResponse:
    """Grant it, or keep it with a legal ground and a last day."""
    actor = request.actor
    if request.POST.get("act") == "grant":
        if request.POST.get("confirmed") != "yes":
            services.check_erasure(actor, task_id)
            raise Invalid(_("Please confirm that you have checked it: what is erased cannot be brought back."))
        services.grant_erasure(actor, task_id)
        messages.success(request, _("Granted. What your organisation kept is erased, or will be after the last day."))
        return redirect("privacy:erasures")
    form = identity.KeepForm(request.POST)
    if not form.is_valid():
        services.check_erasure(actor, task_id)
        raise Invalid(_("Please give the legal ground, the reason in words, and a last day in the future."))
    services.refuse_erasure(actor, task_id, **form.cleaned_data)
    messages.success(request, _("Recorded. The person reads your answer."))
    return redirect("privacy:erasures")
