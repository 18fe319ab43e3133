"""Who takes a patient over gets the visits and tasks from that day on, if the old service lets them go along."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from patients.access import repository
from patients.accounts.actor import Actor
from patients.network import services as network
from patients.network.queries.names import forget
from patients.network.resources import treatment
from patients.records.models import Document
from telecare.tasks import queries as worklists
from telecare.tasks import services as tasks
from telecare.visits import queries, services
from tests.cast import HEINRICH, ident

pytestmark = [pytest.mark.django_db]

SONNENHOF, MOORLAND = ident("sonnenhof"), ident("moorland")
HANDED = timezone.localdate() + timedelta(days=5)
Browser = Callable[[Actor], Client]


def noon(days: int) -> datetime:
    day = timezone.localdate() + timedelta(days=days)
    return datetime.combine(day, time(12), timezone.get_current_timezone())


@pytest.fixture
def planned(anna: Actor, clara: Actor) -> dict[str, Document]:
    """Visits before and after the day, and tasks due before, after and at no certain time; one is Clara's own."""

    def visit(days: int) -> Document:
        start = noon(days)
        return services.plan_visit(
            anna, HEINRICH, starts_at=start, ends_at=start + timedelta(minutes=20), works=["Wiegen"]
        )

    def task(text: str, days: int | None, place: str = MOORLAND) -> Document:
        due = noon(days) if days is not None else None
        return tasks.order(clara, HEINRICH, text=text, organisation=place, due_at=due)

    return {
        "before": visit(2),
        "after": visit(7),
        "soon": task("Bald", 3),
        "later": task("Später", 8),
        "open": task("Irgendwann", None),
        "clara": task("Rezept", 8, str(clara.organisation)),
    }


def hand_over(anna: Actor, *, with_plans: bool) -> None:
    bases = [treatment(timezone.localtime(), str(anna.person))]
    network.hand_over(anna, HEINRICH, to=SONNENHOF, on=HANDED, bases=bases, with_plans=with_plans)


def tour(actor: Actor, days: int) -> list[tuple[str, ...]]:
    return [one.works for one in queries.tour(actor, timezone.localdate() + timedelta(days=days))]


def waiting(actor: Actor) -> set[str]:
    found = {one.text for one in worklists.worklist(actor)}
    return found & {"Bald", "Später", "Irgendwann", "Rezept"}


def test_bernd_finds_visits_and_tasks_from_the_day_on_and_anna_keeps_those_before(
    anna: Actor, bernd: Actor, clara: Actor, planned: dict[str, Document]
):
    tasks.take(anna, planned["later"].logical_id)
    hand_over(anna, with_plans=True)
    assert (tour(anna, 2), tour(anna, 7)) == ([("Wiegen",)], [])
    assert (tour(bernd, 2), tour(bernd, 7)) == ([], [("Wiegen",)])
    assert (waiting(anna), waiting(bernd), waiting(clara)) == ({"Bald"}, {"Später", "Irgendwann"}, {"Rezept"})
    later = worklists.one(bernd, planned["later"].logical_id)
    assert (later.status, later.taken_by) == ("requested", ""), "nobody there has taken it yet"
    (moved,) = queries.tour(bernd, timezone.localdate() + timedelta(days=7))
    document = repository(bernd).read("Encounter", moved.id)
    assert (document.custodian, moved.nurse) == (SONNENHOF, ""), "it is Sonnenhof's own record"
    assert repository(anna).read("Encounter", planned["after"].logical_id).content["status"] == "cancelled"


def test_without_the_tick_all_stays_where_it_is(anna: Actor, bernd: Actor, planned: dict[str, Document]):
    hand_over(anna, with_plans=False)
    assert (tour(anna, 7), tour(bernd, 7)) == ([("Wiegen",)], [])
    assert (waiting(anna), waiting(bernd)) == ({"Bald", "Später", "Irgendwann"}, set())


def test_the_new_service_carries_a_moved_visit_out(anna: Actor, bernd: Actor, planned: dict[str, Document]):
    hand_over(anna, with_plans=True)
    (moved,) = queries.tour(bernd, timezone.localdate() + timedelta(days=7))
    assert services.begin_visit(bernd, moved.id).content["status"] == "in-progress"


def test_the_page_shows_what_is_planned_here_and_one_tick_moves_it(
    browser: Browser, anna: Actor, bernd: Actor, planned: dict[str, Document]
):
    client, address = browser(anna), reverse("network:hand-over", args=[HEINRICH])
    page = client.get(address).content.decode()
    for words in ("Hausbesuch, Wiegen", "Bald", "Später", "Irgendwann", "Ohne Termin"):
        assert words in page
    assert "Rezept" not in page, "that is the practice's"
    assert 'name="with_plans"' in page
    given = {"organisation": SONNENHOF, "on": HANDED.isoformat(), "informed": "no", "with_plans": "on"}
    assert client.post(address, given).status_code == 302
    assert tour(bernd, 7) == [("Wiegen",)], "without a basis, too: it is its own"


@pytest.mark.storage
def test_the_page_costs_twelve_statements_whatever_is_planned(
    browser: Browser, anna: Actor, planned: dict[str, Document]
):
    client, address = browser(anna), reverse("network:hand-over", args=[HEINRICH])
    client.get(address)
    forget()
    client.get(address)
    with CaptureQueriesContext(connection) as spent:
        client.get(address)
    assert len([one for one in spent if "SAVEPOINT" not in one["sql"]]) <= 12


# -- declined


def test_bernd_declines_and_visits_and_tasks_are_annas_again(
    anna: Actor, bernd: Actor, clara: Actor, planned: dict[str, Document]
):
    hand_over(anna, with_plans=True)
    tasks.order(clara, HEINRICH, text="Rezept", organisation=SONNENHOF, due_at=noon(9))  # meanwhile asked of Bernd's
    network.end_link(bernd, HEINRICH, organisation=SONNENHOF)
    assert (tour(anna, 2), tour(anna, 7)) == ([("Wiegen",)], [("Wiegen",)])
    assert waiting(anna) == {"Bald", "Später", "Irgendwann", "Rezept"}
    assert (tour(bernd, 7), waiting(bernd)) == ([], set())
    (again,) = queries.tour(anna, timezone.localdate() + timedelta(days=7))
    assert repository(anna).read("Encounter", again.id).custodian == MOORLAND
    assert services.begin_visit(anna, again.id).content["status"] == "in-progress"


def test_anna_reads_on_her_worklist_who_declined_and_is_not_asked_to_answer_the_invitation(
    anna: Actor, bernd: Actor, planned: dict[str, Document]
):
    hand_over(anna, with_plans=True)
    network.end_link(bernd, HEINRICH, organisation=SONNENHOF)
    texts = [one.text for one in worklists.worklist(anna)]
    assert [one for one in texts if one.startswith("Pflegedienst Sonnenhof hat die Übergabe abgelehnt")]
    assert not [one for one in texts if one.startswith("Einladung")]


def test_what_bernd_has_accepted_he_does_not_decline_any_more(anna: Actor, bernd: Actor, planned: dict[str, Document]):
    hand_over(anna, with_plans=True)
    network.accept_link(bernd, HEINRICH)
    network.end_link(bernd, HEINRICH, organisation=SONNENHOF)
    assert (tour(anna, 7), waiting(anna)) == ([], {"Bald"})


def test_an_open_invitation_does_not_go_along(anna: Actor, bernd: Actor, clara: Actor):
    network.end_link(anna, HEINRICH, organisation=MOORLAND)
    by = treatment(timezone.localtime(), str(clara.person))
    network.start_link(clara, HEINRICH, organisation=MOORLAND, bases=[by], asks=True)
    hand_over(anna, with_plans=True)
    invited = [one.text for one in worklists.worklist(anna) if one.text.startswith("Einladung")]
    assert len(invited) == 1, "whether Moorland cares is asked of Moorland"


def test_the_page_says_that_what_was_handed_over_goes_back(
    browser: Browser, anna: Actor, bernd: Actor, planned: dict[str, Document]
):
    hand_over(anna, with_plans=True)
    client, address = browser(bernd), reverse("network:team-end", args=[HEINRICH, SONNENHOF])
    assert "gehen zurück" in client.get(address).content.decode()
    assert client.post(address).status_code == 302
    assert tour(anna, 7) == [("Wiegen",)]
