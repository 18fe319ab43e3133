"""Who cares for a patient, who may see what, and on what basis, in words that people understand."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from patients.access.categories import OF_PATIENTS
from patients.access.models import FOREVER
from patients.accounts.actor import Actor
from patients.network.queries import Member as Linked
from patients.network.queries import Team
from patients.network.queries.people import Relative
from patients.network.words import basis, category, kind, relationship
from telecare.dashboards.queries.shapes import Grant, Member


def members(actor: Actor, team: Team, relatives: Sequence[Relative]) -> tuple[Member, ...]:
    """The care team: organisations with who is named of them, and relatives."""
    kin = {one.reference: one for one in relatives}
    rows = []
    for one in team.members:
        own = one.reference == f"Organization/{actor.organisation}"
        relative = kin.get(one.reference)
        role = relationship(relative.relationship) if relative else one.name if one.contact else kind(one.kind)
        rows.append(Member(name=one.contact or one.name, role=role, since=_since(one), me=own))
    known = {one.reference for one in team.members}
    rows += [
        Member(name=one.name, role=relationship(one.relationship)) for one in relatives if one.reference not in known
    ]
    return tuple(rows)


def grants(team: Team) -> tuple[Grant, ...]:
    """Who may see what of others' records now, and why."""
    return tuple(
        Grant(
            name=one.name,
            basis=", ".join(basis(found) for found in one.bases) or _("Sees only what it recorded itself."),
            categories=_categories(one),
            until=one.until.date() if one.until and one.until < FOREVER else None,
        )
        for one in team.members
    )


def reason(actor: Actor, team: Team, patient_id: str) -> str:
    """Why this reader sees this record."""
    if opened := actor.emergency(patient_id):
        until = date_format(timezone.localtime(opened.until), "H:i")
        return _("You read this record in an emergency, until %(time)s.") % {"time": until}
    own = team.of(actor.organisation)
    if own is None:
        return _("You see this record because it was opened to you personally.")
    if not own.bases:
        return _("You see what your organisation recorded itself.")
    return _("You see this record because %(name)s cares for this person. Basis: %(basis)s.") % {
        "name": own.name,
        "basis": ", ".join(basis(one) for one in own.bases),
    }


def _categories(one: Linked) -> str:
    shown = [found for found in OF_PATIENTS if found in one.categories]
    return ", ".join(category(found) for found in shown)


def _since(one: Linked) -> str:
    if one.since is None or one.since.year < 1900:
        return ""
    return _("since %(day)s") % {"day": date_format(timezone.localtime(one.since), "d.m.Y")}
