"""An organisation: its data and address, its staff, their functions and absences, and who answers on call."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from patients.accounts.actor import Role
from patients.accounts.http import Request, signed_in
from patients.errors import Invalid, Missing
from patients.network import queries, services
from patients.network.forms.fields import AddressForm, refuse
from patients.network.forms.organisations import (
    AbsenceForm,
    ColleagueForm,
    FunctionForm,
    NewOrganisationForm,
    OnCallForm,
    OrganisationForm,
    TurnForm,
)


@signed_in
@require_GET
def own(request: Request) -> HttpResponse:
    """The reader's own organisation."""
    if request.actor.organisation is None:
        raise Missing("")
    return redirect("network:organisation", request.actor.organisation)


@signed_in
@require_GET
def directory(request: Request) -> HttpResponse:
    """The organisations of the network."""
    return render(request, "network/organisations.html", {"page": queries.organisations_page(request.actor)})


@signed_in
@require_GET
def organisation(request: Request, organisation_id: str) -> HttpResponse:
    """One organisation with its staff."""
    return render(
        request, "network/organisation.html", {"page": queries.organisation_page(request.actor, organisation_id)}
    )


@signed_in
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """The operator creates an organisation."""
    if request.actor.role is not Role.OPERATOR:
        raise Missing("")
    form = NewOrganisationForm(request.POST or None)
    if form.is_valid():
        read = form.cleaned_data
        try:
            made = services.create_organisation(
                request.actor,
                name=read["name"],
                kind=read["kind"],
                phone=read["phone"],
                address=form.address,
                ik=read["ik"],
                bsnr=read["bsnr"],
            )
        except Invalid as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("The organisation is created. Please add somebody who looks after its staff."))
            return redirect("network:organisation", made.logical_id)
    return render(request, "network/organisation_new.html", {"form": form}, status=422 if form.errors else 200)


@signed_in
@require_http_methods(["GET", "POST"])
def details(request: Request, organisation_id: str) -> HttpResponse:
    """Name, telephone and numbers."""
    page = queries.organisation_page(request.actor, organisation_id)
    if not page.may_change:
        raise Missing("")
    known = {"name": page.name, "phone": page.phone, "ik": page.ik, "bsnr": page.bsnr}
    form = OrganisationForm(request.POST or None, initial=known)
    if form.is_valid():
        try:
            services.change_organisation(request.actor, organisation_id, **form.cleaned_data)
        except Invalid as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("The data of the organisation are saved."))
            return redirect("network:organisation", organisation_id)
    words = {"page": page, "form": form}
    return render(request, "network/organisation_details.html", words, status=422 if form.errors else 200)


@signed_in
@require_http_methods(["GET", "POST"])
def address(request: Request, organisation_id: str) -> HttpResponse:
    """The organisation moves."""
    page = queries.organisation_page(request.actor, organisation_id)
    if not page.may_change:
        raise Missing("")
    form = AddressForm(request.POST or None)
    if form.is_valid():
        since = form.cleaned_data["since"]
        services.move_organisation(request.actor, organisation_id, address=form.address, since=since)
        messages.success(request, _("The address is saved."))
        return redirect("network:organisation", organisation_id)
    words = {"page": page, "form": form}
    return render(request, "network/organisation_address.html", words, status=422 if form.errors else 200)


@signed_in
@require_http_methods(["GET", "POST"])
def new_colleague(request: Request, organisation_id: str) -> HttpResponse:
    """A person begins to work here."""
    page = queries.new_colleague_page(request.actor, organisation_id)
    form = ColleagueForm(page.givable, request.POST or None)
    if form.is_valid():
        read = form.cleaned_data
        try:
            made = services.add_practitioner(
                request.actor,
                name=form.person,
                organisation=organisation_id,
                role=read["role"],
                title=read["title"],
                lanr=read["lanr"],
            )
        except Invalid as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("%(name)s is entered.") % {"name": form.person})
            return redirect("network:colleague", organisation_id, made.logical_id)
    words = {"page": page, "form": form}
    return render(request, "network/colleague_new.html", words, status=422 if form.errors else 200)


@signed_in
@require_http_methods(["GET", "POST"])
def colleague(request: Request, organisation_id: str, colleague_id: str) -> HttpResponse:
    """One colleague: functions and absences. Each form of the page says by `act` which it is."""
    page = queries.colleague_page(request.actor, organisation_id, colleague_id)
    act = request.POST.get("act", "")
    given = FunctionForm(page.givable, request.POST if act == "function" else None)
    away = AbsenceForm(page.others, request.POST if act == "absence" else None)
    if _colleague_done(request, page, act, given, away):
        return redirect("network:colleague", organisation_id, colleague_id)
    words = {"page": page, "function_form": given, "absence_form": away}
    status = 422 if given.errors or away.errors else 200
    return render(request, "network/colleague.html", words, status=status)


def _colleague_done(
    request: Request, page: queries.ColleaguePage, act: str, given: FunctionForm, away: AbsenceForm
) -> bool:
    """Do what the form of the colleague's page asks for; False if there is something to correct first."""
    person, place = f"Practitioner/{page.colleague.id}", page.organisation
    try:
        if act == "function" and given.is_valid():
            services.add_function(request.actor, person=person, organisation=place, **given.cleaned_data)
            messages.success(request, _("The function is given."))
        elif act == "absence" and away.is_valid():
            services.enter_absence(request.actor, person=person, organisation=place, **away.cleaned_data)
            messages.success(request, _("The absence is entered."))
        elif act == "end-function":
            if request.POST.get("id", "") not in {one.id for one in page.colleague.functions}:
                raise Missing("")
            services.end_function(request.actor, request.POST["id"])
            messages.success(request, _("The function has ended. Open sessions in it are cut."))
        elif act == "end-absence":
            gone = request.POST.get("id", "")
            services.end_absence(request.actor, person=person, organisation=place, absence=gone)
            messages.success(request, _("The absence is taken out."))
        else:
            return False
    except Invalid as problem:
        refuse(given if act == "function" else away, problem)
        return False
    return True


@signed_in
@require_http_methods(["GET", "POST"])
def rota(request: Request) -> HttpResponse:
    """Who answers on call for the reader's organisation."""
    if request.actor.organisation is None:
        raise Missing("")
    page = queries.rota_page(request.actor, request.actor.organisation)
    act = request.POST.get("act", "")
    choices = tuple((one.id, one.name) for one in page.services)
    turn = TurnForm(choices, page.people, request.POST if act == "turn" else None)
    offer = OnCallForm(request.POST if act == "service" else None)
    if _rota_done(request, act, turn, offer):
        return redirect("network:rota")
    words = {"page": page, "turn_form": turn, "service_form": offer}
    return render(request, "network/rota.html", words, status=422 if turn.errors or offer.errors else 200)


def _rota_done(request: Request, act: str, turn: TurnForm, offer: OnCallForm) -> bool:
    try:
        if act == "turn" and turn.is_valid():
            services.take_turn(request.actor, **turn.cleaned_data)
            messages.success(request, _("The turn is entered."))
        elif act == "service" and offer.is_valid():
            services.offer_on_call(request.actor, **offer.cleaned_data)
            messages.success(request, _("The service is entered."))
        elif act == "give-back":
            services.give_back_turn(request.actor, request.POST.get("id", ""))
            messages.success(request, _("The turn is taken out."))
        elif act == "end-service":
            services.end_on_call(request.actor, request.POST.get("id", ""))
            messages.success(request, _("The service is not offered any more."))
        else:
            return False
    except Invalid as problem:
        refuse(turn, problem)
        return False
    return True
