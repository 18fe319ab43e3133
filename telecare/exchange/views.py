"""Pages of files: those of a patient, and one file."""

from __future__ import annotations

from functools import partial
from typing import Final, cast

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from patients.accounts.http import Request, signed_in
from patients.attachments import services as attachments
from patients.errors import Denied, Invalid
from patients.fhir.authentication import entitled
from patients.fhir.streaming import Streamed, while_entitled
from telecare.exchange import queries
from telecare.exchange.forms import FileForm
from telecare.exchange.kinds import BY_NAME

_NO_RIGHTS: Final = "sandbox; default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"


@signed_in
@require_http_methods(["GET", "POST"])
def files(request: Request, patient_id: str) -> HttpResponse:
    """The files of a patient, and one more."""
    page = queries.files_page(request.actor, patient_id)
    form = FileForm(page.kinds, request.POST or None, request.FILES or None)
    if request.method == "POST" and not page.kinds:
        raise Denied(_("Your role may not add files here."))
    if form.is_valid():
        try:
            attachments.put(
                request.actor,
                patient_id,
                code=BY_NAME[form.cleaned_data["sort"]].code,
                title=form.cleaned_data["title"],
                data=form.cleaned_data["file"].read(),
            )
        except Invalid as problem:
            form.add_error("file", problem.text)
        else:
            messages.success(request, _("The file is kept."))
            return redirect("exchange:files", patient_id)
    return render(request, "exchange/files.html", {"page": page, "form": form}, status=422 if form.errors else 200)


@signed_in
@require_GET
def file(request: Request, document_id: str) -> HttpResponse:
    """One file, to be kept or shown by the browser, which must not take it for anything else than it is."""
    found = attachments.get(request.actor, document_id)
    headers = {
        "Content-Type": found.type,
        "Content-Length": str(found.size),
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=found.title) or "attachment",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": _NO_RIGHTS,
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
    may_go_on = entitled(request, request.actor, partial(attachments.may_get, request.actor, document_id))
    return cast("HttpResponse", Streamed(while_entitled(found.pieces, may_go_on), headers=headers))
