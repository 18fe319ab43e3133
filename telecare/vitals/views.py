"""Pages of measurements: enter, look at, take back, review, set a limit."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from patients.accounts.http import Request, signed_in
from patients.errors import Invalid, Missing
from telecare.tasks.forms import StepForm
from telecare.vitals import services
from telecare.vitals.forms import LimitForm, MeasurementForm, ReasonForm
from telecare.vitals.kinds import BY_NAME, KINDS, Kind
from telecare.vitals.queries import pages

SPANS = (14, 60)  # days that the page of measurements offers


@signed_in
@require_http_methods(["GET", "POST"])
def measure(request: Request, patient_id: str, kind: str = KINDS[0].name) -> HttpResponse:
    """Enter one kind of value, then go on with the next."""
    if not pages.may_measure(request.actor, patient_id):
        raise Missing("")
    chosen = _kind(kind)
    form = MeasurementForm(chosen, request.POST or None)
    stored, question = _recorded(request, patient_id, form)
    if stored:
        return redirect(_following(patient_id, chosen) or pages.way_back(request.actor, patient_id))
    page = pages.measure_page(request.actor, patient_id, chosen)
    skip = _following(patient_id, chosen) or page.back or reverse("vitals:measurements", args=[patient_id])
    words = {"page": page, "form": form, "question": question, "skip": skip}
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
    return render(request, "vitals/measurements.html", {"page": page})


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
    stored, question = _recorded(request, patient_id, form)
    words: dict[str, object] = {"kind": chosen, "form": form, "patient_id": patient_id, "question": question}
    if stored:
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
@require_GET
def limits(request: Request, patient_id: str) -> HttpResponse:
    """The limits in force, and of which kind one could set another."""
    return render(request, "vitals/limits.html", {"page": pages.limits_page(request.actor, patient_id)})


@signed_in
@require_http_methods(["GET", "POST"])
def limit(request: Request, patient_id: str, kind: str) -> HttpResponse:
    """Set or end the limit of the acting clinician."""
    chosen = _kind(kind)
    page = pages.limit_page(request.actor, patient_id, chosen)
    if request.POST.get("act") == "end" and page.limit:
        services.end_limit(request.actor, page.limit.id)
        messages.success(request, _("The limit has ended."))
        return redirect("vitals:limits", patient_id)
    form = LimitForm(chosen, request.POST or None, limit=page.limit)
    if form.is_valid():
        try:
            services.set_limit(request.actor, patient_id, kind=chosen, bounds=form.bounds)
        except Invalid as problem:
            form.add_error(None, problem.text)
        else:
            messages.success(request, _("The limit is set."))
            return redirect("vitals:limits", patient_id)
    return render(request, "vitals/limit.html", {"page": page, "form": form}, status=422 if form.errors else 200)


@signed_in
@require_GET
def review(request: Request, task_id: str) -> HttpResponse:
    """Values that ask for a look, with what was measured before. What is done about it is a step of the task."""
    page = pages.review_page(request.actor, task_id)
    return render(request, "vitals/review.html", {"page": page, "form": StepForm()})


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


def _recorded(request: Request, patient_id: str, form: MeasurementForm) -> tuple[bool, str]:
    """Store what the form says: whether it was stored, and what is asked back. A refusal stands in the form."""
    if not form.is_valid():
        return False, ""
    try:
        services.record_measurement(
            request.actor,
            patient_id,
            kind=form.kind,
            values=form.values,
            taken_at=timezone.localtime(),
            confirmed=request.POST.get("confirmed") == "yes",
            logical_id=str(form.cleaned_data["ident"]) if form.cleaned_data["ident"] else None,
        )
    except services.Doubtful as doubt:
        return False, doubt.text
    except Invalid as problem:
        form.add_error(None, problem.text)
        return False, ""
    return True, ""


def _kind(name: str) -> Kind:
    if name not in BY_NAME:
        raise Missing("")
    return BY_NAME[name]


def _following(patient_id: str, kind: Kind) -> str:
    """The address of the next kind; "" after the last."""
    if kind is KINDS[-1]:
        return ""
    return reverse("vitals:measure", args=[patient_id, KINDS[KINDS.index(kind) + 1].name])
