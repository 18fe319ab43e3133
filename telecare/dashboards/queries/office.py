"""The start page of functions that see no patient."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _

from patients.accounts.actor import Actor, Role
from patients.network import queries as network
from patients.network.resources import asking
from telecare.dashboards.queries.shapes import Me, Office, Reader, Word

SHOWN: Final = 5


def office_page(actor: Actor) -> Office:
    """Who the reader is; for the data protection officer, what waits to be reviewed. It names readers, no patient."""
    officer = actor.role is Role.DATA_PROTECTION_OFFICER
    waiting = [one for one in network.readings_to_review(actor) if one.waits] if officer else []
    own = f"Organization/{actor.organisation}" if actor.organisation else ""
    names = network.names([actor.person or "", own, *(one.reader for one in waiting[:SHOWN])])
    me = Me(name=names.get(actor.person or "", ""), organisation=names.get(own, ""))
    rows = tuple(_row(one, names) for one in waiting[:SHOWN])
    return Office(me=me, emergencies=rows, more=len(waiting) - len(rows))


def _row(one: asking.Emergency, names: dict[str, str]) -> Reader:
    state = Word("watch", _("Not reviewed yet")) if not one.reviews else Word("watch", _("To be clarified"))
    if not one.over:
        state = Word("urgent", _("Open now"))
    return Reader(
        name=names.get(one.reader, _("Somebody who is not entered any more")),
        at=one.since,
        what="",
        state=state,
    )
