"""A visit from plan to end, by those who may and those who may not."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from messaging.chat import services as chat
from patients.accounts.actor import Actor
from patients.errors import Conflict, Denied, Invalid, Missing
from patients.network import services as network
from telecare.visits import queries, services
from tests.cast import HEINRICH

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


@pytest.fixture
def start() -> datetime:
    """An hour ago."""
    return timezone.localtime().replace(microsecond=0) - timedelta(hours=1)


@pytest.fixture
def visit(anna: Actor, heinrich: Actor, start: datetime) -> str:
    """Planned by Anna at Heinrich's."""
    end = start + timedelta(minutes=30)
    return services.plan_visit(anna, str(heinrich.patient), starts_at=start, ends_at=end, works=["Wiegen"]).logical_id


def test_a_visit_is_planned_begun_and_finished(anna: Actor, visit: str, start: datetime):
    assert queries.one(anna, visit).status == "planned"
    services.begin_visit(anna, visit, at=start + timedelta(minutes=2))
    assert queries.one(anna, visit).starts_at == start + timedelta(minutes=2)
    services.finish_visit(anna, visit, at=start + timedelta(minutes=25))
    found = queries.one(anna, visit)
    assert (found.status, found.ends_at, found.nurse) == ("finished", start + timedelta(minutes=25), anna.person)


def test_beginning_and_finishing_twice_is_once(anna: Actor, visit: str):
    begun = services.begin_visit(anna, visit)
    assert services.begin_visit(anna, visit).version == begun.version
    finished = services.finish_visit(anna, visit)
    assert services.finish_visit(anna, visit).version == finished.version


def test_what_has_not_begun_does_not_end_and_what_runs_is_not_cancelled(anna: Actor, visit: str):
    with pytest.raises(Conflict):
        services.finish_visit(anna, visit)
    services.begin_visit(anna, visit)
    with pytest.raises(Conflict):
        services.cancel_visit(anna, visit)


def test_a_cancelled_visit_is_off_the_tour(anna: Actor, visit: str):
    services.cancel_visit(anna, visit)
    assert queries.tour(anna, timezone.localdate()) == []
    with pytest.raises(Conflict):
        services.begin_visit(anna, visit)


def test_moments_that_cannot_be_are_refused(anna: Actor, heinrich: Actor, visit: str, start: datetime):
    with pytest.raises(Invalid):
        services.begin_visit(anna, visit, at=timezone.now() + timedelta(minutes=5))
    services.begin_visit(anna, visit, at=start)
    with pytest.raises(Invalid):
        services.finish_visit(anna, visit, at=start - timedelta(minutes=1))
    with pytest.raises(Invalid):
        services.plan_visit(anna, str(heinrich.patient), starts_at=start, ends_at=start)


@pytest.mark.parametrize("who", ["bernd", "david"])
def test_strangers_neither_plan_nor_begin(
    cast: dict[str, Actor], heinrich: Actor, visit: str, start: datetime, who: str
):
    stranger = cast[who]
    with pytest.raises(Missing):
        services.plan_visit(stranger, str(heinrich.patient), starts_at=start, ends_at=start + timedelta(minutes=5))
    for act in (services.begin_visit, services.finish_visit, services.cancel_visit):
        with pytest.raises(Missing):
            act(stranger, visit)
    assert queries.tour(stranger, timezone.localdate()) == []


def test_patients_plan_no_visits(heinrich: Actor, start: datetime):
    with pytest.raises(Denied):
        services.plan_visit(heinrich, str(heinrich.patient), starts_at=start, ends_at=start + timedelta(minutes=5))


def test_the_hand_over_reaches_the_team_and_ends_with_the_care_link(anna: Actor, clara: Actor, visit: str):
    services.hand_over(anna, visit, text="Knöchel geschwollen", cid=uuid4())
    thread = chat.open_thread(clara, HEINRICH)
    assert thread.head == 1
    network.end_link(anna, HEINRICH, organisation=str(anna.organisation))
    with pytest.raises(Missing):
        services.hand_over(anna, visit, text="Er hat Besuch", cid=uuid4())
    thread.refresh_from_db()
    assert thread.head == 1
