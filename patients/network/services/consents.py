"""What a patient allows and forbids: to see what of the record, and to be filmed or photographed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from patients.access import acts, repository, turns
from patients.access.acts import ACTS
from patients.access.categories import CONSENT, OF_PATIENTS
from patients.accounts.actor import Actor, Role
from patients.database import write
from patients.errors import Invalid
from patients.network import documents, resources
from patients.network.queries.acts import consents_about
from patients.network.resources import Paper, Resource, Withdrawal
from patients.records.models import Document


def allow(
    actor: Actor,
    patient: str,
    *,
    whom: str,
    categories: Iterable[str],
    until: datetime | None = None,
    paper: Paper | None = None,
    logical_id: str | None = None,
) -> Document:
    """Record a consent: `whom` ("Organization/…" or "RelatedPerson/…") may see these categories. Returns the Consent.

    Said by the patient or representative here, or on paper that the actor's organisation keeps.
    """
    return _record(actor, patient, True, [whom], _known(categories), until, paper, logical_id)


def object_to(
    actor: Actor,
    patient: str,
    *,
    whom: str | None = None,
    categories: Iterable[str] | None = None,
    until: datetime | None = None,
    paper: Paper | None = None,
) -> Document:
    """Record an objection: `whom` (None: everybody) may not see these categories (None: anything)."""
    named = [whom] if whom else []
    wanted = _known(categories) if categories is not None else None
    return _record(actor, patient, False, named, wanted, until, paper, None)


def agree_to(
    actor: Actor, patient: str, *, act: str, until: datetime | None = None, paper: Paper | None = None
) -> Document:
    """Record a yes to `act` (video, photo). A no that still holds is taken back with it."""
    with write():
        turns.to_change_rights([patient])
        _take_back(actor, patient, act, permit=False)
        return _record_act(actor, patient, act, permit=True, until=until, paper=paper)


def refuse(actor: Actor, patient: str, *, act: str, only: str = "", paper: Paper | None = None) -> Document:
    """Record a no to `act`, at once: a running call ends. `only` ("Encounter/…"): to this one consultation.

    Written down by whoever hears it. Without `only`, a yes that still holds is taken back where the actor may do that.
    """
    with write():
        turns.to_change_rights([patient])
        if not only and (actor.role in _AS_THE_PATIENT or documents.may_record(actor, patient)):
            _take_back(actor, patient, act, permit=True)
        return _record_act(actor, patient, act, permit=False, only=only, paper=paper)


def withdraw(actor: Actor, consent: str, *, on: date | None = None) -> Document:
    """End a consent or an objection at once; open sockets are cut. The document stays, as inactive.

    `on`: the day on which the person took it back, today if not given.
    """
    with write():
        before = repository(actor).read("Consent", consent)
        if before.content.get("status") != "active":
            raise Invalid(_("This does not hold any more."))
        return _withdraw(actor, before, on)


_AS_THE_PATIENT = (Role.PATIENT, Role.REPRESENTATIVE)


def _withdraw(actor: Actor, before: Document, on: date | None = None) -> Document:
    today = timezone.localdate()
    if on is not None and on > today:
        raise Invalid(_("This day lies in the future."))
    after = resources.withdrawn(before.content, Withdrawal(on or today, str(actor.person)))
    return documents.write(actor, after, if_match=before.version)


def _take_back(actor: Actor, patient: str, act: str, *, permit: bool) -> None:
    """End what says the contrary: Consents of this act that only permit (or only deny)."""
    for found in consents_about(patient, act):
        said = {one.permit for one in acts.acts_of(found.content)}
        if said == {permit}:
            _withdraw(actor, found)


def _record(
    actor: Actor,
    patient: str,
    permit: bool,
    whom: list[str],
    categories: list[str] | None,
    until: datetime | None,
    paper: Paper | None,
    logical_id: str | None,
) -> Document:
    resource = resources.consent(
        patient,
        permit=permit,
        whom=whom,
        categories=categories,
        on=timezone.localtime(),
        by=_said_by(actor, patient),
        recorded_by=_kept_by(actor),
        until=until,
        paper=_checked(paper),
    )
    return _write(actor, patient, resource, until, logical_id)


def _record_act(
    actor: Actor,
    patient: str,
    act: str,
    *,
    permit: bool,
    only: str = "",
    until: datetime | None = None,
    paper: Paper | None = None,
) -> Document:
    if act not in ACTS:
        raise Invalid(_("Please choose what this is about."))
    resource = resources.consent_to_act(
        patient,
        act,
        permit=permit,
        on=timezone.localtime(),
        by=_said_by(actor, patient),
        recorded_by=_kept_by(actor),
        only=only,
        until=until,
        paper=_checked(paper),
    )
    return _write(actor, patient, resource, until, None)


def _write(actor: Actor, patient: str, resource: Resource, until: datetime | None, logical_id: str | None) -> Document:
    if until is not None and until <= timezone.now():
        raise Invalid(_("The end lies in the past."))
    custodian = f"Patient/{patient}" if actor.organisation is None else actor.organisation
    return documents.write(actor, resource, logical_id=logical_id, custodian=custodian)


def _said_by(actor: Actor, patient: str) -> str:
    return str(actor.person) if actor.role in _AS_THE_PATIENT else f"Patient/{patient}"


def _kept_by(actor: Actor) -> str | None:
    return None if actor.role in _AS_THE_PATIENT else actor.organisation


def _checked(paper: Paper | None) -> Paper | None:
    if paper is not None and paper.signed_date > timezone.localdate():
        raise Invalid(_("This day lies in the future."))
    return paper


def _known(categories: Iterable[str]) -> list[str]:
    wanted = list(categories)
    if not wanted or any(category not in OF_PATIENTS or category == CONSENT for category in wanted):
        raise Invalid(_("Please choose what this is about."))
    return wanted
