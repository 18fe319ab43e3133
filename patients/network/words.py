"""Legal bases, relationships, kinds of organisations and categories of records in words that people understand."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from patients.access.models import Right
from patients.network.resources import KINDS


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
        "relative": _("Relative"),
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


def kinds() -> Iterator[tuple[str, str]]:
    """The kinds of organisations as choices."""
    for one in KINDS:
        yield one, kind(one)
