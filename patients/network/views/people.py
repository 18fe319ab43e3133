"""Taking on a patient; names, addresses and numbers of one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from patients.accounts.http import Request, signed_in
from patients.errors import Conflict, Denied, Invalid, Missing
from patients.network import queries, services
from patients.network.forms.fields import AddressForm, refuse
from patients.network.forms.people import AdmissionForm, ContactForm, NameForm
from patients.network.queries.joining import Candidate


@signed_in
@require_http_methods(["GET", "POST"])
def admit(request: Request) -> HttpResponse:
    """Take on a person. Whether the network knows them is told in one sentence, and nothing more."""
    page = queries.admission_page(request.actor)
    form = AdmissionForm(page.colleagues, request.POST or None)
    similar = _similar(request, form)
    status = 409 if similar else 200
    if form.is_valid() and not similar:
        read = form.cleaned_data
        try:
            patient = services.admit_patient(
                request.actor,
                name=form.person,
                birth_date=read["birth_date"],
                gender=read["gender"],
                kvnr=read["kvnr"],
                address=form.address,
                phone=read["phone"],
                basis=form.basis,
            )
        except (Conflict, Denied) as problem:  # what was typed stays: one of the two may have been a slip
            form.add_error(None, problem.text)
            status = 409
        except Invalid as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("%(name)s is taken on.") % {"name": form.person})
            return redirect("network:person", patient.logical_id)
    if form.errors and status == 200:
        status = 422
    words = {"page": page, "form": form, "similar": similar}
    return render(request, "network/admit.html", words, status=status)


def _similar(request: Request, form: AdmissionForm) -> tuple[Candidate, ...]:
    """Whom the reader has to look at first, unless they say that they have."""
    if not form.is_valid() or form.cleaned_data["another"]:
        return ()
    return queries.similar_people(request.actor, form.patient)


@signed_in
@require_http_methods(["GET", "POST"])
def person(request: Request, patient_id: str) -> HttpResponse:
    """Names, addresses and numbers. Each form of the page says by `act` which it is."""
    page = queries.person_page(request.actor, patient_id)
    if request.method == "POST" and not page.may_change:
        raise Missing("")
    act = request.POST.get("act", "")

    def sent(name: str) -> Any:
        return request.POST if act == name else None

    known = {"phone": page.person.phone, "kvnr": page.kvnr}
    name, address = NameForm(sent("name")), AddressForm(sent("address"))
    contact = ContactForm(sent("contact"), numbers=page.may_number, initial=known)
    if _person_done(request, patient_id, act, name, address, contact):
        return redirect("network:person", patient_id)
    words = {"page": page, "name_form": name, "address_form": address, "contact_form": contact}
    status = 422 if name.errors or address.errors or contact.errors else 200
    return render(request, "network/person.html", words, status=status)


def _person_done(
    request: Request, patient: str, act: str, name: NameForm, address: AddressForm, contact: ContactForm
) -> bool:
    """Do what the form of the page asks for; False if there is something to correct first."""
    try:
        if act == "name" and name.is_valid():
            services.rename_person(request.actor, patient, name=name.person, since=name.cleaned_data["since"])
            messages.success(request, _("The name is saved."))
        elif act == "address" and address.is_valid():
            moved = address.cleaned_data["since"]
            services.move_person(request.actor, patient, address=address.address, since=moved)
            messages.success(request, _("The address is saved."))
        elif act == "contact" and contact.is_valid():
            services.change_contact(request.actor, patient, **contact.cleaned_data)
            messages.success(request, _("The contact is saved."))
        else:
            return False
    except Invalid as problem:
        refuse({"name": name, "address": address}.get(act, contact), problem)
        return False
    return True
