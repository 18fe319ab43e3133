"""Pages of tasks: the worklist, one task, a new one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from patients.accounts.http import Request, signed_in
from patients.errors import Denied, Invalid
from telecare.tasks import queries, services
from telecare.tasks.forms import OrderForm, StepForm
from telecare.tasks.resources import Kind


@signed_in
@require_GET
def worklist(request: Request) -> HttpResponse:
    """What waits for the reader's organisation."""
    if request.actor.organisation is None:
        raise Denied(_("Only organisations have a worklist."))
    return render(request, "tasks/worklist.html", {"page": queries.worklist_page(request.actor)})


@signed_in
@require_GET
def task(request: Request, task_id: str) -> HttpResponse:
    """One task. A request of access is answered where such are answered."""
    page = queries.task_page(request.actor, task_id)
    if page.row.task.kind is Kind.ACCESS:
        return redirect("privacy:requests")
    return render(request, "tasks/task.html", {"page": page, "form": StepForm()})


@signed_in
@require_POST
def move(request: Request, task_id: str) -> HttpResponse:
    """Take, give back, complete or decline a task."""
    form = StepForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("Please shorten the text."))
    text = form.cleaned_data["outcome"]
    version = int(request.POST["version"]) if request.POST.get("version", "").isdecimal() else None
    match request.POST.get("act"):
        case "take":
            services.take(request.actor, task_id, version=version)
            messages.success(request, _("You have taken the task."))
        case "give-back":
            services.give_back(request.actor, task_id, version=version)
            messages.success(request, _("The task is open again."))
        case "complete":
            services.complete(request.actor, task_id, outcome=text, version=version)
            messages.success(request, _("The task is done."))
        case "decline":
            services.decline(request.actor, task_id, reason=text, version=version)
            messages.success(request, _("The task is declined. Whoever asked sees your reason."))
        case _:
            raise Invalid(_("Please choose what is to happen with the task."))
    match request.POST.get("next"):
        case "worklist":
            return redirect("tasks:worklist")
        case "start":
            return redirect("start")
    return redirect("tasks:task", task_id)


@signed_in
@require_http_methods(["GET", "POST"])
def new(request: Request, patient_id: str) -> HttpResponse:
    """Order something for a patient from an organisation of the care team."""
    page = queries.order_page(request.actor, patient_id)
    form = OrderForm(page.organisations, request.POST or None)
    if form.is_valid():
        try:
            services.order(request.actor, patient_id, **form.cleaned_data)
        except Invalid as problem:
            form.add_error(None, problem.text)
        else:
            messages.success(request, _("The task is on the worklist."))
            return redirect("dashboards:patient", patient_id)
    return render(request, "tasks/new.html", {"form": form, "page": page}, status=422 if form.errors else 200)
