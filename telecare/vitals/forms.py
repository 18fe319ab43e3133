"""What a browser may send: the numbers of one measurement, the bounds of one limit."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from telecare.vitals.kinds import Kind
from telecare.vitals.resources import Bounds, Limit


class Number(forms.DecimalField):
    """A number as people type it: with a decimal comma or a point, in the field's only unit."""

    def __init__(self, kind: Kind, label: Any, **given: Any) -> None:
        widget = forms.TextInput({"inputmode": "decimal", "autocomplete": "off", "data-decimals": str(kind.decimals)})
        super().__init__(
            label=label, max_digits=7, decimal_places=kind.decimals, widget=widget, localize=False, **given
        )
        self.unit = kind.unit

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.replace(",", ".").strip() if isinstance(value, str) else value)


class MeasurementForm(forms.Form):
    """The numbers of one kind, and the id that makes sending twice harmless."""

    ident = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, kind: Kind, data: Any = None) -> None:
        super().__init__(data, initial={"ident": uuid.uuid4()})
        self.kind = kind
        for place, part in enumerate(kind.parts):
            self.fields[f"value{place}"] = Number(kind, part.label)

    @property
    def values(self) -> list[Decimal]:
        """The numbers, one per part of the kind."""
        return [self.cleaned_data[f"value{place}"] for place in range(len(self.kind.parts))]


class LimitForm(forms.Form):
    """The bounds of one kind: for each number an optional lower and upper one."""

    def __init__(self, kind: Kind, data: Any = None, *, limit: Limit | None = None) -> None:
        super().__init__(data)
        self.kind = kind
        several = len(kind.parts) > 1
        for place, part in enumerate(kind.parts):
            of = {"part": part.label}
            low = _("%(part)s, at least") % of if several else _("At least")
            high = _("%(part)s, at most") % of if several else _("At most")
            now = limit.bounds[place] if limit else Bounds(None, None)
            self.fields[f"low{place}"] = Number(kind, low, required=False, initial=_typed(now.low))
            self.fields[f"high{place}"] = Number(kind, high, required=False, initial=_typed(now.high))

    @property
    def bounds(self) -> list[Bounds]:
        """One pair of bounds per part of the kind."""
        read = self.cleaned_data
        return [Bounds(read[f"low{place}"], read[f"high{place}"]) for place in range(len(self.kind.parts))]


def _typed(value: Decimal | None) -> str:
    """A number as people type it."""
    return "" if value is None else number_format(value)


class ReasonForm(forms.Form):
    """Why a value is taken back."""

    reason = forms.CharField(label=_("Why?"), max_length=500)
