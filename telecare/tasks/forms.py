"""What a browser may send about a task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from patients.network.forms.fields import Moment


class OrderForm(forms.Form):
    """Order something from an organisation of the care team."""

    text = forms.CharField(label=_("What is to be done?"), max_length=2000, widget=forms.Textarea({"rows": 3}))
    organisation = forms.ChoiceField(label=_("Who does it?"))
    due_at = Moment(label=_("Until"), required=False)
    urgent = forms.BooleanField(label=_("Urgent"), required=False)

    def __init__(self, organisations: Sequence[tuple[str, str]], data: Any = None) -> None:
        super().__init__(data)
        choice: Any = self.fields["organisation"]
        choice.choices = organisations


class StepForm(forms.Form):
    """A step of a task: what came of it, or why not."""

    outcome = forms.CharField(
        label=_("What came of it, or why not"), max_length=2000, required=False, widget=forms.Textarea({"rows": 2})
    )
