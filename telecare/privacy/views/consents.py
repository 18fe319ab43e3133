"""Pages of consents: the person's switches, the list of staff, what was signed by hand, the form to print."""

from __future__ import annotations

import re

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from patients.accounts.http import Request, signed_in
from patients.errors import Denied, Invalid, Missing
from patients.network import services as network
from patients.network.queries import patient_of_family
from patients.network.resources import Paper
from telecare.privacy import services
from telecare.privacy.forms import EVERYBODY, RECORD, PaperForm, WithdrawForm, end_of
from telecare.privacy.queries import consents as queries

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@signed_in
@require_GET
def own(request: Request) -> HttpResponse:
    """The reader's own switches; a representative is led to those of the person."""
    patient = patient_of_family(request.actor)
    if patient is None:
        raise Missing("")
    return render(request, "privacy/own_consents.html", {"page": queries.own_consents(request.actor, patient)})


@signed_in
@require_GET
def of_patient(request: Request, patient_id: str) -> HttpResponse:
    """What holds and what held, for staff; the switches for the person and the representative."""
    if request.actor.role in queries.FAMILY:
        return render(request, "privacy/own_consents.html", {"page": queries.own_consents(request.actor, patient_id)})
    return render(request, "privacy/consents.html", {"page": queries.staff_consents(request.actor, patient_id)})


@signed_in
@require_POST
def choose(request: Request, patient_id: str) -> HttpResponse:
    """The switches of one holder were set."""
    queries.own_consents(request.actor, patient_id)
    network.choose(
        request.actor,
        patient_id,
        whom=request.POST.get("whom", ""),
        categories=set(request.POST.getlist("categories")),
    )
    messages.success(request, _("Your choice holds from now on."))
    return redirect("privacy:consents", patient_id)


@signed_in
@require_POST
def say(request: Request, patient_id: str) -> HttpResponse:
    """A yes or a no to video or photos, by the person or by staff who hear it."""
    act, consultation = request.POST.get("act", ""), request.POST.get("consultation", "")
    queries.check_visible(request.actor, patient_id)
    if consultation and not _UUID.fullmatch(consultation):
        raise Invalid(_("Please choose yes or no."))
    match request.POST.get("says"):
        case "yes":
            network.agree_to(request.actor, patient_id, act=act)
            messages.success(request, _("The consent is recorded."))
        case "no":
            only = f"Encounter/{consultation}" if consultation else ""
            network.refuse(request.actor, patient_id, act=act, only=only)
            messages.success(request, _("The no is recorded. It holds from now on."))
        case _:
            raise Invalid(_("Please choose yes or no."))
    if consultation:
        return redirect("consultations:room", consultation)
    return redirect("privacy:consents", patient_id)


@signed_in
@require_http_methods(["GET", "POST"])
def paper(request: Request, patient_id: str) -> HttpResponse:
    """Record what was signed by hand."""
    page = queries.paper_page(request.actor, patient_id)
    if not queries.may_record(request.actor, patient_id):
        raise Denied(_("Consent is recorded by staff whose task it is and who have the paper."))
    form = PaperForm(page, request.POST or None)
    if form.is_valid():
        given = form.cleaned_data
        services.record_paper(
            request.actor,
            patient_id,
            permit=given["says"] == "permit",
            act="" if given["about"] == RECORD else given["about"],
            whom=None if given["whom"] == EVERYBODY else given["whom"],
            categories=given["categories"],
            until=end_of(given["until_date"]),
            paper=Paper(given["signed_date"], given["informed_by"], given["scan"]),
        )
        messages.success(request, _("Recorded. It holds from now on."))
        return redirect("privacy:consents", patient_id)
    return render(request, "privacy/paper.html", {"page": page, "form": form}, status=422 if form.errors else 200)


@signed_in
@require_GET
def printed(request: Request, patient_id: str) -> HttpResponse:
    """The form to be signed by hand, on one sheet of A4."""
    return render(request, "privacy/print.html", {"page": queries.paper_page(request.actor, patient_id)})


@signed_in
@require_POST
def withdraw(request: Request, patient_id: str, consent_id: str) -> HttpResponse:
    """Take a consent or an objection back."""
    form = WithdrawForm(request.POST)
    queries.check_consent(request.actor, patient_id, consent_id)
    if not form.is_valid():
        raise Invalid(_("Please enter the day as day, month and year."))
    network.withdraw(request.actor, consent_id, on=form.cleaned_data["on"])
    messages.success(request, _("Taken back. This holds from now on."))
    return redirect("privacy:consents", patient_id)
