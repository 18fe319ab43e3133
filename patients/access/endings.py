"""Rights that end by themselves, without a write that would tell: asked by whoever holds something open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from patients.access.models import Right
from patients.accounts.models import Membership


@dataclass(frozen=True, slots=True)
class Ended:
    """On whose records a right has ended, and whose function."""

    patients: frozenset[str]
    persons: frozenset[str]


def ended_between(after: datetime, until: datetime) -> Ended:
    """What has ended in `after` < t ≤ `until`. Two statements over an index and a small table."""
    rights = Right.objects.filter(until__gt=after, until__lte=until)
    functions = Membership.objects.filter(until__gt=after, until__lte=until)
    return Ended(
        frozenset(rights.values_list("patient", flat=True).distinct()),
        frozenset(functions.values_list("person", flat=True).distinct()),
    )
