"""Forms in which somebody is named exactly, and what is said about asking, answering and reading in an emergency."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from patients.network import resources
from patients.network.forms.fields import Day
from patients.network.resources import Address, Name, asking

_REASONS = {
    "unresponsive": _("The person does not respond"),
    "danger": _("Danger to life and limb"),
    "cover": _("I stand in, the team cannot be reached"),
}
_VERDICTS = {
    "in-order": _("It was in order"),
    "to-clarify": _("To be clarified"),
    "not-in-order": _("It was not in order"),
}


_GROUNDS = {
    "retention": _("Duty to keep treatment records (§ 630f BGB)"),
    "claims": _("Legal claims (Art. 17 (3) e GDPR)"),
    "other": _("Another legal ground"),
}


def ground_words(code: str) -> str:
    """A legal ground, in words."""
    return str(_GROUNDS.get(code, ""))


def reason_words(kind: str) -> str:
    """Why a record was opened, in words."""
    return str(_REASONS.get(kind, _("Emergency")))


def verdict_words(code: str) -> str:
    """What a review found, in words."""
    return str(_VERDICTS.get(code, code))


class IdentityForm(forms.Form):
    """Who is meant, beyond doubt: birth date, and insurance number or address."""

    family = forms.CharField(label=_("Family name"), max_length=100, widget=forms.TextInput({"autocomplete": "off"}))
    given = forms.CharField(label=_("First name"), max_length=100, widget=forms.TextInput({"autocomplete": "off"}))
    birth_date = Day(label=_("Date of birth"))
    kvnr = forms.CharField(
        label=_("Insurance number"),
        max_length=10,
        required=False,
        help_text=_("Or the address below."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    line = forms.CharField(
        label=_("Street and number"), max_length=200, required=False, widget=forms.TextInput({"autocomplete": "off"})
    )
    postal_code = forms.CharField(
        label=_("Postal code"),
        max_length=10,
        required=False,
        widget=forms.TextInput({"autocomplete": "off", "inputmode": "numeric"}),
    )

    def clean_birth_date(self) -> date:
        day: date = self.cleaned_data["birth_date"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("The birth date lies in the future."))
        return day

    @property
    def person(self) -> resources.Resource:
        """The Patient whom the form names."""
        said = self.cleaned_data
        line, code = said["line"].strip(), said["postal_code"].strip()
        return resources.person(
            Name(said["family"].strip(), said["given"].strip()),
            said["birth_date"],
            kvnr=said["kvnr"].strip().upper(),
            address=Address(line, code, "") if line or code else None,
        )


class RequestForm(IdentityForm):
    """Asking for access."""

    reason = forms.CharField(
        label=_("Why do you ask?"),
        max_length=1000,
        help_text=_("The team and the person will read it."),
        widget=forms.Textarea({"rows": 2}),
    )


class EmergencyForm(IdentityForm):
    """Reading in an emergency: the reason first."""

    field_order = ("kind", "reason")
    kind = forms.ChoiceField(label=_("What has happened?"), choices=list(_REASONS.items()), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason in one sentence"), max_length=1000, widget=forms.Textarea({"rows": 2, "minlength": "10"})
    )


class GrantForm(forms.Form):
    """Letting an organisation in: when the person was informed."""

    on = Day(label=_("The person was informed on"))

    def clean_on(self) -> date:
        day: date = self.cleaned_data["on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("This day lies in the future."))
        return day


class RefuseForm(forms.Form):
    """Saying no."""

    words = forms.CharField(label=_("Why not?"), max_length=1000, widget=forms.Textarea({"rows": 2}))


class ErasureForm(forms.Form):
    """Asking custodians to erase."""

    custodians = forms.MultipleChoiceField(
        label=_("Who is to erase what they keep about you?"), widget=forms.CheckboxSelectMultiple
    )
    words = forms.CharField(
        label=_("What do you want to say?"), max_length=1000, required=False, widget=forms.Textarea({"rows": 2})
    )

    def __init__(self, custodians: Iterable[tuple[str, str]], data: Any = None) -> None:
        super().__init__(data)
        field: Any = self.fields["custodians"]
        field.choices = list(custodians)


class KeepForm(forms.Form):
    """Keeping what was to be erased: why, and until when."""

    ground = forms.ChoiceField(label=_("Legal ground"), choices=list(_GROUNDS.items()), widget=forms.RadioSelect)
    words = forms.CharField(
        label=_("Why, in words that the person understands"), max_length=1000, widget=forms.Textarea({"rows": 2})
    )
    until = Day(label=_("Kept up to and with"))

    def clean_until(self) -> date:
        day: date = self.cleaned_data["until"]
        if day <= timezone.localdate():
            raise forms.ValidationError(_("The last day of keeping lies in the past."))
        return day


class ReviewForm(forms.Form):
    """What a review found."""

    verdict = forms.ChoiceField(
        label=_("How was it?"), choices=[(one, _VERDICTS[one]) for one in asking.VERDICTS], widget=forms.RadioSelect
    )
    words = forms.CharField(
        label=_("What do you want to record?"), max_length=1000, required=False, widget=forms.Textarea({"rows": 2})
    )
