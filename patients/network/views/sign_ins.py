"""Codes on paper for a patient and the relatives."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from patients.accounts.http import Request, confirmed, signed_in
from patients.accounts.views.colleagues import sheet
from patients.network import queries, services


@signed_in
@require_http_methods(["GET", "POST"])
def sign_ins(request: Request, patient_id: str) -> HttpResponse:
    """Who can sign in; print a sheet for one of them."""
    page = queries.sign_ins_page(request.actor, patient_id)
    if request.method == "POST":
        return _print(request, patient_id)
    return render(request, "network/sign_ins.html", {"page": page})


@confirmed
def _print(request: Request, patient_id: str) -> HttpResponse:
    person, factor = request.POST.get("person", ""), request.POST.get("act") == "factor"
    printed = services.print_sign_in(request.actor, patient_id, person, drops_factor=factor)
    return sheet(request, printed, back=reverse("network:sign-ins", args=[patient_id]))
