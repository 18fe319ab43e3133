"""What can be measured at a kitchen table: codes, units, and which values are impossible or doubtful.

Codes: LOINC as FHIR's vital signs profiles use them (http://hl7.org/fhir/R4/observation-vitalsigns.html); units: UCUM.
The two ranges catch slips of the keypad. They say nothing about health.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from patients.errors import Finding, Invalid


@dataclass(frozen=True, slots=True)
class Part:
    """One number: its LOINC code, the values that can exist at all, and those that need no question back."""

    code: str
    display: str  # LOINC's long common name
    label: str | Promise
    possible: tuple[Decimal, Decimal]
    plausible: tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of measurement. `parts` has one number, or two for blood pressure (systolic, diastolic)."""

    name: str
    label: str | Promise
    code: str
    display: str
    unit: str  # as people read it
    ucum: str
    decimals: int
    parts: tuple[Part, ...]
    also: tuple[str, ...] = ()  # further LOINC codes under which others send the same kind
    step: Decimal | None = None  # a jump since the last value that is asked back

    def __str__(self) -> str:
        return self.name

    @property
    def codes(self) -> tuple[str, ...]:
        """All LOINC codes under which this kind is found."""
        return (self.code, *self.also)


def _range(low: str, high: str) -> tuple[Decimal, Decimal]:
    return Decimal(low), Decimal(high)


def _single(
    name: str,
    label: str | Promise,
    code: str,
    display: str,
    unit: str,
    ucum: str,
    *,
    possible: tuple[str, str],
    plausible: tuple[str, str],
    decimals: int = 0,
    also: tuple[str, ...] = (),
    step: str | None = None,
) -> Kind:
    part = Part(code, display, label, _range(*possible), _range(*plausible))
    jump = Decimal(step) if step else None
    return Kind(name, label, code, display, unit, ucum, decimals, (part,), also, jump)


BLOOD_PRESSURE = Kind(
    "blood-pressure",
    _("Blood pressure"),
    "85354-9",
    "Blood pressure panel with all children optional",
    "mmHg",
    "mm[Hg]",
    0,
    (
        Part("8480-6", "Systolic blood pressure", _("Systolic"), _range("30", "300"), _range("70", "230")),
        Part("8462-4", "Diastolic blood pressure", _("Diastolic"), _range("10", "200"), _range("35", "130")),
    ),
)
PULSE = _single(
    "pulse", _("Pulse"), "8867-4", "Heart rate", "/min", "/min", possible=("10", "300"), plausible=("35", "180")
)
OXYGEN = _single(
    "oxygen",
    _("Oxygen saturation"),
    "59408-5",
    "Oxygen saturation in Arterial blood by Pulse oximetry",
    "%",
    "%",
    possible=("30", "100"),
    plausible=("80", "100"),
    also=("2708-6",),
)
TEMPERATURE = _single(
    "temperature",
    _("Temperature"),
    "8310-5",
    "Body temperature",
    "°C",
    "Cel",
    decimals=1,
    possible=("25", "45"),
    plausible=("34.5", "41"),
)
WEIGHT = _single(
    "weight",
    _("Weight"),
    "29463-7",
    "Body weight",
    "kg",
    "kg",
    decimals=1,
    possible=("1", "400"),
    plausible=("30", "180"),
    step="5",
)
GLUCOSE = _single(
    "glucose",
    _("Blood glucose"),
    "2339-0",
    "Glucose [Mass/volume] in Blood",
    "mg/dl",
    "mg/dL",
    possible=("10", "1500"),
    plausible=("40", "500"),
    also=("2345-7", "41653-7"),
)
RESPIRATION = _single(
    "respiration",
    _("Respiration"),
    "9279-1",
    "Respiratory rate",
    "/min",
    "/min",
    possible=("2", "80"),
    plausible=("8", "40"),
)
PAIN = _single(
    "pain",
    _("Pain"),
    "72514-3",
    "Pain severity - 0-10 verbal numeric rating [Score] - Reported",
    "/10",
    "{score}",
    possible=("0", "10"),
    plausible=("0", "10"),
)

KINDS = (BLOOD_PRESSURE, PULSE, OXYGEN, WEIGHT, TEMPERATURE, GLUCOSE, RESPIRATION, PAIN)
BY_NAME = {kind.name: kind for kind in KINDS}
BY_CODE = {code: kind for kind in KINDS for code in kind.codes}


def check_possible(kind: Kind, values: Sequence[Decimal]) -> None:
    """Raise Invalid for a number that cannot exist: a slip of the keypad must not become a fact."""
    for part, value in zip(kind.parts, values, strict=True):
        low, high = part.possible
        if not value.is_finite() or not low <= value <= high:
            raise Invalid(
                now("%(value)s %(unit)s cannot be right. Please enter a value from %(low)s to %(high)s.")
                % {
                    "value": number_format(value) if value.is_finite() else value,
                    "unit": kind.unit,
                    "low": number_format(low),
                    "high": number_format(high),
                },
                Finding(now("This value is impossible."), "value", f"Observation.value ({part.code})"),
            )
