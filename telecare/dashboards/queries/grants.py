"""Who cares for a patient, who may see what, and on what basis, in words that people understand."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from patients.access.categories import OF_PATIENTS
from patients.access.models import FOREVER, Right
from patients.accounts.actor import Actor
from patients.network.queries import Member as Linked
from patients.network.queries import Team
from patients.network.queries.people import Relative
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


def basis(code: str) -> str:
    """A legal basis in words."""
    words = {
        Right.Basis.OWN: _("own records"),
        Right.Basis.TREATMENT: _("joint treatment, the person was informed"),
        Right.Basis.CONSENT: _("consent of the person"),
        Right.Basis.REPRESENTATIVE: _("agreed by the representative"),
        Right.Basis.PRESUMED: _("presumed will, judged by a doctor"),
        Right.Basis.DELEGATION: _("the person has allowed it"),
        Right.Basis.REPRESENTATION: _("acts in the person's name"),
        Right.Basis.EMERGENCY: _("emergency access"),
    }
    return words.get(Right.Basis(code), code)


def relationship(code: str) -> str:
    """A relationship (v3-RoleCode) in words."""
    return {
        "DAU": _("Daughter"),
        "DAUC": _("Daughter"),
        "SON": _("Son"),
        "SONC": _("Son"),
        "WIFE": _("Wife"),
        "HUSB": _("Husband"),
        "SPS": _("Spouse"),
        "NBOR": _("Neighbour"),
        "GUARD": _("Guardian"),
    }.get(code, _("Relative"))


def kind(code: str) -> str:
    """A kind of organisation in words."""
    return {
        "practice": _("Practice"),
        "nursing-service": _("Nursing service"),
        "pharmacy": _("Pharmacy"),
        "hospital": _("Hospital"),
        "municipality": _("Municipality"),
        "emergency": _("emergency access"),
    }.get(code, _("Organisation"))


def category(code: str) -> str:
    """A category of records in words."""
    return {
        "administrative": _("master data"),
        "clinical": _("medicine"),
        "medication": _("medication"),
        "nursing": _("nursing"),
        "mental": _("mental health"),
        "chat": _("thread"),
        "consent": _("consents"),
    }.get(code, code)


def _categories(one: Linked) -> str:
    shown = [found for found in OF_PATIENTS if found in one.categories]
    return ", ".join(category(found) for found in shown)


def _since(one: Linked) -> str:
    if one.since is None or one.since.year < 1900:
        return ""
    return _("since %(day)s") % {"day": date_format(timezone.localtime(one.since), "d.m.Y")}
