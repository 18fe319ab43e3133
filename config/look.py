"""The component page `/_look/`: every component in every state, in demo mode only. Tests look at it with axe."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from telecare.vitals.trends import Limit, Point, Trend


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


def trend(kind: str, title: str, unit: str, rows: str, *limits: Limit | None, days: int = 14) -> Trend:
    """A made-up trend: `rows` are values from old to new, "136/82 141/84"."""
    texts = rows.split()
    now = timezone.now()
    points = []
    for number, row in enumerate(texts):
        values = tuple(Decimal(part) for part in row.split("/"))
        outside = any(limit and not limit.allows(value) for limit, value in zip(limits, values, strict=False))
        at = now - timedelta(days=days * (len(texts) - 1 - number) / max(len(texts) - 1, 1))
        points.append(Point(at, values, outside, "Anna Siemer"))
    return Trend(kind, title, unit, tuple(points), limits, "Dr. Clara Voss", date(2026, 11, 2))


def trends() -> list[Trend]:
    """Four kinds of trends, as a patient page shows them."""
    pressure = "138/82 141/84 136/80 144/86 140/83 142/85 147/88 149/87 158/92"
    return [
        trend("blood-pressure", _("Blood pressure"), "mmHg", pressure, Limit(None, Decimal(150)), None),
        trend("weight", _("Weight"), "kg", "82.7 82.5 82.6 82.9 82.7 83.0 83.1 83.9 84.6", Limit(None, Decimal(84))),
        trend("pulse", _("Pulse"), "/min", "72 75 70 74 71 76 73 74 78", Limit(Decimal(55), Decimal(100))),
        trend("oxygen", _("Oxygen"), "%", "95 96 95 94 95 94 95 94 94", Limit(Decimal(92), None)),
    ]


def bubbles() -> list[SimpleNamespace]:
    """Messages in every state."""
    plain: dict[str, Any] = dict.fromkeys(("own", "urgent", "gone", "unsent"), False) | {
        "cid": "", "read_by": "", "sbar": None, "role": "", "at": timezone.now(), "author": "Ida Brandt",
    }  # fmt: skip
    hand_over = SimpleNamespace(
        to="Dr. Voss", situation="Blutdruck 158/92, Gewicht 84,6 kg.", background="Herzschwäche.",
        assessment="Beide Knöchel geschwollen.", request="Bitte heute ansehen.",
    )  # fmt: skip
    return [
        SimpleNamespace(**plain | {"seq": 1, "role": "Tochter", "text": "Papa hat seit gestern dicke Knöchel."}),
        SimpleNamespace(**plain | {"seq": 2, "own": True, "text": "Ich komme gleich.", "read_by": _("Read by all")}),
        SimpleNamespace(**plain | {"seq": 3, "own": True, "text": "", "sbar": hand_over}),
        SimpleNamespace(**plain | {"seq": 4, "author": "Dr. Clara Voss", "role": "Hausärztin", "urgent": True,
                                   "text": "Bitte Torasemid ab heute Mittag auf 20 mg stellen."}),
        SimpleNamespace(**plain | {"seq": 5, "gone": True, "text": ""}),
        SimpleNamespace(**plain | {"seq": None, "own": True, "unsent": True, "text": "Noch eine Frage …"}),
    ]  # fmt: skip


@require_safe
def components(request: HttpRequest) -> HttpResponse:
    """All components in all states."""
    if not settings.DEMO:
        raise Http404
    failed = Sample({"name": "", "born": "31.02.1941", "role": "nurse"})
    failed.add_error(None, _("Nothing was saved. Please check the marked fields."))
    who = SimpleNamespace(
        name="Heinrich Brandt", born=date(1941, 3, 14), age=85, line="Lindenweg 4, Lüttmoor · lebt allein",
        flags=[SimpleNamespace(state="urgent", word="Allergie: Penicillin"),
               SimpleNamespace(state="watch", word="Sturzgefahr"),
               SimpleNamespace(state="info", word="Hört links schlecht")],
    )  # fmt: skip
    page = {
        "form": Sample(), "failed": failed, "trends": trends(), "bubbles": bubbles(), "who": who,
        "states": ["ok", "watch", "urgent", "info", "idle"], "density": request.GET.get("density", "tc-staff"),
    }  # fmt: skip
    return render(request, "look/components.html", page)
