"""Organisations, those who work there, absences and on-call duty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from patients.accounts.actor import Role
from patients.network import words
from patients.network.forms.fields import Day, Moment, Number
from patients.network.identifiers import BSNR, IK, LANR
from patients.network.resources import Address, Name

Choices = Sequence[tuple[str, str]]


class OrganisationForm(forms.Form):
    """What an organisation says of itself."""

    name = forms.CharField(label=_("Name of the organisation"), max_length=120)
    phone = forms.CharField(label=_("Telephone"), max_length=40, required=False)
    ik = Number(IK, label=_("IK (institution number)"))
    bsnr = Number(BSNR, label=_("BSNR (practice site number)"))


class NewOrganisationForm(OrganisationForm):
    """A new organisation, with its address and, if known, who looks after its staff."""

    kind = forms.ChoiceField(label=_("Kind of organisation"), choices=words.kinds)
    line = forms.CharField(label=_("Street and number"), max_length=100, required=False)
    postal_code = forms.CharField(label=_("Postal code"), max_length=10, required=False)
    city = forms.CharField(label=_("Town"), max_length=80, required=False)
    field_order = ("name", "kind", "phone", "line", "postal_code", "city", "ik", "bsnr")

    @property
    def address(self) -> Address | None:
        line, code, city = (self.cleaned_data[name] for name in ("line", "postal_code", "city"))
        return Address(line, code, city) if line or code or city else None


class FunctionForm(forms.Form):
    """In which function somebody works, from when on."""

    role = forms.ChoiceField(label=_("Function"))
    title = forms.CharField(label=_("As they are called"), max_length=80, required=False)
    since = Day(label=_("As of"), required=False)

    def __init__(self, givable: Choices, data: Any = None) -> None:
        super().__init__(data)
        choice: Any = self.fields["role"]
        choice.choices = givable

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])


class ColleagueForm(FunctionForm):
    """A new colleague with a first function."""

    honorific = forms.CharField(label=_("Title"), max_length=20, required=False)
    given = forms.CharField(label=_("Given names"), max_length=80)
    family = forms.CharField(label=_("Family name"), max_length=80)
    lanr = Number(LANR, label=_("LANR (doctor's number)"))
    field_order = ("honorific", "given", "family", "role", "title", "lanr")

    def __init__(self, givable: Choices, data: Any = None) -> None:
        super().__init__(givable, data)
        del self.fields["since"]

    @property
    def person(self) -> Name:
        return Name(self.cleaned_data["family"], self.cleaned_data["given"], self.cleaned_data["honorific"])


class AbsenceForm(forms.Form):
    """From when until when somebody is away, and who stands in."""

    since = Day(label=_("First day away"))
    until = Day(label=_("Last day away"))
    substitute = forms.ChoiceField(label=_("Who stands in?"), required=False)

    def __init__(self, others: Choices, data: Any = None) -> None:
        super().__init__(data)
        choice: Any = self.fields["substitute"]
        choice.choices = [("", _("Nobody in particular")), *others]


class OnCallForm(forms.Form):
    """A service that can be called outside the usual hours."""

    name = forms.CharField(label=_("What can be called?"), max_length=80)
    phone = forms.CharField(label=_("Telephone"), max_length=40)


class TurnForm(forms.Form):
    """Who answers for which service, from when until when."""

    service = forms.ChoiceField(label=_("Service"))
    person = forms.ChoiceField(label=_("Who answers?"))
    start = Moment(label=_("Begins"))
    end = Moment(label=_("Ends"))

    def __init__(self, services: Choices, people: Choices, data: Any = None) -> None:
        super().__init__(data)
        for name, choices in (("service", services), ("person", people)):
            choice: Any = self.fields[name]
            choice.choices = choices
