"""What a patient allows and forbids."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from patients.access import repository
from patients.access.categories import CONSENT, OF_PATIENTS
from patients.accounts.actor import Actor, Role
from patients.database import write
from patients.errors import Invalid
from patients.network import documents, resources
from patients.records.models import Document


def allow(
    actor: Actor,
    patient: str,
    *,
    whom: str,
    categories: Iterable[str],
    until: datetime | None = None,
    logical_id: str | None = None,
) -> Document:
    """Record a consent: `whom` ("Organization/…" or "RelatedPerson/…") may see these categories. Returns the Consent.

    Said by the patient or representative here, or on paper that the actor's organisation keeps.
    """
    return _record(actor, patient, True, [whom], _known(categories), until, logical_id)


def object_to(
    actor: Actor,
    patient: str,
    *,
    whom: str | None = None,
    categories: Iterable[str] | None = None,
    until: datetime | None = None,
) -> Document:
    """Record an objection: `whom` (None: everybody) may not see these categories (None: anything)."""
    named = [whom] if whom else []
    return _record(actor, patient, False, named, _known(categories) if categories is not None else None, until, None)


def withdraw(actor: Actor, consent: str) -> Document:
    """End a consent or an objection at once; open sockets are cut. The document stays, as inactive."""
    with write():
        before = repository(actor).read("Consent", consent)
        return documents.write(actor, {**before.content, "status": "inactive"}, if_match=before.version)


def _record(
    actor: Actor,
    patient: str,
    permit: bool,
    whom: list[str],
    categories: list[str] | None,
    until: datetime | None,
    logical_id: str | None,
) -> Document:
    self_said = actor.role in (Role.PATIENT, Role.REPRESENTATIVE)
    resource = resources.consent(
        patient,
        permit=permit,
        whom=whom,
        categories=categories,
        on=timezone.localtime(),
        by=str(actor.person) if self_said else f"Patient/{patient}",
        recorded_by=None if self_said else actor.organisation,
        until=until,
    )
    custodian = f"Patient/{patient}" if actor.organisation is None else actor.organisation
    return documents.write(actor, resource, logical_id=logical_id, custodian=custodian)


def _known(categories: Iterable[str]) -> list[str]:
    wanted = list(categories)
    if not wanted or any(category not in OF_PATIENTS or category == CONSENT for category in wanted):
        raise Invalid(_("Please choose what this is about."))
    return wanted
