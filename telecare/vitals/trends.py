"""Values over time, as pages show them: words and numbers, no FHIR and no drawing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from telecare.vitals.resources import Bounds


@dataclass(frozen=True, slots=True)
class Point:
    """One measurement: when, its numbers (blood pressure has two), whether it is outside the limit, who took it."""

    at: datetime
    values: tuple[Decimal, ...]
    outside: bool = False
    by: str = ""

    @property
    def text(self) -> str:
        """149/87, 84,6"""
        return "/".join(number_format(value) for value in self.values)


@dataclass(frozen=True, slots=True)
class Trend:
    """One kind of value of one patient over some days, oldest first, with the limit in force.

    `limits` has one entry per number of a point (blood pressure: systolic, diastolic). `limit_by` is the clinician.
    """

    kind: str  # "blood-pressure", "weight" …: telecare.vitals' name of the kind
    title: str
    unit: str
    points: tuple[Point, ...] = ()
    limits: tuple[Bounds | None, ...] = ()
    limit_by: str = ""
    limit_since: date | None = None

    @property
    def latest(self) -> Point | None:
        """The newest measurement."""
        return self.points[-1] if self.points else None

    @property
    def value(self) -> str:
        """The newest measurement in figures, or ""."""
        return self.latest.text if self.latest else ""

    @property
    def limit_words(self) -> str:
        """up to 150, or "" without a limit."""
        return next((limit.words for limit in self.limits if limit and limit.words), "")

    @property
    def state(self) -> str:
        """ok, watch (outside) or idle (no limit, or no value)."""
        if self.latest is None or not any(self.limits):
            return "idle"
        return "watch" if self.latest.outside else "ok"

    @property
    def state_words(self) -> str:
        """What the state says, with the author of the limit; never "normal"."""
        if self.latest is None:
            return _("No value yet")
        if not any(self.limits):
            return _("No limit set")
        if not self.latest.outside:
            return _("Within the limit")
        return _("Outside the limit of %(name)s") % {"name": self.limit_by} if self.limit_by else _("Outside the limit")

    @property
    def short_words(self) -> str:
        """As `state_words`, but short: the author of the limit stands beside it (`limit_note`)."""
        if self.latest is None or self.state != "watch":
            return self.state_words
        beyond = [
            value > limit.high if limit.high is not None else False
            for value, limit in zip(self.latest.values, self.limits, strict=False)
            if limit and not limit.allows(value)
        ]
        return _("Above the limit") if any(beyond) else _("Below the limit")

    @property
    def limit_note(self) -> str:
        """up to 150, Dr. Voss"""
        return ", ".join(filter(None, [self.limit_words, self.limit_by])) if self.limit_words else ""

    @property
    def description(self) -> str:
        """The trend in one sentence, for those who do not see the drawing."""
        words = _("%(title)s, %(number)s values, latest %(value)s %(unit)s") % {
            "title": self.title,
            "number": len(self.points),
            "value": self.value,
            "unit": self.unit,
        }
        return f"{words}, {self.state_words}" + (f" ({self.limit_words})" if self.limit_words else "")
