"""Pages of what all rests on: who acts in the person's name, whether they can decide, what a care link rests on."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from patients.access import Deed, allowed
from patients.accounts.actor import Role
from patients.accounts.http import Request, signed_in
from patients.errors import Denied, Missing
from patients.network import services as network
from patients.network.numbers import number_of
from patients.network.queries import wards_of
from patients.network.resources import Basis, Name
from telecare.privacy import services
from telecare.privacy.forms import BasisForm, CapacityForm, RepresentativeForm, end_of, start_of
from telecare.privacy.queries import consents as queries
from telecare.privacy.resources import Finding
from telecare.privacy.shapes import PaperPage


@signed_in
@require_GET
def wards(request: Request) -> HttpResponse:
    """The people for whom a relative or representative acts, and the number under which they are known."""
    actor = request.actor
    if actor.role not in (Role.REPRESENTATIVE, Role.RELATIVE) or not actor.person:
        raise Missing("")
    page = {"people": wards_of(actor), "number": number_of(actor.person)}
    return render(request, "privacy/wards.html", {"page": page})


@signed_in
@require_http_methods(["GET", "POST"])
def representative(request: Request, patient_id: str) -> HttpResponse:
    """Record who acts in the person's name."""
    page = queries.paper_page(request.actor, patient_id)
    if not queries.may_record(request.actor, patient_id):
        raise Denied(_("Who represents a person is entered by staff who have seen the paper."))
    form = RepresentativeForm(queries.relatives_of(page), request.POST or None)
    if form.is_valid():
        given = form.cleaned_data
        services.record_representative(
            request.actor,
            patient_id,
            relative=given["relative"],
            name=Name(given["family"], given["given"]) if given["family"] else None,
            number=given["number"],
            relationship="GUARD" if given["kind"] == "guardian" else "FAMMEMB",
            kind=given["kind"],
            scope=services.scope_of(health=given["health"] == "yes", mental=given["mental"]),
            evidence=given["evidence"],
            seen=start_of(given["seen_date"]) or timezone.localtime(),
            since=start_of(given["since_date"]),
            until=end_of(given["until_date"]),
        )
        messages.success(request, _("Recorded. It holds from now on."))
        return redirect("privacy:consents", patient_id)
    title = _("Record a representation")
    return _form(request, page, form, title)


@signed_in
@require_POST
def end_representation(request: Request, patient_id: str, relative_id: str) -> HttpResponse:
    """Somebody does not act in the person's name any more."""
    queries.check_relative(request.actor, patient_id, relative_id)
    network.end_representation(request.actor, relative_id)
    messages.success(request, _("The representation has ended. This holds from now on."))
    return redirect("privacy:consents", patient_id)


@signed_in
@require_http_methods(["GET", "POST"])
def capacity(request: Request, patient_id: str) -> HttpResponse:
    """A doctor states whether the person can decide."""
    page = queries.paper_page(request.actor, patient_id)
    if not queries.may_state(request.actor, patient_id):
        raise Denied(_("Whether a person can decide is stated by a doctor, in their own name."))
    form = CapacityForm(request.POST or None)
    if form.is_valid():
        given = form.cleaned_data
        services.state_capacity(
            request.actor,
            patient_id,
            finding=Finding(given["finding"]),
            matter=given["matter"],
            stated_date=given["stated_date"],
        )
        messages.success(request, _("The statement is recorded under your name."))
        return redirect("privacy:consents", patient_id)
    return _form(request, page, form, _("Can the person decide?"))


@signed_in
@require_http_methods(["GET", "POST"])
def basis(request: Request, patient_id: str) -> HttpResponse:
    """Record why an organisation may see the records of others."""
    page = queries.paper_page(request.actor, patient_id)
    if not allowed(request.actor, Deed.ADMIT, patient=patient_id):
        raise Denied(_("A basis is recorded by those who care for the person and may take on patients."))
    form = BasisForm(*queries.of_basis(page), page.me, request.POST or None)
    if form.is_valid():
        given = form.cleaned_data
        on = timezone.localtime()
        if given["on_date"] != on.date():
            on = (start_of(given["on_date"]) or on) + timedelta(hours=12)
        network.add_basis(
            request.actor,
            patient_id,
            organisation=given["organisation"].removeprefix("Organization/"),
            basis=Basis(given["kind"], on, given["by"], given["reason"].strip()),
        )
        messages.success(request, _("Recorded. It holds from now on."))
        return redirect("privacy:consents", patient_id)
    return _form(request, page, form, _("Record a basis"))


def _form(
    request: Request, page: PaperPage, form: RepresentativeForm | CapacityForm | BasisForm, title: str
) -> HttpResponse:
    given = {"page": page, "form": form, "title": title}
    return render(request, "privacy/ground.html", given, status=422 if form.errors else 200)
