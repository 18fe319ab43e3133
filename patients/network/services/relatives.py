"""Relatives of a patient, and those who may act in the patient's name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from patients.access import codes, repository
from patients.accounts.actor import Actor
from patients.database import write
from patients.errors import Invalid
from patients.network import documents, resources
from patients.network.resources import Name
from patients.network.services.consents import allow
from patients.records.models import Document


def add_relative(
    actor: Actor,
    patient: str,
    *,
    name: Name,
    relationship: str,
    phone: str = "",
    categories: Iterable[str] = (),
    logical_id: str | None = None,
) -> Document:
    """Enter a relative; with `categories`, the patient also lets them see these. Returns the RelatedPerson."""
    custodian = actor.organisation or f"Patient/{patient}"
    with write():
        resource = resources.relative(patient, name, relationship, phone=phone)
        related = documents.write(actor, resource, logical_id=logical_id, custodian=custodian)
        if wanted := list(categories):
            allow(actor, patient, whom=related.reference, categories=wanted)
    return related


def make_representative(
    actor: Actor,
    relative: str,
    *,
    scope: Iterable[str],
    evidence: str,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Document:
    """A relative may act in the patient's name, within `scope`: the actor has seen the paper, `evidence`, for it."""
    if not evidence.strip() or actor.person is None:
        raise Invalid(_("Please name the paper that you have seen."))
    with write():
        before = repository(actor).read("RelatedPerson", relative)
        kept = [one for one in before.content.get("extension", ()) if one.get("url") != codes.REPRESENTATION_EXTENSION]
        now = timezone.localtime()
        shown = resources.representation(scope, evidence=evidence, by=actor.person, seen=now)
        resource = {**before.content, "extension": [*kept, shown]}
        if since or until:
            period = {"start": resources.moment(since)} if since else {}
            resource["period"] = {**period, "end": resources.moment(until)} if until else period
        return documents.write(actor, resource, if_match=before.version)
