"""Pages of measurements: enter, look at, take back, set a limit."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from patients.accounts.http import Request, signed_in
from patients.errors import Invalid, Missing
from telecare.vitals import services
from telecare.vitals.forms import LimitForm, MeasurementForm, ReasonForm
from telecare.vitals.kinds import BY_NAME, KINDS, Kind
from telecare.vitals.queries import pages

SPANS = (14, 60)  # days that the page of measurements offers


@signed_in
@require_http_methods(["GET", "POST"])
def measure(request: Request, patient_id: str, kind: str = KINDS[0].name) -> HttpResponse:
    """Enter one kind of value, then go on with the next."""
    chosen = _kind(kind)
    form = MeasurementForm(chosen, request.POST or None)
    question = ""
    if form.is_valid():
        try:
            services.record_measurement(
                request.actor,
                patient_id,
                kind=chosen,
                values=form.values,
                taken_at=timezone.localtime(),
                confirmed=request.POST.get("confirmed") == "yes",
                logical_id=str(form.cleaned_data["ident"]) if form.cleaned_data["ident"] else None,
            )
        except services.Doubtful as doubt:
            question = doubt.text
        except Invalid as problem:
            form.add_error(None, problem.text)
        else:
            return redirect(*_next(patient_id, chosen))
    page = pages.measure_page(request.actor, patient_id, chosen)
    words = {"page": page, "form": form, "question": question, "skip": _skip(patient_id, chosen)}
    return render(request, "vitals/measure.html", words, status=422 if form.errors or question else 200)


@signed_in
@require_GET
def measurements(request: Request, patient_id: str) -> HttpResponse:
    """Values over time, drawn and as a table."""
    wanted = request.GET.get("kind", "")
    days = int(request.GET["days"]) if request.GET.get("days", "") in map(str, SPANS) else SPANS[0]
    page = pages.measurements_page(
        request.actor, patient_id, BY_NAME.get(wanted), days, watched=_("Values are not monitored.")
    )
    return render(
        request,
        "vitals/measurements.html",
        {"page": page, "limit_form": LimitForm(BY_NAME[page.trend.kind]) if page.may_limit else None},
    )


@signed_in
@require_GET
def latest(request: Request, patient_id: str) -> HttpResponse:
    """The newest value of each kind with its trend: a part of other pages, fetched anew when a value comes."""
    return render(request, "vitals/parts/latest.html", {"trends": pages.latest(request.actor, patient_id)})


@signed_in
@require_http_methods(["GET", "POST"])
def entry(request: Request, patient_id: str, kind: str = "") -> HttpResponse:
    """Enter values beside something else, during a call: all kinds, or the row of one that was sent."""
    if not pages.may_measure(request.actor, patient_id):
        raise Missing("")
    if request.method == "GET" or not kind:
        rows = [(one, MeasurementForm(one)) for one in KINDS]
        return render(request, "vitals/parts/entry.html", {"rows": rows, "patient_id": patient_id})
    chosen = _kind(kind)
    form = MeasurementForm(chosen, request.POST)
    words: dict[str, object] = {"kind": chosen, "form": form, "patient_id": patient_id}
    if form.is_valid():
        try:
            services.record_measurement(
                request.actor,
                patient_id,
                kind=chosen,
                values=form.values,
                taken_at=timezone.localtime(),
                confirmed=request.POST.get("confirmed") == "yes",
                logical_id=str(form.cleaned_data["ident"]) if form.cleaned_data["ident"] else None,
            )
        except services.Doubtful as doubt:
            words["question"] = doubt.text
        except Invalid as problem:
            form.add_error(None, problem.text)
        else:
            words |= {"form": MeasurementForm(chosen), "saved": pages.figures(form.values)}
    return render(request, "vitals/parts/entry_row.html", words)


@signed_in
@require_GET
def own(request: Request) -> HttpResponse:
    """The patient's own values."""
    if request.actor.patient is None:
        raise Missing("")
    return redirect("vitals:measurements", request.actor.patient)


@signed_in
@require_POST
def limit(request: Request, patient_id: str, kind: str) -> HttpResponse:
    """Set the limit of the acting clinician."""
    chosen = _kind(kind)
    form = LimitForm(chosen, request.POST)
    if not form.is_valid():
        raise Invalid(_("Please enter numbers."))
    services.set_limit(request.actor, patient_id, kind=chosen, bounds=form.bounds)
    messages.success(request, _("The limit is set."))
    return _back(patient_id, chosen)


@signed_in
@require_POST
def take_back(request: Request, patient_id: str, measurement_id: str) -> HttpResponse:
    """Mark a value as entered in error."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("Please write why."))
    services.take_back(request.actor, measurement_id, reason=form.cleaned_data["reason"])
    messages.success(request, _("The value is taken back. It stays in the history."))
    return redirect("vitals:measurements", patient_id)


def _kind(name: str) -> Kind:
    if name not in BY_NAME:
        raise Missing("")
    return BY_NAME[name]


def _next(patient_id: str, kind: Kind) -> tuple[str, ...]:
    """Where measuring goes on: with the next kind, or with the table."""
    if kind is KINDS[-1]:
        return ("vitals:measurements", patient_id)
    return ("vitals:measure", patient_id, KINDS[KINDS.index(kind) + 1].name)


def _skip(patient_id: str, kind: Kind) -> str:
    from django.urls import reverse

    name, *parts = _next(patient_id, kind)
    return reverse(name, args=parts)


def _back(patient_id: str, kind: Kind) -> HttpResponse:
    answer = redirect("vitals:measurements", patient_id)
    answer["Location"] += f"?kind={kind.name}"
    return answer
