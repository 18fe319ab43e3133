"""During a holiday: another organisation stands in for all of one's patients at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from patients.access.ceilings import Deed, may
from patients.access.models import Right
from patients.accounts.actor import Actor
from patients.database import write
from patients.errors import Denied, Finding, Invalid, Missing
from patients.network import queries
from patients.network.handing import INSTANT
from patients.network.resources import Basis
from patients.network.services.links import start_link

LONGEST: Final = 90  # days
AT_ONCE: Final = 200  # patients of one call, so that others can write in between


@dataclass(frozen=True, slots=True)
class StoodIn:
    """What became of it: how many care links began, how many stood already, whose failed (ids), how many are left."""

    made: int
    stood: int
    refused: tuple[str, ...]
    left: int


def stand_in_for_all(
    actor: Actor, *, organisation: str, since: date, until: date, bases: Sequence[Basis] = (), most: int = AT_ONCE
) -> StoodIn:
    """Let another organisation care from one day to another, both included, for whom the actor's cares now.

    Each patient gets a care link of their own, as `start_link` makes it, in a transaction of its own: it shows on the
    page of their team and can be ended there. Who has one for this time is passed over, so asking again goes on where
    the last call ended. Raises Missing, and Invalid for days that cannot be.
    """
    own = actor.organisation
    if own is None or not may(actor.role, Deed.ADMIT):
        raise Missing("")
    if organisation == own:
        raise Invalid(_("Please choose another organisation."), Finding(_("Yours."), "value", "organisation"))
    _check_days(since, until)
    first = max(_morning(since), timezone.localtime())
    last = _morning(until + timedelta(days=1)) - INSTANT
    ours = queries.cared_for(own)
    there = set(_standing(organisation, first, last))
    waiting = [one for one in ours if one not in there]
    refused: list[str] = []
    for patient in waiting[:most]:
        try:
            with write():
                start_link(
                    actor,
                    patient,
                    organisation=organisation,
                    bases=bases,
                    since=first,
                    until=last,
                    stands_in_for=own,
                )
        except (Denied, Missing):  # nobody stated why we may see others' records: we cannot pass that on
            refused.append(patient)
    done = min(len(waiting), most)
    return StoodIn(done - len(refused), len(ours) - len(waiting), tuple(refused), len(waiting) - done)


def _check_days(since: date, until: date) -> None:
    if since < timezone.localdate():
        raise Invalid(_("Please choose today or a day to come."), code="value", where="since")
    if not since <= until <= since + timedelta(days=LONGEST):
        text = _("The last day lies before the first, or more than %(days)d days after it.") % {"days": LONGEST}
        raise Invalid(text, code="value", where="until")


def _standing(organisation: str, first: datetime, last: datetime) -> list[str]:
    """The patients for whom an organisation cares during all of this time anyway."""
    held = Right.objects.filter(organisation=organisation, person="", since__lte=first + INSTANT, until__gte=last)
    return list(held.filter(document__startswith="CareTeam/").values_list("patient", flat=True).distinct())


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(), timezone.get_current_timezone())
