"""Who acts in a patient's name: the extension `…/representation` of a RelatedPerson, as facts.

Without the paper (`evidence`) and who of staff saw it (`by`) there is none. A spouse without a power of attorney acts
for six months at most (§ 1358 BGB), whatever the document says.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from patients.access import codes, elements
from patients.access.categories import CHAT, CLINICAL, CONSENT, MEDICATION, NURSING, OF_PATIENTS
from patients.access.derivation import Span
from patients.access.models import EVER, FOREVER
from patients.access.periods import bounds

Content = dict[str, Any]

SPOUSE_MONTHS: Final = 6
OF_HEALTH: Final = (CLINICAL, MEDICATION, NURSING, CHAT, CONSENT)  # what a representation for health opens, as well


class Kind(StrEnum):
    """Why somebody acts in the patient's name."""

    ATTORNEY = "attorney"  # Vorsorgevollmacht
    GUARDIAN = "guardian"  # rechtliche Betreuung
    SPOUSE = "spouse"  # Ehegattennotvertretung
    PARENT = "parent"


@dataclass(frozen=True, slots=True)
class Representation:
    """What was seen on paper. `by` is a Practitioner; `kind` None where an older document names none."""

    kind: Kind | None
    scope: frozenset[str]
    evidence: str
    by: str
    seen: date | None
    span: Span
    holder: str = ""

    @property
    def health(self) -> bool:
        """Whether it is for matters of health."""
        return CLINICAL in self.scope


def representation(content: Content) -> Representation | None:
    """The representation that a RelatedPerson states; None if there is none, or no paper was seen."""
    shown = map(_shown, elements.extensions(content, codes.REPRESENTATION_EXTENSION))
    return next((one for one in shown if one is not None), None)


def spouse_until(since: datetime) -> datetime:
    """The moment at which a spouse may no longer act, six months on: of 31 August the last of February."""
    year, month = divmod(since.month - 1 + SPOUSE_MONTHS, 12)
    year, month = since.year + year, month + 1
    return since.replace(year=year, month=month, day=min(since.day, calendar.monthrange(year, month)[1]))


def _shown(found: Content) -> Representation | None:
    named = elements.parts(found)
    evidence = str(named.get("evidence", {}).get("valueString", ""))
    by = elements.reference(named.get("by", {}).get("valueReference"))
    if not evidence.strip() or not by:
        return None
    kind = str(named.get("kind", {}).get("valueCode", ""))
    if "kind" in named and kind not in set(Kind):
        return None
    labels = [one.get("valueCode") for one in elements.extensions(found, "scope")]
    seen = bounds(named.get("seen", {}).get("valueDateTime"))
    span = Span(_moment(named, "since", EVER, FOREVER), _moment(named, "until", FOREVER, EVER))
    if kind == Kind.SPOUSE:
        span = _of_spouse(span, seen[0] if seen else None)
    return Representation(
        Kind(kind) if kind else None,
        frozenset(label for label in labels if label in OF_PATIENTS),
        evidence,
        by,
        seen[0].date() if seen else None,
        span,
        elements.reference(named.get("holder", {}).get("valueReference")),
    )


def _of_spouse(span: Span, seen: datetime | None) -> Span:
    """Six months from the beginning, or from when the paper was seen; never where neither is known."""
    begins = span.since if span.since != EVER else seen
    return Span(begins, min(span.until, spouse_until(begins))) if begins else Span(FOREVER, FOREVER)


def _moment(named: dict[str, Content], name: str, absent: datetime, unreadable: datetime) -> datetime:
    if name not in named:
        return absent
    found = bounds(named[name].get("valueDateTime"))
    return found[0] if found else unreadable
