"""What a browser may ask of an organisation's log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from patients.network import identifiers
from patients.network.forms.fields import Day
from patients.records import definitions
from telecare.privacy.queries.oversight import KINDS, OUTCOMES, PURPOSES, Asked

_ID = rf"\A{definitions.ID.pattern}\Z"  # Django looks for it anywhere
_ALL = ("", _("All"))


class LogFilter(forms.Form):
    """What of the log is asked for. It stands in the address: ids and codes, never a name."""

    first = Day(label=_("From"), required=False)
    last = Day(label=_("Until"), required=False)
    staff = forms.ChoiceField(label=_("Who"), required=False)
    kind = forms.ChoiceField(
        label=_("What"), required=False, choices=[_ALL, *((code, words) for code, (words, _sql) in KINDS.items())]
    )
    purpose = forms.ChoiceField(label=_("Why"), required=False, choices=[_ALL, *PURPOSES.items()])
    outcome = forms.ChoiceField(
        label=_("With what result"),
        required=False,
        choices=[_ALL, *((code, words) for code, (_state, words) in OUTCOMES.items())],
    )
    patient = forms.RegexField(_ID, required=False, widget=forms.HiddenInput())
    before = forms.IntegerField(required=False, min_value=-(2**63), max_value=2**63 - 1, widget=forms.HiddenInput())

    def __init__(self, data: Mapping[str, Any], *, staff: Mapping[str, str]) -> None:
        super().__init__(data)
        self.fields["staff"].choices = [_ALL, *staff.items()]  # type: ignore[attr-defined]

    def asked(self) -> Asked:
        """What was asked for; a field that cannot be read counts as empty, and the page says so beside it."""
        self.is_valid()
        return Asked(**{name: value for name, value in self.cleaned_data.items() if value not in ("", None)})


class IdentityForm(forms.Form):
    """Somebody asks the officer who has read their record: by number and birth date, as on their card."""

    kvnr = forms.CharField(label=_("Health insurance number"), max_length=20)
    birth_date = Day(label=_("Born on"))

    def clean_kvnr(self) -> str:
        """Raises ValidationError for a number whose check digit does not fit."""
        number = "".join(str(self.cleaned_data["kvnr"]).split()).upper()
        if not identifiers.is_kvnr(number):
            raise forms.ValidationError(_("This is no health insurance number: a letter and nine digits."))
        return number
