"""Two records of one person: found, compared, joined, parted."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from patients.accounts.http import Request, signed_in
from patients.errors import Invalid, Missing
from patients.network import queries, services
from patients.network.forms.fields import refuse
from patients.network.forms.people import ComparedForm


@signed_in
@require_GET
def records(request: Request, patient_id: str) -> HttpResponse:
    """The other records of a person."""
    return render(request, "network/records.html", {"page": queries.records_page(request.actor, patient_id)})


@signed_in
@require_http_methods(["GET", "POST"])
def join(request: Request, patient_id: str, other_id: str) -> HttpResponse:
    """Compare two records, then join them."""
    page = queries.pair_page(request.actor, patient_id, other_id)
    if page.joined:
        raise Missing("")
    form = ComparedForm(request.POST or None)
    if form.is_valid():
        try:
            services.join_records(request.actor, patient_id, other_id)
        except Invalid as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("The records are joined. Every objection holds for both."))
            return redirect("network:records", patient_id)
    words = {"page": page, "form": form}
    return render(request, "network/records_join.html", words, status=422 if form.errors else 200)


@signed_in
@require_http_methods(["GET", "POST"])
def part(request: Request, patient_id: str, other_id: str) -> HttpResponse:
    """Part two records again, after a question."""
    page = queries.pair_page(request.actor, patient_id, other_id)
    if not page.joined:
        raise Missing("")
    if request.method == "GET":
        return render(request, "network/records_part.html", {"page": page})
    services.part_records(request.actor, patient_id, other_id)
    messages.success(request, _("The records are parted. Each is seen by its own team again."))
    return redirect("network:records", patient_id)
