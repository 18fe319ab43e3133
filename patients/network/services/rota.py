"""On-call duty: which services an organisation can be called at, and who answers when."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from patients.access import repository
from patients.accounts.actor import Actor
from patients.database import write
from patients.errors import Denied, Invalid, Missing
from patients.network.queries.staff import functions_at
from patients.network.resources import moment, working
from patients.records.models import Document

LONGEST = timedelta(days=31)  # of one turn


def offer_on_call(actor: Actor, *, name: str, phone: str) -> Document:
    """A service of the actor's organisation that can be called outside the usual hours. Returns HealthcareService."""
    if actor.organisation is None:
        raise Denied(_("You are not acting for an organisation. Choose one first."))
    return repository(actor).create(working.on_call_service(actor.organisation, name, phone=phone))


def end_on_call(actor: Actor, service: str) -> Document:
    """The service is not offered any more."""
    with write():
        records = repository(actor)
        before = records.read("HealthcareService", service)
        return records.update({**before.content, "active": False}, if_match=before.version)


def take_turn(actor: Actor, *, service: str, person: str, start: datetime, end: datetime) -> Document:
    """A colleague ("Practitioner/…") answers for a service of the actor's organisation. Returns the Schedule."""
    if not start < end <= start + LONGEST:
        raise Invalid(_("A turn ends after it begins, and lasts 31 days at most."), code="value", where="end")
    with write():
        records = repository(actor)
        offered = records.read("HealthcareService", service).content
        if offered.get("providedBy", {}).get("reference") != f"Organization/{actor.organisation}":
            raise Denied(_("This is a service of another organisation."))
        if not functions_at(records, str(actor.organisation), person):
            raise Invalid(
                _("Please choose somebody who works for your organisation now."), code="value", where="person"
            )
        return records.create(working.turn(service, person, start, end))


def give_back_turn(actor: Actor, turn: str) -> Document:
    """Nobody answers by this turn any more; one that has begun ends now."""
    now = timezone.localtime()
    with write():
        records = repository(actor)
        before = records.read("Schedule", turn)
        horizon = before.content.get("planningHorizon", {})
        service, _person, span = working.turn_of(before.content)
        if not service or not working.is_on_call(before.content):
            raise Missing(_("There is no such turn."))
        begun = span.since <= now
        changed = {**before.content, "active": begun}
        if begun and now < span.until:
            changed["planningHorizon"] = {**horizon, "end": moment(now)}
        return records.update(changed, if_match=before.version)
