"""Start pages, the patient page, lists of people."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from patients.accounts.actor import Role
from patients.accounts.http import Request, signed_in
from patients.network.queries import patient_of_family
from telecare.dashboards import queries
from telecare.dashboards.queries.shapes import NurseDay, OwnPage, PracticeDay

NURSING = {Role.NURSE, Role.NURSING_ASSISTANT, Role.NURSING_LEAD}
FAMILY = {Role.RELATIVE, Role.REPRESENTATIVE}
WITHOUT_PATIENTS = {
    Role.ADMINISTRATOR,
    Role.COORDINATOR,
    Role.DATA_PROTECTION_OFFICER,
    Role.HELPER,
    Role.OPERATOR,
    Role.SYSTEM_CLIENT,
}


@signed_in
@require_GET
def start(request: Request) -> HttpResponse:
    """The page that fits the reader's function."""
    actor = request.actor
    if actor.role in NURSING:
        return _start(request, "dashboards/nurse.html", queries.nurse_day(actor))
    if actor.role is Role.PATIENT or actor.role in FAMILY:
        patient_id = patient_of_family(actor)
        if patient_id is None:  # nobody lets them see anything now: a page that says so, with a way to sign out
            return redirect("privacy:wards")
        return _start(request, "dashboards/own.html", queries.own_page(actor, patient_id))
    if actor.role in WITHOUT_PATIENTS:
        return render(request, "dashboards/office.html", {"page": queries.office_page(actor)})
    return _start(request, "dashboards/practice.html", queries.practice_day(actor))


@signed_in
@require_GET
def patient(request: Request, patient_id: str) -> HttpResponse:
    """All that the reader may see of a patient."""
    if request.actor.role is Role.PATIENT or request.actor.role in FAMILY:
        return _start(request, "dashboards/own.html", queries.own_page(request.actor, patient_id))
    return render(request, "dashboards/patient.html", {"page": queries.patient_page(request.actor, patient_id)})


@signed_in
@require_http_methods(["GET", "POST"])
def people(request: Request) -> HttpResponse:
    """The patients whom the reader may see. A name is sent by POST: it must not stand in an address."""
    page = queries.people_page(request.actor, request.POST.get("q", "").strip())
    return render(request, "dashboards/people.html", {"page": page})


def _start(request: Request, template: str, page: NurseDay | PracticeDay | OwnPage) -> HttpResponse:
    """A start page; the frame around it takes its figures from the page instead of asking again."""
    request.counts = page.counts  # type: ignore[attr-defined]
    return render(request, template, {"page": page})
