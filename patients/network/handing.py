"""A hand-over that does not come about: who took it over declines, or the person does not want it.

It hangs on the CareTeam, for pages and FHIR clients alike. What went along goes back to the organisation that had it,
as long as that one still cares; the end that it set for its care is taken away where others have declined. Who takes
its own invitation back keeps the end that it has set: nobody puts that off alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils import timezone

from patients import events
from patients.access import repository
from patients.access.models import Right
from patients.access.periods import span_of
from patients.access.permit import PERMIT
from patients.accounts.actor import Actor
from patients.network import plans
from patients.network.resources import basics, teams
from patients.network.resources.teams import CareLink
from patients.records.models import Document

Resource = dict[str, Any]

INSTANT: Final = timedelta(milliseconds=1)  # FHIR counts the end of a period to the period, and we write milliseconds
_WHY: Final = "a hand-over was declined"


def follow(actor: Actor, before: Resource, document: Document) -> None:
    """Called with each new version of a CareTeam, inside its transaction."""
    patient = str(document.patient)
    for link in _declined(before, document.content):
        if link.alone_from is None or not _cares(patient, link.manager, link.alone_from):
            continue
        theirs = replace(actor.as_system(_WHY), organisation=link.organisation)
        plans.move(theirs, patient, to=link.manager, since=timezone.now())
        if actor.organisation != link.manager:
            _go_on(actor, patient, link.manager, link.alone_from)
            events.emit("hand-over.declined", patient=patient, organisation=link.manager, by=link.organisation)


def _declined(before: Resource, after: Resource) -> Iterator[CareLink]:
    """Links of a hand-over to come that nobody had accepted, and that are over now."""
    now = timezone.now()
    left = {one.organisation: one for one in teams.care_links(after)} if after.get("status") == "active" else {}
    for one in teams.care_links(before) if before.get("status") == "active" else ():
        stood = one.needs_accepting and one.span.until > now and one.alone_from is not None and one.alone_from > now
        if stood and (one.organisation not in left or left[one.organisation].span.until <= now):
            yield one


def _cares(patient: str, organisation: str, until: datetime) -> bool:
    """Whether it cares for the patient up to the moment for which the hand-over was agreed."""
    live = Right.objects.filter(patient=patient, organisation=organisation, person="", basis=Right.Basis.OWN)
    return live.filter(since__lte=timezone.now(), until__gte=until - INSTANT).exists()


def _go_on(actor: Actor, patient: str, organisation: str, since: datetime) -> None:
    """Take away the end that the organisation has set for this hand-over; any other end stays."""
    records = repository(actor.as_system(_WHY))
    for document in Document.objects.filter(patient=patient, type="CareTeam", deleted=False).order_by("pk"):
        after = _without_end(document.content, f"Organization/{organisation}", since)
        if after != document.content:
            records.update(after, if_match=document.version, permit=PERMIT)


def _without_end(content: Resource, here: str, since: datetime) -> Resource:
    team = deepcopy(content)
    for part in team.get("participant", ()):
        named = (part.get("member", {}).get("reference"), part.get("onBehalfOf", {}).get("reference"))
        period = part.get("period", {})
        if here in named and "end" in period and _ends(period["end"]) == _ends(basics.moment(since - INSTANT)):
            del period["end"]
            if not period:
                del part["period"]
    return team


def _ends(end: str) -> datetime:
    return span_of({"end": end}).until
