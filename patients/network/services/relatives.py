"""Relatives of a patient, and those who may act in the patient's name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from patients.access import codes, repository
from patients.access.representation import Kind, representation, spouse_until
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
    kind: str = "",
    seen: datetime | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    holder: str = "",
) -> Document:
    """A relative may act in the patient's name, within `scope`: the actor has seen the paper, `evidence`, for it.

    `kind` is one of `access.representation.Kind`; a spouse acts for six months at most. `holder`: as whom somebody who
    represents several patients signs in.
    """
    if not evidence.strip() or actor.person is None:
        raise Invalid(_("Please name the paper that you have seen."))
    now = timezone.localtime()
    _check_period(kind, now, seen, since, until)
    with write():
        before = repository(actor).read("RelatedPerson", relative)
        kept = [one for one in before.content.get("extension", ()) if one.get("url") != codes.REPRESENTATION_EXTENSION]
        shown = resources.representation(
            scope,
            evidence=evidence.strip(),
            by=actor.person,
            seen=seen or now,
            kind=kind,
            since=since,
            until=until,
            holder=holder,
        )
        return documents.write(actor, {**before.content, "extension": [*kept, shown]}, if_match=before.version)


def end_representation(actor: Actor, relative: str) -> Document:
    """Somebody does not act in the patient's name any more: revoked, or given back. Open sockets are cut."""
    with write():
        before = repository(actor).read("RelatedPerson", relative)
        now = timezone.localtime()
        shown = representation(before.content)
        if shown is None or shown.span.until <= now:
            raise Invalid(_("This does not hold any more."))
        after = resources.with_representation_until(before.content, now)
        return documents.write(actor, after, if_match=before.version)


def _check_period(
    kind: str, now: datetime, seen: datetime | None, since: datetime | None, until: datetime | None
) -> None:
    begins = since or seen or now
    if seen is not None and seen > now:
        raise Invalid(_("This day lies in the future."))
    if until is not None and until <= max(begins, now):
        raise Invalid(_("The end lies in the past."))
    if kind == Kind.SPOUSE and until is not None and until > spouse_until(begins):
        raise Invalid(_("A spouse acts without a power of attorney for six months at most."))
