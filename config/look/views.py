"""`/_look/`: every component in every state, and the large pages with made-up people. In demo mode only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from config.look import examples

PAGES: dict[str, tuple[str, Callable[[], dict[str, Any]]]] = {
    "nurse": ("dashboards/nurse.html", lambda: {"page": examples.nurse()}),
    "practice": ("dashboards/practice.html", lambda: {"page": examples.practice()}),
    "patient": ("dashboards/patient.html", lambda: {"page": examples.patient()}),
    "own": ("dashboards/own.html", lambda: {"page": examples.own()}),
    "measure": ("vitals/measure.html", examples.measure),
    "measure-own": ("vitals/measure.html", lambda: examples.measure(own=True, kind="blood-pressure")),
    "measurements": ("vitals/measurements.html", examples.measurements),
    **{f"error-{code}": (f"errors/{code}.html", dict) for code in ("403", "404", "409", "422", "500", "offline")},
}


class Sample(forms.Form):
    """All kinds of fields."""

    name = forms.CharField(label=gettext_lazy("Name"), help_text=gettext_lazy("As on the health card."))
    born = forms.DateField(label=gettext_lazy("Date of birth"), widget=forms.DateInput(attrs={"type": "date"}))
    phone = forms.CharField(label=gettext_lazy("Telephone"), required=False)
    role = forms.ChoiceField(
        label=gettext_lazy("Function"), choices=[("nurse", gettext_lazy("Nurse")), ("doctor", gettext_lazy("Doctor"))]
    )
    follow_up = forms.ChoiceField(
        label=gettext_lazy("What happens next?"),
        widget=forms.RadioSelect,
        choices=[("video", gettext_lazy("Video in a week")), ("none", gettext_lazy("No further check"))],
    )
    told = forms.BooleanField(label=gettext_lazy("The patient was informed"))
    note = forms.CharField(label=gettext_lazy("Note"), required=False, widget=forms.Textarea(attrs={"rows": 2}))


@require_safe
def components(request: HttpRequest) -> HttpResponse:
    """All components in all states; `?density=tc-patient` shows them large."""
    if not settings.DEMO:
        raise Http404
    failed = Sample({"name": "", "born": "", "role": "nurse"})
    failed.add_error(None, _("Nothing was saved. Please check the marked fields."))
    page = {
        "form": Sample(auto_id="new_%s"),
        "failed": failed,
        "trends": examples.trends(),
        "bubbles": examples.bubbles(),
        "who": examples.head(),
        "states": ["ok", "watch", "urgent", "info", "idle"],
        "density": "tc-patient" if "density" in request.GET else "tc-staff",
        "pages": sorted(PAGES),
    }
    return render(request, "look/components.html", page)


@require_safe
def example(request: HttpRequest, name: str) -> HttpResponse:
    """One of the large pages; `?density=tc-patient` shows it as a patient would have it."""
    if not settings.DEMO or name not in PAGES:
        raise Http404
    template, context = PAGES[name]
    shell = examples.shell(generous=name.startswith("own") or "density" in request.GET)
    return render(request, template, {"shell": shell} | context())
