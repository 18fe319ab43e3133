"""What staff does around a call: look after the waiting room, invite, let in, go on by another way, end."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from patients.accounts.actor import Actor
from patients.accounts.http import Request, signed_in
from patients.errors import Invalid, Problem
from patients.network import queries as network
from telecare.consultations import services
from telecare.consultations.forms import CallInForm, ConsentForm, InviteForm, MediumForm, OfferForm
from telecare.consultations.models import Invitation, Medium
from telecare.consultations.queries import day, pages, parties
from telecare.consultations.queries.waiting import waiting_room as waiting_page
from telecare.consultations.queries.waiting import waits


@signed_in
@require_GET
def waiting_room(request: Request) -> HttpResponse:
    """Who waits, what is open, what comes today."""
    return render(request, "consultations/waiting_room.html", {"page": waiting_page(request.actor)})


@signed_in
@require_GET
def queue(request: Request) -> HttpResponse:
    """The lists of the waiting room alone, for the page that is kept fresh."""
    return render(request, "consultations/parts/queue.html", {"page": waiting_page(request.actor)})


@signed_in
@require_http_methods(["GET", "POST"])
def offer(request: Request) -> HttpResponse:
    """Book a consultation."""
    if not parties.is_staff(request.actor):
        raise parties.missing()
    seen = network.patients_of(request.actor)
    people = [(one.id, one.name) for one in seen if request.actor.emergency(one.id) is None]
    soon = timezone.localtime() + timedelta(hours=1)
    start = {"date": soon.date(), "time": soon.time().replace(minute=0), "patient": request.GET.get("patient", "")}
    form = OfferForm(people, request.POST or None, initial=start)
    if form.is_valid():
        chosen = form.cleaned_data
        try:
            ident = services.book(
                request.actor,
                chosen["patient"],
                starts_at=form.starts_at,
                minutes=chosen["minutes"],
                medium=Medium(chosen["medium"]),
                doctor=_doctor(request.actor),
                reason=chosen["reason"],
                room=chosen["room"],
            )
        except Invalid as problem:
            _add(form, problem)
        else:
            return redirect("consultations:invitations", ident)
    return render(request, "consultations/offer.html", {"form": form}, status=422 if form.errors else 200)


@signed_in
@require_http_methods(["GET", "POST"])
def start(request: Request, patient_id: str) -> HttpResponse:
    """Call a doctor in, or begin at once. Where there is only one practice to call, one press is enough."""
    person, places = pages.practices(request.actor, patient_id)
    form = CallInForm(places, request.POST if "organisation" in request.POST else None)
    if request.method == "POST" and not form.is_bound and (running := day.under_way(request.actor, patient_id)):
        return redirect("consultations:room", running)  # somebody is there already: join them
    if request.method == "POST" and (form.is_valid() or len(places) == 1):
        chosen = form.cleaned_data if form.is_bound and form.is_valid() else {}
        ident = services.call_in(
            request.actor,
            patient_id,
            organisation=chosen.get("organisation") or places[0].id,
            reason=chosen.get("reason", ""),
            medium=Medium(chosen.get("medium") or Medium.OWN),
        )
        return redirect("consultations:room", ident)
    page = {"form": form, "person": person, "places": places, "patient_id": patient_id}
    return render(request, "consultations/start.html", page, status=422 if form.errors else 200)


@signed_in
@require_POST
def begin(request: Request, consultation: str) -> HttpResponse:
    """Take it on, let in who waits first, and go to the page of the call."""
    card = parties.staffed(request.actor, consultation)
    if card.medium == Medium.OWN:
        waiting = sorted(waits(consultation), key=lambda visitor: visitor.role != "patient")
        guests = [visitor for visitor in waiting if not visitor.staff]
        if guests:
            services.admit(request.actor, consultation, guests[0].key)
    else:
        services.claim(request.actor, consultation)
    return redirect("consultations:room", consultation)


@signed_in
@require_POST
def admit(request: Request, consultation: str) -> HttpResponse:
    """Let one person in."""
    services.admit(request.actor, consultation, request.POST.get("visitor", ""))
    if request.headers.get("HX-Request"):
        return visitors(request, consultation)
    return redirect("consultations:room", consultation)


@signed_in
def visitors(request: Request, consultation: str) -> HttpResponse:
    """Who waits to be let into this call, for the page that is kept fresh."""
    parties.staffed(request.actor, consultation)
    page = {"visitors": waits(consultation), "id": consultation}
    return render(request, "consultations/parts/visitors.html", {"page": page})


@signed_in
@require_POST
def end(request: Request, consultation: str) -> HttpResponse:
    """End the call for all and go to the note."""
    services.end_call(request.actor, consultation)
    return redirect("consultations:note", consultation)


@signed_in
@require_POST
def reopen(request: Request, consultation: str) -> HttpResponse:
    """The call ended too early."""
    services.reopen(request.actor, consultation)
    return redirect("consultations:room", consultation)


@signed_in
@require_POST
def cancel(request: Request, consultation: str) -> HttpResponse:
    """Call it off."""
    services.cancel(request.actor, consultation)
    messages.success(request, _("The appointment is cancelled. Invitations to it lead nowhere any more."))
    return redirect("consultations:waiting-room")


@signed_in
@require_POST
def medium(request: Request, consultation: str) -> HttpResponse:
    """Go on by another way."""
    form = MediumForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("Please choose how it goes on."))
    services.switch_medium(
        request.actor, consultation, Medium(form.cleaned_data["medium"]), room=form.cleaned_data["room"]
    )
    return redirect("consultations:room", consultation)


@signed_in
@require_POST
def hand_over(request: Request, consultation: str) -> HttpResponse:
    """Give it to a substitute."""
    services.hand_over(request.actor, consultation, organisation=request.POST.get("organisation", ""))
    messages.success(request, _("Handed over. The place in the waiting room stays."))
    return redirect("consultations:waiting-room")


@signed_in
@require_POST
def consent(request: Request, consultation: str) -> HttpResponse:
    """Agreed by word of mouth."""
    form = ConsentForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("Please write who agreed."))
    services.agree(request.actor, consultation, form.cleaned_data["by"])
    return redirect((request.POST.get("next") == "note" and "consultations:note") or "consultations:room", consultation)


@signed_in
@require_http_methods(["GET", "POST"])
def invitations(request: Request, consultation: str) -> HttpResponse:
    """Invite somebody: link and number are shown once."""
    form = InviteForm(request.POST or None, initial={"name": _patient_name(request.actor, consultation)})
    issued = None
    if form.is_valid():
        kind = Invitation.Kind(form.cleaned_data["kind"])
        issued = services.invite(request.actor, consultation, kind=kind, name=form.cleaned_data["name"])
        form = InviteForm(initial={"kind": Invitation.Kind.RELATIVE.value})
    return _invitations(request, consultation, form, issued)


@signed_in
@require_POST
def new_pin(request: Request, number: int) -> HttpResponse:
    """Another number for a guest who has lost theirs."""
    issued = services.give_new_pin(request.actor, number)
    return _invitations(request, _consultation(number), InviteForm(), issued)


@signed_in
@require_POST
def cancel_invitation(request: Request, number: int) -> HttpResponse:
    """The link leads nowhere from now on."""
    services.cancel_invitation(request.actor, number)
    return redirect("consultations:invitations", _consultation(number))


def _invitations(request: Request, consultation: str, form: InviteForm, issued: services.Issued | None) -> HttpResponse:
    page = {
        "id": consultation,
        "name": _patient_name(request.actor, consultation),
        "form": form,
        "issued": issued,
        "invitations": pages.invitations(request.actor, consultation),
        "card": parties.staffed(request.actor, consultation),
    }
    return render(request, "consultations/invitations.html", page, status=422 if form.errors else 200)


def _consultation(number: int) -> str:
    row = services.asked_for(number, even_if_over=True)
    if row is None:
        raise parties.missing()
    return row.consultation


def _patient_name(actor: Actor, consultation: str) -> str:
    card = parties.staffed(actor, consultation)
    return network.names([f"Patient/{card.patient}"]).get(f"Patient/{card.patient}", "")


def _doctor(actor: Actor) -> str:
    return actor.person or "" if actor.role == "doctor" else ""


def _add(form: OfferForm, problem: Problem) -> None:
    for finding in problem.findings:
        field = {"starts_at": "time"}.get(finding.where, finding.where)
        form.add_error(field if field in form.fields else None, problem.text)
    if not problem.findings:
        form.add_error(None, problem.text)
