"""The tour of a day, one visit, and its page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from patients.access import Action, Deed, Repository, Search, Wish, allowed_among, repository
from patients.access.categories import CHAT
from patients.accounts.actor import Actor
from patients.errors import Missing
from patients.network import queries as network
from telecare.tasks import queries as tasks
from telecare.visits import resources
from telecare.visits.resources import ACT_CODE, HOME, Status, Visit
from telecare.vitals import queries as vitals
from telecare.vitals.occasions import Occasion
from telecare.vitals.queries.pages import MEASURE, trend
from telecare.vitals.trends import Trend

MOST = 100  # visits of one page


def tour(actor: Actor, day: date, *, records: Repository | None = None) -> list[Visit]:
    """The visits of the actor's organisation on a day, in order of time, cancelled ones left out."""
    if actor.organisation is None:
        return []
    page = (records or repository(actor)).search(*tour_search(actor.organisation, day))
    visits = (resources.visit(row.content) for row in page.rows)
    return sorted((visit for visit in visits if visit), key=lambda visit: visit.starts_at)


def tour_search(organisation: str, day: date) -> Search:
    """What `tour` reads, for pages that read it together with other things."""
    midnight = timezone.make_aware(datetime.combine(day, time.min))
    return "Encounter", (
        ("service-provider", f"Organization/{organisation}"),
        ("class", f"{ACT_CODE}|{HOME['code']}"),
        ("date", f"ge{midnight.isoformat()}"),
        ("date", f"lt{(midnight + timedelta(days=1)).isoformat()}"),
        ("status", "planned,in-progress,finished"),
        ("_sort", "date"),
        ("_count", str(MOST)),
        ("_total", "none"),
    )


def one(actor: Actor, visit_id: str) -> Visit:
    """One visit. Raises Missing, also for encounters that are no home visit."""
    visit = resources.visit(repository(actor).read("Encounter", visit_id).content)
    if visit is None:
        raise Missing("")
    return visit


def occasion(actor: Actor, patient_id: str, records: Repository) -> Occasion | None:
    """The running visit, as the page of measuring names it; patients and relatives measure on their own."""
    if actor.organisation is None:
        return None
    visit = running(actor, patient_id, records=records)
    if visit is None or visit.organisation != actor.organisation:
        return None
    return Occasion(since(visit), reverse("visits:visit", args=[visit.id]))


def since(visit: Visit) -> str:
    """Home visit since 10:17"""
    return _("Home visit since %(time)s") % {"time": f"{timezone.localtime(visit.starts_at):%H:%M}"}


@dataclass(frozen=True, slots=True)
class VisitPage:
    """visits/visit.html. `values` were measured during this visit; `tasks` wait for the nursing service."""

    visit: Visit
    person: network.Person
    state: str
    word: str
    values: tuple[Trend, ...]
    tasks: tuple[tasks.Row, ...]
    may: frozenset[str]

    @property
    def running(self) -> bool:
        return self.visit.status == Status.RUNNING

    @property
    def planned(self) -> bool:
        return self.visit.status == Status.PLANNED


WISHES = {
    "move": Wish(Action.UPDATE, type="Encounter"),
    "measure": MEASURE,
    "consult": Wish(Deed.CONSULT),
    "write": Wish(Action.CREATE, CHAT),
}


def visit_page(actor: Actor, visit_id: str) -> VisitPage:
    """One visit with what is to be done and what was measured. Raises Missing."""
    with repository(actor).look("visit") as records:
        visit = resources.visit(records.read("Encounter", visit_id).content)
        if visit is None:
            raise Missing("")
        person = network.person(records, visit.patient)
        began = visit.starts_at.replace(second=0, microsecond=0)
        records.ahead([*vitals.searches([visit.patient], since=began), tasks.search_of_patient(visit.patient)])
        known = vitals.series_of(records, [visit.patient], since=began)[visit.patient]
        waiting = tasks.of_patient(actor, visit.patient, records=records)
    own = [one for one in waiting if one.owner == f"Organization/{actor.organisation}"]
    performers = (value.performer for one in known for value in one.measurements)
    authors = (one.limit.author for one in known if one.limit)
    names = network.names({*performers, *authors, *(one.requester for one in own), *(one.taken_by for one in own)})
    state, word = standing(visit)
    return VisitPage(
        visit=visit,
        person=person,
        state=state,
        word=word,
        values=tuple(trend(one, names) for one in known),
        tasks=tuple(tasks.row(one, names) for one in own),
        may=allowed_among(actor, WISHES, patient=visit.patient),
    )


def standing(visit: Visit) -> tuple[str, str]:
    """How a visit stands: a state (ok, info, idle) and a word."""
    clock = f"{timezone.localtime(visit.ends_at):%H:%M}" if visit.ends_at else ""
    return {
        Status.RUNNING.value: ("info", since(visit)),
        Status.FINISHED.value: ("ok", _("Finished at %(time)s") % {"time": clock} if clock else _("Done")),
        Status.CANCELLED.value: ("idle", _("Called off")),
    }.get(visit.status, ("idle", _("Planned")))


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
