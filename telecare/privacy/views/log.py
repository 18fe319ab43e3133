"""Who has read my record, and who may see what."""

from __future__ import annotations

from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET

from patients.accounts.http import Request, signed_in
from patients.errors import Missing
from patients.network.forms.fields import FIRST, LAST
from telecare.privacy.queries import log


@signed_in
@require_GET
def accesses(request: Request) -> HttpResponse:
    """The reader's own log, or that of whom they represent."""
    patient = log.represented(request.actor)
    if patient is None:
        raise Missing("")
    return _page(request, patient)


@signed_in
@require_GET
def of_patient(request: Request, patient_id: str) -> HttpResponse:
    """The log of one patient: for the person, and who represents them."""
    return _page(request, patient_id)


def _page(request: Request, patient: str) -> HttpResponse:
    """Days and a mark stand in the address; they name nobody."""
    given = request.GET
    before = given.get("before", "")
    asked = log.Asked(
        first=_day(given.get("first", "")),
        last=_day(given.get("last", "")),
        emergencies=given.get("emergencies") == "yes",
        before=int(before) if before.isascii() and before.isdecimal() and len(before) < 19 else None,
    )
    return render(request, "privacy/accesses.html", {"page": log.log_page(request.actor, patient, asked)})


def _day(text: str) -> date | None:
    """A day of the address, if it is one."""
    try:
        found = parse_date(text)
    except ValueError:
        return None
    return found if found and FIRST <= found <= LAST else None
