"""On-call duty: who answers for what, and when; by our services and by FHIR."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from patients.accounts.actor import Actor
from patients.errors import Denied, Invalid, Missing
from patients.network import queries, services
from patients.network.queries.staff import OnCall
from patients.network.resources import working
from tests.cast import ident
from tests.patients.network.conftest import Put

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

MOORLAND = ident("moorland")


@pytest.fixture
def night(anna: Actor) -> str:
    """The service that Moorland can be called at by night."""
    return services.offer_on_call(anna, name="Rufbereitschaft Pflege", phone="04499 2299").logical_id


def now() -> datetime:
    return timezone.localtime()


def seen_by(actor: Actor) -> tuple[OnCall, ...]:
    return queries.organisation_page(actor, MOORLAND).services


def test_anna_is_on_call_and_everybody_of_the_network_reads_it(anna: Actor, bernd: Actor, clara: Actor, night: str):
    services.take_turn(
        anna, service=night, person=str(anna.person), start=now() - timedelta(hours=1), end=now() + timedelta(hours=9)
    )
    for reader in (anna, bernd, clara):
        (service,) = seen_by(reader)
        assert (service.name, service.phone) == ("Rufbereitschaft Pflege", "04499 2299")
        assert [one.person for one in service.now] == ["Anna Siemer"]


def test_a_turn_that_is_over_or_to_come_is_not_now(anna: Actor, night: str):
    person = str(anna.person)
    services.take_turn(
        anna, service=night, person=person, start=now() - timedelta(days=2), end=now() - timedelta(days=1)
    )
    services.take_turn(
        anna, service=night, person=person, start=now() + timedelta(days=1), end=now() + timedelta(days=2)
    )
    (service,) = seen_by(anna)
    assert service.now == ()
    assert len(service.turns) == 1


def test_who_gives_a_running_turn_back_answers_no_longer(anna: Actor, night: str):
    turn = services.take_turn(
        anna, service=night, person=str(anna.person), start=now() - timedelta(hours=1), end=now() + timedelta(hours=9)
    )
    services.give_back_turn(anna, turn.logical_id)
    assert seen_by(anna)[0].turns == ()
    with pytest.raises(Missing):
        services.give_back_turn(anna, ident("nothing"))


@pytest.mark.parametrize("hours", [0, -1, 24 * 32])
def test_a_turn_has_a_sensible_length(anna: Actor, night: str, hours: int):
    start = now()
    with pytest.raises(Invalid):
        services.take_turn(
            anna, service=night, person=str(anna.person), start=start, end=start + timedelta(hours=hours)
        )


def test_a_service_is_staffed_by_its_own_people_and_entered_by_them(anna: Actor, bernd: Actor, night: str):
    turn = {"service": night, "start": now(), "end": now() + timedelta(hours=8)}
    with pytest.raises(Invalid):
        services.take_turn(anna, person=str(bernd.person), **turn)
    with pytest.raises(Denied):
        services.take_turn(bernd, person=str(bernd.person), **turn)
    with pytest.raises(Denied):
        services.end_on_call(bernd, night)
    assert seen_by(anna)[0].turns == ()


def test_a_service_that_is_offered_no_longer_is_gone_from_the_page(anna: Actor, night: str):
    services.end_on_call(anna, night)
    assert seen_by(anna) == ()


def test_a_turn_entered_by_fhir_is_the_same_turn_and_another_service_cannot(
    anna: Actor, bernd: Actor, night: str, by_fhir: Put
):
    entered = working.turn(night, str(anna.person), now() - timedelta(hours=1), now() + timedelta(hours=1))
    made = by_fhir(anna, entered)
    assert made.status_code == 201
    assert [one.person for one in seen_by(bernd)[0].now] == ["Anna Siemer"]
