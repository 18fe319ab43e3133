"""Taking one's record along."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from itertools import chain
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from patients.access import Action, allowed
from patients.access.joining import is_own
from patients.accounts.actor import Role
from patients.accounts.http import Request, signed_in
from patients.audit.queries import acts_of
from patients.errors import Denied, Missing
from patients.fhir import subject
from patients.fhir.authentication import entitled
from patients.fhir.streaming import Streamed, while_entitled
from telecare.privacy import taking

MOST_AN_HOUR: Final = 6
_FAMILY: Final = (Role.PATIENT, Role.REPRESENTATIVE)


@signed_in
@require_http_methods(["GET", "POST"])
def download(request: Request, patient_id: str) -> HttpResponse:
    """What it will hold; and on POST the ZIP itself. For the person, and who represents them."""
    actor = request.actor
    if actor.role not in _FAMILY or not allowed(actor, Action.READ, patient=patient_id):
        raise Missing("")
    if request.method == "GET":
        words = {"own": is_own(actor, patient_id), "files": taking.names()}
        return render(request, "privacy/download.html", words)
    if acts_of(actor.account, subject.ACTION, within=timedelta(hours=1)).all >= MOST_AN_HOUR:
        raise Denied(_("You have taken it along several times just now. Please wait an hour."))
    may_go_on = entitled(request, actor, partial(allowed, actor, Action.READ, patient=patient_id))
    parts = while_entitled(taking.archive(actor, patient_id), may_go_on, after=0)
    parts = _in_language(parts, translation.get_language())
    first = next(parts, b"")  # refused before anything is sent
    name = f"telecare-{timezone.localdate():%Y-%m-%d}.zip"
    headers = {"Content-Type": "application/zip", "Content-Disposition": f'attachment; filename="{name}"'}
    return Streamed(chain([first], parts), headers=headers)  # type: ignore[return-value]


def _in_language(parts: Iterator[bytes], language: str | None) -> Iterator[bytes]:
    """Each part is made later, by another thread, which would not know the reader's language."""
    while True:
        with translation.override(language):
            part = next(parts, None)
        if part is None:
            return
        yield part
