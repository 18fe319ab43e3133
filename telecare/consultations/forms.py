"""What a browser may send about consultations."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from patients.network.forms.fields import Day
from telecare.consultations.models import Invitation, Medium
from telecare.consultations.queries.shapes import Place
from telecare.consultations.resources.meeting import FollowUp

MEDIA = [
    (Medium.OWN.value, _("Video")),
    (Medium.TELEPHONE.value, _("Telephone")),
    (Medium.ON_SITE.value, _("On site")),
    (Medium.EXTERNAL.value, _("Video in a certified room")),
]
DUE = [
    ("noon", _("today by noon")),
    ("evening", _("today by the evening")),
    ("tomorrow", _("tomorrow")),
    ("week", _("within a week")),
]


class TokenForm(forms.Form):
    """The code of an invitation: sent by the page itself from the link, or typed where that does not work."""

    token = forms.CharField(
        label=_("Code from the letter"),
        max_length=64,
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )


class PinForm(forms.Form):
    """The six digits that came another way."""

    pin = forms.CharField(
        label=_("Your number"),
        max_length=12,
        widget=forms.TextInput(
            {"inputmode": "numeric", "autocomplete": "one-time-code", "data-digits": "6", "class": "tc-pin"}
        ),
    )


class OfferForm(forms.Form):
    """An appointment: whom, when, how, why."""

    patient = forms.ChoiceField(label=_("Person"))
    date = Day(label=_("Day"))
    time = forms.TimeField(label=_("Time"), widget=forms.TimeInput({"type": "time"}, format="%H:%M"))
    minutes = forms.TypedChoiceField(
        label=_("Length"),
        coerce=int,
        initial=15,
        choices=[(number, _("%d minutes") % number) for number in (10, 15, 20, 30, 45)],
    )
    medium = forms.ChoiceField(label=_("How"), choices=MEDIA, initial=Medium.OWN.value)
    room = forms.URLField(label=_("Address of the certified room"), required=False, assume_scheme="https")
    reason = forms.CharField(label=_("Reason"), max_length=500, required=False)

    def __init__(self, patients: Iterable[tuple[str, str]], data: Any = None, **given: Any) -> None:
        super().__init__(data, **given)
        self.fields["patient"].choices = [("", _("Please choose")), *patients]  # type: ignore[attr-defined]

    @property
    def starts_at(self) -> datetime:
        return timezone.make_aware(datetime.combine(self.cleaned_data["date"], self.cleaned_data["time"]))


class CallInForm(forms.Form):
    """Whom a nurse calls in, and why."""

    organisation = forms.ChoiceField(label=_("Practice"))
    medium = forms.ChoiceField(label=_("How"), choices=MEDIA[:2], initial=Medium.OWN.value, required=False)
    reason = forms.CharField(
        label=_("Reason"), max_length=500, required=False, widget=forms.Textarea({"rows": 3, "class": "tc-area"})
    )

    def __init__(self, places: Iterable[Place], data: Any = None, **given: Any) -> None:
        super().__init__(data, **given)
        self.fields["organisation"].choices = [(place.id, place.name) for place in places]  # type: ignore[attr-defined]


class InviteForm(forms.Form):
    """Who is invited, and what they are called in the room."""

    kind = forms.ChoiceField(
        label=_("Who"),
        choices=[
            (Invitation.Kind.PATIENT.value, _("Patient")),
            (Invitation.Kind.RELATIVE.value, _("Relative")),
            (Invitation.Kind.OTHER.value, _("Somebody else")),
        ],
    )
    name = forms.CharField(label=_("Name in the call"), max_length=80)


class OrderForm(forms.Form):
    """An order to an organisation of the care team."""

    text = forms.CharField(label=_("What is to be done?"), max_length=2000)
    organisation = forms.ChoiceField(label=_("Who does it?"))
    due = forms.ChoiceField(label=_("By when?"), choices=DUE, initial="evening")
    urgent = forms.BooleanField(label=_("Urgent"), required=False)

    def __init__(self, places: Iterable[Place], data: Any = None, **given: Any) -> None:
        super().__init__(data, **given)
        self.fields["organisation"].choices = [(place.id, place.name) for place in places]  # type: ignore[attr-defined]

    @property
    def due_at(self) -> datetime:
        """The moment meant; a noon or evening that has passed is the end of the day."""
        now = timezone.localtime()
        hour = {"noon": 12, "evening": 18}.get(self.cleaned_data["due"])
        if hour is None:
            days = 1 if self.cleaned_data["due"] == "tomorrow" else 7
            return (now + timedelta(days=days)).replace(hour=18, minute=0, second=0, microsecond=0)
        due = now.replace(hour=hour, minute=0, second=0, microsecond=0)
        return due if due > now else max(now.replace(hour=23, minute=59, second=0), now + timedelta(minutes=30))


class FollowUpForm(forms.Form):
    """How it goes on."""

    follow_up = forms.ChoiceField(choices=[(choice.value, choice.value) for choice in FollowUp])


class MediumForm(forms.Form):
    """Another way of meeting."""

    medium = forms.ChoiceField(choices=MEDIA)
    room = forms.URLField(required=False, assume_scheme="https")


class ConsentForm(forms.Form):
    """Who agreed to video."""

    by = forms.CharField(max_length=80)
