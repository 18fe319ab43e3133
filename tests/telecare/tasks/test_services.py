"""Orders, reviews and their steps, by those who may and those who may not."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from patients.accounts.actor import Actor
from patients.database import numbers
from patients.errors import Conflict, Denied, Invalid, Missing
from telecare.tasks import queries, services
from telecare.tasks.resources import Kind
from telecare.vitals import services as vitals
from telecare.vitals.kinds import PULSE, WEIGHT
from telecare.vitals.resources import Bounds

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


@pytest.fixture
def order(clara: Actor, anna: Actor, heinrich: Actor) -> str:
    """Clara has ordered a photograph of the wound from Anna's service."""
    made = services.order(clara, str(heinrich.patient), text="Wundfoto machen", organisation=str(anna.organisation))
    return made.logical_id


def test_an_order_waits_for_the_organisation_and_not_for_others(anna: Actor, bernd: Actor, clara: Actor, order: str):
    assert [one.text for one in queries.worklist(anna)] == ["Wundfoto machen"]
    assert numbers(queries.open_count(anna), queries.open_count(bernd)) == [1, 0]
    assert queries.worklist(bernd) == []
    assert queries.worklist(clara) == []


def test_of_two_who_take_at_once_the_second_learns_it(anna: Actor, order: str):
    seen = queries.one(anna, order).version
    services.take(anna, order, version=seen)
    with pytest.raises(Conflict):
        services.take(anna, order, version=seen)
    assert queries.one(anna, order).taken_by == anna.person


def test_what_is_given_back_waits_for_anybody(anna: Actor, order: str):
    services.take(anna, order)
    services.give_back(anna, order)
    found = queries.one(anna, order)
    assert (found.status, found.taken_by) == ("requested", "")


def test_what_came_of_it_is_kept_and_a_closed_task_stays_closed(anna: Actor, clara: Actor, order: str):
    services.complete(anna, order, outcome="Foto liegt im Verlauf.")
    assert queries.one(clara, order).outcome == "Foto liegt im Verlauf."
    for step in (services.take, services.complete, services.cancel):
        with pytest.raises(Conflict):
            step(anna, order)


def test_declining_needs_a_reason(anna: Actor, clara: Actor, order: str):
    with pytest.raises(Invalid):
        services.decline(anna, order, reason="  ")
    assert queries.one(anna, order).status == "requested"
    services.decline(anna, order, reason="Kamera ist defekt.")
    found = queries.one(clara, order)
    assert (found.status, found.outcome) == ("rejected", "Kamera ist defekt.")


@pytest.mark.parametrize("who", ["bernd", "david", "wilma"])
def test_strangers_neither_order_nor_see_nor_take(
    cast: dict[str, Actor], anna: Actor, heinrich: Actor, order: str, who: str
):
    stranger = cast[who]
    with pytest.raises((Missing, Denied)):
        services.order(stranger, str(heinrich.patient), text="Hallo", organisation=str(anna.organisation))
    for step in (services.take, services.complete, services.cancel):
        with pytest.raises(Missing):
            step(stranger, order)
    with pytest.raises(Missing):
        queries.task_page(stranger, order)
    assert len(queries.worklist(anna)) == 1


def test_an_order_needs_words_and_a_moment_to_come(clara: Actor, anna: Actor, heinrich: Actor):
    patient, service = str(heinrich.patient), str(anna.organisation)
    with pytest.raises(Invalid):
        services.order(clara, patient, text=" ", organisation=service)
    with pytest.raises(Invalid):
        services.order(clara, patient, text="x" * 2001, organisation=service)
    with pytest.raises(Invalid):
        past = timezone.now() - timedelta(minutes=1)
        services.order(clara, patient, text="Wiegen", organisation=service, due_at=past)


def test_the_urgent_comes_first_then_what_is_due_soonest(clara: Actor, anna: Actor, heinrich: Actor):
    patient, service = str(heinrich.patient), str(anna.organisation)
    later, sooner = timezone.now() + timedelta(days=2), timezone.now() + timedelta(days=1)
    for text, more in (
        ("irgendwann", {}),
        ("später", {"due_at": later}),
        ("eilig", {"urgent": True}),
        ("bald", {"due_at": sooner}),
    ):
        services.order(clara, patient, text=text, organisation=service, **more)
    assert [one.text for one in queries.worklist(anna)] == ["eilig", "bald", "später", "irgendwann"]


def test_two_values_of_one_kind_join_one_review_and_another_kind_opens_its_own(
    clara: Actor, anna: Actor, heinrich: Actor
):
    patient, now = str(heinrich.patient), timezone.localtime()
    vitals.set_limit(clara, patient, kind=WEIGHT, bounds=[Bounds(None, Decimal(84))])
    vitals.set_limit(clara, patient, kind=PULSE, bounds=[Bounds(None, Decimal(90))])
    for value in ("84.6", "85.1"):
        vitals.record_measurement(anna, patient, kind=WEIGHT, values=[Decimal(value)], taken_at=now)
    vitals.record_measurement(anna, patient, kind=PULSE, values=[Decimal(95)], taken_at=now)
    reviews = queries.worklist(clara, kinds=[Kind.REVIEW])
    assert sorted(len(one.focus) for one in reviews) == [1, 2]


def test_a_value_after_a_finished_review_asks_for_a_new_one(clara: Actor, anna: Actor, heinrich: Actor):
    patient, now = str(heinrich.patient), timezone.localtime()
    vitals.set_limit(clara, patient, kind=WEIGHT, bounds=[Bounds(None, Decimal(84))])
    vitals.record_measurement(anna, patient, kind=WEIGHT, values=[Decimal("84.6")], taken_at=now)
    (first,) = queries.worklist(clara, kinds=[Kind.REVIEW])
    services.complete(clara, first.id)
    vitals.record_measurement(anna, patient, kind=WEIGHT, values=[Decimal("84.7")], taken_at=now)
    (second,) = queries.worklist(clara, kinds=[Kind.REVIEW])
    assert second.id != first.id
