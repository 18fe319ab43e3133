"""What a browser may send about consents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from patients.access.acts import ACTS
from patients.access.categories import ADMINISTRATIVE
from patients.access.models import Right
from patients.access.representation import Kind
from patients.network import words as network_words
from patients.network.forms.fields import Day
from patients.network.resources import KINDS_OF_BASIS
from patients.network.services import SWITCHED
from telecare.privacy import words
from telecare.privacy.resources import Finding
from telecare.privacy.shapes import PaperPage

EVERYBODY = "everybody"
RECORD = "record"


class PaperForm(forms.Form):
    """A consent or an objection that was signed by hand."""

    says = forms.ChoiceField(
        label=_("What does the paper say?"),
        choices=[("permit", _("Consent: allowed")), ("deny", _("Objection: not allowed"))],
        widget=forms.RadioSelect,
    )
    about = forms.ChoiceField(label=_("What is it about?"), widget=forms.RadioSelect)
    whom = forms.ChoiceField(label=_("Who may, or may not, see it?"), required=False)
    categories = forms.MultipleChoiceField(
        label=_("Which parts of the record?"), required=False, widget=forms.CheckboxSelectMultiple
    )
    signed_date = Day(label=_("Signed on"))
    informed_by = forms.ChoiceField(label=_("Who informed the person?"))
    scan = forms.CharField(
        label=_("Where is the paper kept?"),
        help_text=_("For example: folder 4, sheet 12"),
        max_length=120,
        required=False,
    )
    until_date = Day(label=_("Holds until"), required=False, help_text=_("Without an end it holds until withdrawn."))

    def __init__(self, page: PaperPage, data: Any = None) -> None:
        super().__init__(data, initial={"informed_by": page.me, "signed_date": timezone.localdate(), "about": RECORD})
        self._choices("about", [(RECORD, _("Parts of the record")), *((one, words.act(one)) for one in ACTS)])
        self._choices("whom", [("", "–"), *page.holders, (EVERYBODY, _("Everybody (objection only)"))])
        self._choices("categories", [(one, words.category(one)) for one in (ADMINISTRATIVE, *SWITCHED)])
        self._choices("informed_by", page.informants)

    def _choices(self, name: str, choices: Any) -> None:
        field: Any = self.fields[name]
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        """Parts of a record need somebody and something; a consent needs a name."""
        given = super().clean() or {}
        if given.get("about") == RECORD:
            permits = given.get("says") == "permit"
            if not given.get("whom") or (permits and given.get("whom") == EVERYBODY):
                self.add_error("whom", _("Please choose who this is about."))
            if permits and not given.get("categories"):
                self.add_error("categories", _("Please choose what this is about."))
        return given


class RepresentativeForm(forms.Form):
    """Who acts in the person's name, as a paper says."""

    relative = forms.ChoiceField(label=_("Who acts in the person's name?"), required=False)
    given = forms.CharField(label=_("First name, if not in the list"), max_length=80, required=False)
    family = forms.CharField(label=_("Family name, if not in the list"), max_length=80, required=False)
    number = forms.CharField(
        label=_("Their number, if they represent others, too"),
        help_text=_("They find it under “People I act for”. With it, one sign-in is enough for all."),
        max_length=20,
        required=False,
    )
    kind = forms.ChoiceField(label=_("Why?"), widget=forms.RadioSelect)
    health = forms.ChoiceField(
        label=_("Also for health?"),
        choices=[("yes", _("Yes, as the paper says")), ("no", _("No, for everyday matters only"))],
        widget=forms.RadioSelect,
    )
    mental = forms.BooleanField(label=_("The paper names mental health, too"), required=False)
    evidence = forms.CharField(
        label=_("Which paper have you seen?"),
        help_text=_("For example: guardian's card, court of Ahrenbeck, 3 XVII 12/26"),
        max_length=200,
    )
    seen_date = Day(label=_("Seen on"))
    since_date = Day(label=_("Holds from"), required=False)
    until_date = Day(label=_("Holds until"), required=False)

    def __init__(self, relatives: Sequence[tuple[str, str]], data: Any = None) -> None:
        super().__init__(data, initial={"seen_date": timezone.localdate()})
        relative: Any = self.fields["relative"]
        relative.choices = [("", _("Somebody else")), *relatives]
        kind: Any = self.fields["kind"]
        kind.choices = [(str(one), words.representation(one)) for one in Kind]

    def clean(self) -> dict[str, Any]:
        """Somebody of the list, or a name."""
        given = super().clean() or {}
        if not given.get("relative") and not (given.get("given") and given.get("family")):
            self.add_error("family", _("Please choose a relative, or enter a name."))
        return given


class CapacityForm(forms.Form):
    """What a doctor states on whether the person can decide."""

    finding = forms.ChoiceField(label=_("The person"), widget=forms.RadioSelect)
    matter = forms.CharField(
        label=_("On which matter, and what you have seen"), max_length=1000, widget=forms.Textarea({"rows": 3})
    )
    stated_date = Day(label=_("Day"))

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"stated_date": timezone.localdate()})
        finding: Any = self.fields["finding"]
        finding.choices = [(str(one), words.finding(one)) for one in Finding]


class BasisForm(forms.Form):
    """Why an organisation may see the records of others."""

    organisation = forms.ChoiceField(label=_("Which organisation?"))
    kind = forms.ChoiceField(label=_("On which basis?"), widget=forms.RadioSelect)
    by = forms.ChoiceField(label=_("Who informed the person, agreed, or judged?"))
    on_date = Day(label=_("When?"))
    reason = forms.CharField(
        label=_("Why would the person want this? (presumed will only)"),
        max_length=500,
        required=False,
        widget=forms.Textarea({"rows": 2}),
    )

    def __init__(
        self, organisations: Sequence[tuple[str, str]], people: Sequence[tuple[str, str]], me: str, data: Any = None
    ) -> None:
        super().__init__(data, initial={"on_date": timezone.localdate(), "by": me})
        for name, choices in (
            ("organisation", list(organisations)),
            ("by", list(people)),
            ("kind", [(str(one.value), capfirst(network_words.basis(one.value))) for one in KINDS_OF_BASIS]),
        ):
            field: Any = self.fields[name]
            field.choices = choices

    def clean(self) -> dict[str, Any]:
        """A presumed will needs its reason."""
        given = super().clean() or {}
        if given.get("kind") == Right.Basis.PRESUMED and not given.get("reason", "").strip():
            self.add_error("reason", _("Please write why the person would want this."))
        return given


class WithdrawForm(forms.Form):
    """On which day something was taken back; today if nothing is sent."""

    on = Day(label=_("Taken back on"), required=False)


def start_of(day: date | None) -> datetime | None:
    """The moment at which a day begins, where the network is."""
    return timezone.make_aware(datetime.combine(day, time.min)) if day else None


def end_of(day: date | None) -> datetime | None:
    """The moment at which a day is over, where the network is."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min)) if day else None
