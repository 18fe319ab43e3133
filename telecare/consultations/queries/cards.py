"""Cards of consultations with who has taken them on, for lists: one statement for both."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db.models import OuterRef, QuerySet, Subquery

from telecare.consultations.models import Consultation, Room


class Taken(NamedTuple):
    """Who of the staff has taken a consultation on (account and name), and when. Empty while nobody has."""

    account: int | None = None
    by: str = ""
    at: datetime | None = None


def with_taken(cards: QuerySet[Consultation]) -> tuple[list[Consultation], dict[str, Taken]]:
    """The cards as they were asked for, and by id who has taken them on."""
    room = Room.objects.filter(consultation=OuterRef("id"))
    found = cards.annotate(
        taken_account=Subquery(room.values("claimed_by")),
        taken_by=Subquery(room.values("claimed_name")),
        taken_at=Subquery(room.values("claimed_at")),
    )
    listed, taken = list[Consultation](), dict[str, Taken]()
    for one in found:
        listed.append(one)
        taken[one.id] = Taken(one.taken_account, one.taken_by or "", one.taken_at)
    return listed, taken
