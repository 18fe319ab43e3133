"""Visits that go along when another service takes a patient over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from patients.access import Search, repository
from patients.accounts.actor import Actor
from patients.network.plans import Planned, Plans
from patients.records.models import Document
from telecare.visits import resources
from telecare.visits.resources import ACT_CODE, HOME, Visit


def search(actor: Actor, patient: str) -> Search:
    """The visits of a patient that are planned from now on."""
    return "Encounter", (
        ("patient", f"Patient/{patient}"),
        ("service-provider", f"Organization/{actor.organisation}"),
        ("class", f"{ACT_CODE}|{HOME['code']}"),
        ("date", f"ge{timezone.now().isoformat(timespec='seconds')}"),
        ("status", "planned"),
        ("_count", "500"),
        ("_total", "none"),
    )


def planned(actor: Actor, documents: Sequence[Document]) -> list[Planned]:
    """In words: what is to be done, and when."""
    return [
        Planned(", ".join([_("Home visit"), *one.works]), one.starts_at)
        for _document, one in _read(documents)
        if one.starts_at > timezone.now()
    ]


def move(actor: Actor, patient: str, to: str, since: datetime) -> None:
    """Call the visits off here and plan them there: each organisation keeps the record of its own visits."""
    records, theirs = repository(actor), repository(actor.as_system("hand-over"))
    for document, one in _read(records.search(*search(actor, patient)).rows):
        if one.starts_at < since or one.ends_at is None:
            continue
        records.update(resources.cancelled(document.content), if_match=document.version)
        visit = resources.new_visit(patient, one.starts_at, one.ends_at, one.works, organisation=to, nurse=None)
        theirs.create(visit, custodian=to)


def _read(documents: Sequence[Document]) -> list[tuple[Document, Visit]]:
    read = [(one, resources.visit(one.content)) for one in documents]
    return [(document, visit) for document, visit in read if visit is not None]


PLANS = Plans(search, planned, move)
