"""What must be true of a basis before somebody may state it: for pages, admission and FHIR clients alike."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from patients.access.models import Right
from patients.accounts.actor import Actor, Role
from patients.errors import Denied, Invalid


def check(actor: Actor, kind: str, since: datetime) -> None:
    """Raises Invalid for a basis of tomorrow, and Denied for a will that is presumed by anybody but a doctor."""
    if since > timezone.now():
        raise Invalid(_("A basis cannot begin in the future."), code="value", where="informed_on")
    if kind == Right.Basis.PRESUMED and actor.role is not Role.DOCTOR:
        raise Denied(_("Only a doctor can judge what a person would want."))
