"""The tour of a day, and one visit."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.utils import timezone

from patients.access import Repository, repository
from patients.accounts.actor import Actor
from patients.errors import Missing
from telecare.visits import resources
from telecare.visits.resources import ACT_CODE, HOME, Visit

MOST = 100  # visits of one page


def tour(actor: Actor, day: date, *, records: Repository | None = None) -> list[Visit]:
    """The visits of the actor's organisation on a day, in order of time, cancelled ones left out."""
    if actor.organisation is None:
        return []
    midnight = timezone.make_aware(datetime.combine(day, time.min))
    pairs = [
        ("service-provider", f"Organization/{actor.organisation}"),
        ("class", f"{ACT_CODE}|{HOME['code']}"),
        ("date", f"ge{midnight.isoformat()}"),
        ("date", f"lt{(midnight + timedelta(days=1)).isoformat()}"),
        ("status", "planned,in-progress,finished"),
        ("_sort", "date"),
        ("_count", str(MOST)),
        ("_total", "none"),
    ]
    page = (records or repository(actor)).search("Encounter", pairs)
    visits = (resources.visit(row.content) for row in page.rows)
    return sorted((visit for visit in visits if visit), key=lambda visit: visit.starts_at)


def one(actor: Actor, visit_id: str) -> Visit:
    """One visit. Raises Missing, also for encounters that are no home visit."""
    visit = resources.visit(repository(actor).read("Encounter", visit_id).content)
    if visit is None:
        raise Missing("")
    return visit


def running(actor: Actor, patient_id: str, *, records: Repository | None = None) -> Visit | None:
    """The visit that is running at this patient's home, as far as the actor may see it."""
    pairs = [
        ("patient", f"Patient/{patient_id}"),
        ("class", f"{ACT_CODE}|{HOME['code']}"),
        ("status", "in-progress"),
        ("_sort", "-date"),
        ("_count", "1"),
        ("_total", "none"),
    ]
    page = (records or repository(actor)).search("Encounter", pairs)
    return next((visit for row in page.rows if (visit := resources.visit(row.content))), None)
