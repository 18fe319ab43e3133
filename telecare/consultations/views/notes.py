"""The note: write, order, read back, sign, correct, and say how it goes on."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from patients.accounts.http import Request, signed_in
from patients.errors import Conflict, Invalid
from telecare.consultations import services
from telecare.consultations.forms import FollowUpForm, OrderForm
from telecare.consultations.queries import pages
from telecare.consultations.resources.meeting import FollowUp


@signed_in
@require_GET
def note(request: Request, consultation: str) -> HttpResponse:
    """Both parts as one."""
    page = pages.note_page(request.actor, consultation)
    return render(request, "consultations/note.html", {"page": page, "order_form": OrderForm(page.places)})


@signed_in
@require_GET
def others(request: Request, consultation: str) -> HttpResponse:
    """What the others write and what was ordered, for the page of the call that is kept fresh."""
    page = pages.others_page(request.actor, consultation)
    return render(request, "consultations/parts/others.html", {"page": page})


@signed_in
@require_POST
def draft(request: Request, consultation: str) -> HttpResponse:
    """Saved while writing (answers a script), or with a button."""
    number = request.POST.get("version", "")
    version = int(number) if number.isdecimal() else None
    by_script = request.headers.get("Accept", "").startswith("application/json")
    try:
        version = services.save_draft(request.actor, consultation, request.POST.dict(), version=version)
    except (Conflict, Invalid) as problem:
        if not by_script:
            raise
        return JsonResponse({"text": problem.text}, status=409 if isinstance(problem, Conflict) else 422)
    if by_script:
        at = timezone.localtime().strftime("%H:%M")
        return JsonResponse({"version": version, "text": _("Saved %(at)s") % {"at": at}})
    return redirect("consultations:note", consultation)


@signed_in
@require_POST
def sign(request: Request, consultation: str) -> HttpResponse:
    """Sign one's own part."""
    services.sign(request.actor, consultation)
    messages.success(request, _("Your part is signed."))
    return redirect("consultations:note", consultation)


@signed_in
@require_POST
def correct(request: Request, consultation: str) -> HttpResponse:
    """Take the signed text up again."""
    services.correct(request.actor, consultation)
    return redirect("consultations:note", consultation)


@signed_in
@require_POST
def order(request: Request, consultation: str) -> HttpResponse:
    """An order: at once a task."""
    form = OrderForm(pages.places(request.actor, consultation), request.POST)
    if not form.is_valid():
        raise Invalid(_("Please write what is to be done, and by whom."))
    services.order(
        request.actor,
        consultation,
        text=form.cleaned_data["text"],
        organisation=form.cleaned_data["organisation"],
        due_at=form.due_at,
        urgent=form.cleaned_data["urgent"],
    )
    return _back(request, consultation)


@signed_in
@require_POST
def read_back(request: Request, consultation: str, task: str) -> HttpResponse:
    """Read back and confirmed."""
    services.read_back(request.actor, consultation, task)
    return _back(request, consultation)


@signed_in
@require_POST
def close(request: Request, consultation: str) -> HttpResponse:
    """How it goes on."""
    form = FollowUpForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("Please choose how it goes on."))
    services.close(request.actor, consultation, FollowUp(form.cleaned_data["follow_up"]))
    messages.success(request, _("The consultation is closed."))
    return redirect("consultations:note", consultation)


def _back(request: Request, consultation: str) -> HttpResponse:
    """To where it was pressed: the fresh part of a page, or the page of the note."""
    if request.headers.get("HX-Request"):
        page = pages.others_page(request.actor, consultation)
        return render(request, "consultations/parts/others.html", {"page": page})
    return redirect("consultations:note", consultation)
