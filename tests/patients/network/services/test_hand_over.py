"""Handing a patient over, standing in, accepting: by our services and by FHIR."""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from patients.access import Action, allowed, repository
from patients.accounts.actor import Actor
from patients.errors import Denied, Invalid, Missing
from patients.network import handing, queries, services
from patients.network.resources import Basis, teams, treatment
from patients.network.resources.teams import CareLink
from tests.cast import HEINRICH, ident
from tests.patients.network.conftest import Put

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

SONNENHOF, MOORLAND, MARKT = (ident(one) for one in ("sonnenhof", "moorland", "markt"))


def informed(by: Actor) -> Basis:
    return treatment(timezone.localtime(), str(by.person))


def on(days: int) -> datetime:
    """Noon some days from now."""
    day = timezone.localdate() + timedelta(days=days)
    return datetime.combine(day, time(12), timezone.get_current_timezone())


def sees(actor: Actor, days: int = 0) -> bool:
    at = on(days) if days else None
    return allowed(actor, Action.READ, patient=HEINRICH, category="nursing", at=at)


def link_of(organisation: str) -> CareLink:
    (found,) = [
        part
        for one in queries.care_teams(HEINRICH)
        for part in teams.care_links(one.content)
        if part.organisation == organisation
    ]
    return found


def test_both_services_act_until_the_day_and_the_new_one_alone_from_then_on(anna: Actor, bernd: Actor):
    day = timezone.localdate() + timedelta(days=5)
    services.hand_over(anna, HEINRICH, to=SONNENHOF, on=day, bases=[informed(anna)])
    assert (sees(anna), sees(bernd)) == (True, True)
    assert (sees(anna, days=4), sees(bernd, days=4)) == (True, True)
    assert (sees(anna, days=5), sees(bernd, days=5)) == (False, True)
    end = timezone.localtime(link_of(MOORLAND).span.until)
    assert (end.date(), end.time().isoformat("milliseconds")) == (day - timedelta(days=1), "23:59:59.999")


def test_who_has_handed_over_does_not_take_it_back_alone(anna: Actor, bernd: Actor):
    services.hand_over(
        anna, HEINRICH, to=SONNENHOF, on=timezone.localdate() + timedelta(days=5), bases=[informed(anna)]
    )
    with pytest.raises(Denied, match="nicht selbst"):
        services.start_link(anna, HEINRICH, organisation=MOORLAND, bases=[informed(anna)])
    services.start_link(bernd, HEINRICH, organisation=MOORLAND, bases=[informed(bernd)])
    assert sees(anna, days=9)


@pytest.mark.parametrize("days", [0, -1])
def test_a_hand_over_is_for_a_day_to_come(anna: Actor, bernd: Actor, days: int):
    with pytest.raises(Invalid):
        services.hand_over(anna, HEINRICH, to=SONNENHOF, on=timezone.localdate() + timedelta(days=days))
    assert not sees(bernd)
    assert link_of(MOORLAND).span.until.year == 9999


def test_strangers_and_oneself_are_no_ends_of_a_hand_over(anna: Actor, bernd: Actor):
    with pytest.raises(Invalid):
        services.hand_over(anna, HEINRICH, to=MOORLAND, on=timezone.localdate() + timedelta(days=5))
    with pytest.raises(Denied):
        services.hand_over(bernd, HEINRICH, to=MARKT, on=timezone.localdate() + timedelta(days=5))


def test_a_second_practice_stands_in_for_the_holidays(clara: Actor, david: Actor):
    with pytest.raises(Invalid, match="bis wann"):
        services.start_link(clara, HEINRICH, organisation=str(david.organisation), stands_in_for=MARKT)
    services.start_link(
        clara,
        HEINRICH,
        organisation=str(david.organisation),
        bases=[informed(clara)],
        until=on(14),
        stands_in_for=MARKT,
    )
    assert (sees(david), sees(david, days=13), sees(david, days=15)) == (True, True, False)
    assert link_of(str(david.organisation)).stands_in_for == MARKT


def test_the_invited_service_accepts_and_the_team_reads_it(anna: Actor, clara: Actor, bernd: Actor):
    services.start_link(anna, HEINRICH, organisation=SONNENHOF, bases=[informed(anna)], asks=True)
    assert link_of(SONNENHOF).needs_accepting
    services.accept_link(bernd, HEINRICH)
    link = link_of(SONNENHOF)
    assert (link.needs_accepting, link.accepted_by) == (False, bernd.person)
    with pytest.raises(Missing):
        services.accept_link(bernd, HEINRICH)
    with pytest.raises(Missing):
        services.accept_link(anna, HEINRICH)  # she began it herself
    assert sees(bernd)


def test_nobody_accepts_for_others_by_fhir(anna: Actor, bernd: Actor, by_fhir: Put):
    made = services.start_link(anna, HEINRICH, organisation=SONNENHOF, bases=[informed(anna)], asks=True)
    now = timezone.localtime()
    for actor, by in ((anna, anna), (anna, bernd), (bernd, anna)):
        said = teams.accepted(made.content, SONNENHOF, by=str(by.person), on=now)
        assert by_fhir(actor, said).status_code == 403
    said = teams.accepted(made.content, SONNENHOF, by=str(bernd.person), on=now)
    assert by_fhir(bernd, said).status_code == 200
    assert link_of(SONNENHOF).accepted_by == bernd.person
    with_more = repository(bernd).read("CareTeam", made.logical_id).content
    assert by_fhir(bernd, {**with_more, "name": "Unser Team"}).status_code == 403


def test_the_invited_service_declines_by_ending_it(anna: Actor, bernd: Actor):
    services.start_link(anna, HEINRICH, organisation=SONNENHOF, bases=[informed(anna)])
    services.end_link(bernd, HEINRICH, organisation=SONNENHOF)
    assert not sees(bernd)


def test_an_end_that_was_set_is_not_put_off(anna: Actor):
    services.end_link(anna, HEINRICH, organisation=MOORLAND, at=on(3))
    services.end_link(anna, HEINRICH, organisation=MOORLAND, at=on(9))
    assert (sees(anna, days=2), sees(anna, days=4)) == (True, False)


# -- a hand-over that does not come about


def handed(anna: Actor, days: int = 5) -> None:
    day = timezone.localdate() + timedelta(days=days)
    services.hand_over(anna, HEINRICH, to=SONNENHOF, on=day, bases=[informed(anna)])


def decline_by_fhir(bernd: Actor, by_fhir: Put) -> int:
    (team,) = [one for one in queries.care_teams(HEINRICH) if SONNENHOF in json.dumps(one.content)]
    content = repository(bernd).read("CareTeam", team.logical_id).content
    return int(by_fhir(bernd, {**content, "status": "inactive"}).status_code)


def test_declined_the_old_service_cares_on_as_before(anna: Actor, bernd: Actor):
    handed(anna)
    assert not sees(anna, days=9)
    services.end_link(bernd, HEINRICH, organisation=SONNENHOF)
    assert (sees(anna, days=9), sees(bernd)) == (True, False)
    assert link_of(MOORLAND).span.until.year == 9999


def test_declined_through_fhir_it_is_the_same(anna: Actor, bernd: Actor, by_fhir: Put):
    handed(anna)
    assert decline_by_fhir(bernd, by_fhir) == 200
    assert (sees(anna, days=9), sees(bernd)) == (True, False)


def test_when_heinrich_does_not_want_the_new_service_the_old_one_cares_on(anna: Actor, heinrich: Actor):
    handed(anna)
    services.end_link(heinrich, HEINRICH, organisation=SONNENHOF)
    assert sees(anna, days=9)


def test_who_takes_its_own_hand_over_back_does_not_put_its_end_off_alone(anna: Actor, bernd: Actor):
    handed(anna)
    services.end_link(anna, HEINRICH, organisation=SONNENHOF)
    assert (sees(anna), sees(anna, days=9), sees(bernd)) == (True, False, False)


def test_an_earlier_end_that_was_set_for_another_reason_stays(anna: Actor, bernd: Actor):
    services.end_link(anna, HEINRICH, organisation=MOORLAND, at=on(3))
    handed(anna)
    services.end_link(bernd, HEINRICH, organisation=SONNENHOF)
    assert (sees(anna, days=2), sees(anna, days=4)) == (True, False)


def test_accepted_first_and_ended_later_brings_nobody_back(anna: Actor, bernd: Actor):
    handed(anna)
    services.accept_link(bernd, HEINRICH)
    services.end_link(bernd, HEINRICH, organisation=SONNENHOF)
    assert not sees(anna, days=9)


def test_an_invitation_that_is_no_hand_over_is_declined_and_nothing_follows(anna: Actor, bernd: Actor):
    services.start_link(anna, HEINRICH, organisation=SONNENHOF, bases=[informed(anna)], asks=True)
    services.end_link(anna, HEINRICH, organisation=MOORLAND, at=on(5))
    services.end_link(bernd, HEINRICH, organisation=SONNENHOF)
    assert not sees(anna, days=9)


def test_after_the_day_it_is_not_declined_any_more(anna: Actor, bernd: Actor, monkeypatch: pytest.MonkeyPatch):
    handed(anna)
    monkeypatch.setattr(handing, "timezone", SimpleNamespace(now=lambda: on(6)))
    services.end_link(bernd, HEINRICH, organisation=SONNENHOF)
    assert not sees(anna, days=9)
