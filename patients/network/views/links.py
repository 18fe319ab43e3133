"""The care team of a patient: who cares, inviting, accepting, ending, handing over."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from patients.accounts.http import Request, signed_in
from patients.errors import Invalid, Missing
from patients.network import queries, services
from patients.network.forms.fields import refuse
from patients.network.forms.links import HandOverForm, InviteForm, StandInForm


@signed_in
@require_GET
def team(request: Request, patient_id: str) -> HttpResponse:
    """Who cares for a patient, since when and on which basis."""
    return render(request, "network/team.html", {"page": queries.team_page(request.actor, patient_id)})


@signed_in
@require_http_methods(["GET", "POST"])
def invite(request: Request, patient_id: str) -> HttpResponse:
    """Let another organisation care, too, or stand in for a time."""
    page = queries.invite_page(request.actor, patient_id)
    form = InviteForm(page.organisations, page.informants, page.team, request.POST or None)
    if form.is_valid():
        read = form.cleaned_data
        try:
            services.start_link(
                request.actor,
                patient_id,
                organisation=read["organisation"],
                bases=[form.basis] if form.basis else (),
                until=form.end,
                stands_in_for=read["stands_in_for"],
                asks=True,
            )
        except Invalid as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("The organisation is invited and belongs to the team from now on."))
            return redirect("network:team", patient_id)
    words = {"page": page, "form": form}
    return render(request, "network/team_invite.html", words, status=422 if form.errors else 200)


@signed_in
@require_POST
def accept(request: Request, patient_id: str) -> HttpResponse:
    """The invited organisation cares."""
    services.accept_link(request.actor, patient_id)
    messages.success(request, _("Your organisation cares for this person. The team sees it."))
    return redirect("network:team", patient_id)


@signed_in
@require_http_methods(["GET", "POST"])
def end(request: Request, patient_id: str, organisation_id: str) -> HttpResponse:
    """End a care link: first the question, then the deed."""
    page = queries.team_page(request.actor, patient_id)
    link = next((one for one in page.links if one.id == organisation_id and one.may_end), None)
    if link is None:
        raise Missing("")
    if request.method == "GET":
        return render(request, "network/team_end.html", {"page": page, "link": link})
    services.end_link(request.actor, patient_id, organisation=organisation_id)
    messages.success(request, _("The care link of %(name)s has ended. Its access is cut.") % {"name": link.name})
    return redirect("start") if link.mine else redirect("network:team", patient_id)


@signed_in
@require_http_methods(["GET", "POST"])
def stand_in(request: Request) -> HttpResponse:
    """During a holiday another organisation stands in for all patients."""
    page = queries.stand_in_page(request.actor)
    form = StandInForm(page.organisations, page.informants, request.POST or None)
    done: services.StoodIn | None = None
    if form.is_valid():
        read = form.cleaned_data
        try:
            done = services.stand_in_for_all(
                request.actor,
                organisation=read["organisation"],
                since=read["since"],
                until=read["until"],
                bases=[form.basis] if form.basis else (),
            )
        except Invalid as problem:
            refuse(form, problem)
    words = {"page": page, "form": form, "done": done}
    return render(request, "network/stand_in.html", words, status=422 if form.errors else 200)


@signed_in
@require_http_methods(["GET", "POST"])
def hand_over(request: Request, patient_id: str) -> HttpResponse:
    """Another organisation takes the patient over on a day."""
    if request.actor.organisation is None:
        raise Missing("")
    page = queries.hand_over_page(request.actor, patient_id)
    form = HandOverForm(page.organisations, page.informants, request.POST or None)
    if form.is_valid():
        read = form.cleaned_data
        bases = [form.basis] if form.basis else ()
        try:
            services.hand_over(
                request.actor,
                patient_id,
                to=read["organisation"],
                on=read["on"],
                bases=bases,
                with_plans=read["with_plans"],
            )
        except Invalid as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("The hand-over is entered. Until then both organisations care."))
            return redirect("network:team", patient_id)
    words = {"page": page, "form": form}
    return render(request, "network/hand_over.html", words, status=422 if form.errors else 200)
