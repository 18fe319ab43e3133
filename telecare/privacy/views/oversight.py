"""The log of an organisation: for its data protection officer and, without content, for its administrator."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from patients.accounts.http import Request, signed_in
from patients.audit.models import AuditEvent
from patients.errors import Invalid
from telecare.privacy.filters import IdentityForm, LogFilter
from telecare.privacy.queries import oversight as queries
from telecare.privacy.queries.oversight import LogRow

MOST_EXPORTED = 10_000
_COLUMNS = ("id", "at", "person", "name", "role", "action", "outcome", "purpose",
            "patient", "type", "resource", "version", "detail", "source")  # fmt: skip


@signed_in
@require_GET
def oversight(request: Request) -> HttpResponse:
    """The newest rows first, narrowed by what stands in the address."""
    return _shown(request, IdentityForm())


@signed_in
@require_POST
def find_person(request: Request) -> HttpResponse:
    """Narrow the log to one person, named by their number and birth date; these stand in no address."""
    form = IdentityForm(request.POST)
    if not form.is_valid():
        return _shown(request, form, status=422)
    patient = queries.find_person(request.actor, **form.cleaned_data)
    if patient is None:
        messages.info(request, _("The log of your organisation has nothing about this person."))
        return redirect("privacy:oversight")
    return redirect(f"{reverse('privacy:oversight')}?patient={patient}")


@signed_in
@require_GET
def export(request: Request) -> HttpResponse:
    """The rows that are asked for as a file."""
    form = LogFilter(request.GET, staff=queries.staff_of(request.actor))
    rows = queries.exported(request.actor, form.asked(), most=MOST_EXPORTED + 1)
    lines = list(_lines(rows))
    if len(lines) > MOST_EXPORTED + 1:
        raise Invalid(_("These are more than %(most)s rows. Please choose a shorter time.") % {"most": MOST_EXPORTED})
    out = io.StringIO()
    csv.writer(out).writerows(lines)
    name = f"telecare-log-{timezone.localdate().isoformat()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)


def _shown(request: Request, identity: IdentityForm, status: int = 200) -> HttpResponse:
    form = LogFilter(request.GET, staff=queries.staff_of(request.actor))
    page = queries.oversight_page(request.actor, form.asked())
    asked = request.GET.copy()
    asked.pop("before", None)
    here = asked.urlencode()
    context = {
        "page": page,
        "form": form,
        "identity": identity,
        "asked": here,
        "export": f"{reverse('privacy:oversight-export')}?{here}",
        "more": f"?{here}&before={page.next}",
    }
    return render(request, "privacy/oversight.html", context, status=status)


def _lines(rows: Iterable[tuple[LogRow, AuditEvent]]) -> Iterator[list[str]]:
    yield list(_COLUMNS)
    for row, whole in rows:
        about = [whole.patient, whole.type, whole.ident, str(whole.version or ""), whole.detail]
        content = about if row.what or row.patient else [""] * len(about)
        line = [whole.logical_id, whole.at.isoformat(), whole.person, row.name, whole.role, whole.action, whole.outcome,
                whole.purpose, *content, whole.source]  # fmt: skip
        yield [_harmless(cell) for cell in line]


def _harmless(cell: str) -> str:
    """A spreadsheet takes a cell that begins so for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
