"""Fields and answers that several forms share: days, moments, official numbers, and where a refusal stands."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from patients.errors import Problem
from patients.network import identifiers
from patients.network.resources import Address

FIRST: Final = date(1880, 1, 1)  # before it, and after the last, somebody has slipped in the year
LAST: Final = date(2199, 12, 31)
_MINUTES: Final = "%Y-%m-%dT%H:%M"
_SLIP: Final = _("Please look at the year.")


class Day(forms.DateField):
    """A day from `FIRST` to `LAST`, chosen in the browser's calendar or typed."""

    def __init__(self, **given: Any) -> None:
        limits = {"min": FIRST.isoformat(), "max": LAST.isoformat()}
        widget = forms.DateInput({"type": "date", "autocomplete": "off", **limits}, format="%Y-%m-%d")
        validators = [MinValueValidator(FIRST, _SLIP), MaxValueValidator(LAST, _SLIP)]
        super().__init__(widget=widget, validators=validators, **given)


class Moment(forms.DateTimeField):
    """A day and a time, where the network is; from `FIRST` to `LAST`."""

    def __init__(self, **given: Any) -> None:
        limits = {"min": f"{FIRST}T00:00", "max": f"{LAST}T23:59"}
        super().__init__(widget=forms.DateTimeInput({"type": "datetime-local", **limits}, format=_MINUTES), **given)

    def to_python(self, value: Any) -> datetime | None:
        try:
            moment = super().to_python(value)
        except OverflowError as problem:
            raise forms.ValidationError(_SLIP) from problem
        if moment is not None and not FIRST <= timezone.localdate(moment) <= LAST:
            raise forms.ValidationError(_SLIP)
        return moment


class Number(forms.CharField):
    """An official number, checked by its own rule; never required. Spaces do not matter."""

    def __init__(self, system: str, **given: Any) -> None:
        super().__init__(required=False, max_length=20, **given)
        self.system = system
        self.widget.attrs["autocomplete"] = "off"

    def clean(self, value: Any) -> str:
        number = "".join(super().clean(value).split()).upper()
        if number and not identifiers.CHECKS[self.system](number):
            raise forms.ValidationError(identifiers.words(self.system))
        return number


class AddressForm(forms.Form):
    """Where somebody lives or an organisation is, and from when on."""

    line = forms.CharField(label=_("Street and number"), max_length=100)
    postal_code = forms.CharField(label=_("Postal code"), max_length=10)
    city = forms.CharField(label=_("Town"), max_length=80)
    since = Day(label=_("As of"), help_text=_("The address until then stays known, with its time."))

    @property
    def address(self) -> Address:
        return address_in(self.cleaned_data)


def address_in(cleaned: dict[str, Any]) -> Address:
    """The address of a form that has been checked."""
    return Address(cleaned["line"], cleaned["postal_code"], cleaned["city"])


def refuse(form: forms.Form, problem: Problem) -> None:
    """Let the form say what a service refused, beside the field where that is known."""
    for finding in problem.findings:
        if finding.where in form.fields:
            form.add_error(finding.where, finding.text)
            return
    form.add_error(None, problem.text)
