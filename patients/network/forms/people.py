"""Taking on a patient; names, addresses and numbers of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from patients.network.forms.fields import Day, Number
from patients.network.identifiers import KVNR
from patients.network.resources import Address, Basis, Name, Resource, person, treatment

Choices = Sequence[tuple[str, str]]
GENDERS = (
    ("female", _("female")),
    ("male", _("male")),
    ("other", _("diverse")),
    ("unknown", _("not known")),
)


class NameForm(forms.Form):
    """A name, and from when on."""

    honorific = forms.CharField(label=_("Title"), max_length=20, required=False)
    given = forms.CharField(label=_("Given names"), max_length=80)
    family = forms.CharField(label=_("Family name"), max_length=80)
    since = Day(
        label=_("As of"), help_text=_("The name until then stays known: a search finds it, and old notes keep it.")
    )

    @property
    def person(self) -> Name:
        return Name(self.cleaned_data["family"], self.cleaned_data["given"], self.cleaned_data["honorific"])


class ContactForm(forms.Form):
    """Telephone, and for staff the insurance number."""

    phone = forms.CharField(label=_("Telephone"), max_length=40, required=False)
    kvnr = Number(KVNR, label=_("Insurance number"), help_text=_("A capital letter and nine digits, as on the card."))

    def __init__(self, data: Any = None, *, numbers: bool, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        if not numbers:
            del self.fields["kvnr"]


class InformedForm(forms.Form):
    """Whether the person was informed that several organisations treat together: when, and by whom."""

    informed = forms.ChoiceField(
        label=_("Was the person informed, and does not object?"),
        choices=(
            ("yes", _("Yes: the organisations that treat together may see the record.")),
            ("no", _("Not yet: each sees only what it records itself.")),
        ),
        widget=forms.RadioSelect,
    )
    informed_on = Day(label=_("Informed on"), required=False)
    informed_by = forms.ChoiceField(label=_("Informed by"), required=False)

    def __init__(self, colleagues: Choices, data: Any = None, **given: Any) -> None:
        super().__init__(data, initial={"informed_on": timezone.localdate(), **given})
        choice: Any = self.fields["informed_by"]
        choice.choices = colleagues

    def clean(self) -> dict[str, Any]:
        read: dict[str, Any] = super().clean() or self.cleaned_data
        if read.get("informed") == "yes":
            for name in ("informed_on", "informed_by"):
                if not read.get(name) and name not in self.errors:
                    self.add_error(name, _("Please say when and by whom the person was informed."))
        return read

    @property
    def basis(self) -> Basis | None:
        """The basis that was stated, or none."""
        if self.cleaned_data["informed"] != "yes":
            return None
        return treatment(moment_of(self.cleaned_data["informed_on"]), self.cleaned_data["informed_by"])


class AdmissionForm(InformedForm):
    """A new patient."""

    honorific = forms.CharField(label=_("Title"), max_length=20, required=False)
    given = forms.CharField(label=_("Given names"), max_length=80)
    family = forms.CharField(label=_("Family name"), max_length=80)
    birth_date = Day(label=_("Date of birth"))
    gender = forms.ChoiceField(label=_("Gender"), choices=GENDERS, initial="unknown")
    kvnr = Number(KVNR, label=_("Insurance number"), help_text=_("A capital letter and nine digits, as on the card."))
    line = forms.CharField(label=_("Street and number"), max_length=100, required=False)
    postal_code = forms.CharField(label=_("Postal code"), max_length=10, required=False)
    city = forms.CharField(label=_("Town"), max_length=80, required=False)
    phone = forms.CharField(label=_("Telephone"), max_length=40, required=False)
    another = forms.BooleanField(label=_("I have compared them: this is another person."), required=False)
    field_order = (
        *("honorific", "given", "family", "birth_date", "gender", "kvnr", "line", "postal_code", "city", "phone"),
        *("informed", "informed_on", "informed_by"),
    )

    @property
    def person(self) -> Name:
        return Name(self.cleaned_data["family"], self.cleaned_data["given"], self.cleaned_data["honorific"])

    @property
    def address(self) -> Address | None:
        line, code, city = (self.cleaned_data[name] for name in ("line", "postal_code", "city"))
        return Address(line, code, city) if line or code or city else None

    @property
    def patient(self) -> Resource:
        """The Patient that would be taken on, to compare with those who are."""
        read = self.cleaned_data
        return person(self.person, read["birth_date"], kvnr=read["kvnr"], address=self.address)


def moment_of(day: date) -> datetime:
    """A day as a moment: now if it is today, else its noon."""
    now = timezone.localtime()
    return now if day == now.date() else datetime.combine(day, time(12), now.tzinfo)


class ComparedForm(forms.Form):
    """That somebody has compared two records."""

    compared = forms.BooleanField(
        label=_("I have compared name, birth date and number: this is one and the same person.")
    )
