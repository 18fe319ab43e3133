"""Heinrich's switches: who sees which part of his record."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from patients.access import Action, allowed
from patients.accounts.actor import Actor
from patients.errors import Denied, Invalid, Missing
from patients.network import queries, services
from patients.records.models import Document
from tests.cast import HEINRICH, IDA, ident

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

MARKT, LINDEN, IDAS = f"Organization/{ident('markt')}", f"Organization/{ident('linden')}", f"RelatedPerson/{IDA}"
BUT_MENTAL = {"clinical", "medication", "nursing", "chat"}


def sees(actor: Actor) -> set[str]:
    """The categories with a switch that somebody reads of others' records."""
    return {one for one in services.SWITCHED if allowed(actor, Action.READ, patient=HEINRICH, category=one)}


def in_force() -> list[queries.Line]:
    """What Heinrich's consents say now, without Ida's of the cast."""
    consents = Document.objects.filter(type="Consent", patient=HEINRICH)
    live = [one for one in queries.agreements(consents) if one.state is queries.State.LIVE]
    return [line for one in live for line in one.lines if line.whom != IDAS]


def test_heinrich_switches_the_thread_off_for_the_practice_and_on_again(heinrich: Actor, clara: Actor, anna: Actor):
    assert sees(clara) == BUT_MENTAL
    services.choose(heinrich, HEINRICH, whom=MARKT, categories=BUT_MENTAL - {"chat"})
    assert sees(clara) == BUT_MENTAL - {"chat"}
    assert "chat" in sees(anna)
    services.choose(heinrich, HEINRICH, whom=MARKT, categories=BUT_MENTAL)
    assert sees(clara) == BUT_MENTAL
    assert in_force() == []


def test_of_an_objection_to_several_things_only_one_is_taken_back(heinrich: Actor, clara: Actor):
    services.object_to(heinrich, HEINRICH, whom=MARKT, categories=["chat", "nursing", "medication"])
    services.choose(heinrich, HEINRICH, whom=MARKT, categories={"clinical", "nursing"})
    assert sees(clara) == {"clinical", "nursing"}
    (line,) = in_force()
    assert (line.permit, set(line.categories)) == (False, {"chat", "medication"})


def test_mental_health_is_opened_by_a_switch_and_shut_without_an_objection(heinrich: Actor, clara: Actor):
    services.choose(heinrich, HEINRICH, whom=MARKT, categories={*BUT_MENTAL, "mental"})
    assert "mental" in sees(clara)
    services.choose(heinrich, HEINRICH, whom=MARKT, categories=BUT_MENTAL)
    assert "mental" not in sees(clara)
    assert in_force() == []


def test_ida_is_shown_the_medicines_and_then_nothing_any_more(heinrich: Actor, ida: Actor):
    services.choose(heinrich, HEINRICH, whom=IDAS, categories={"clinical", "medication"})
    assert sees(ida) == {"clinical", "medication"}
    assert allowed(ida, Action.READ, patient=HEINRICH)
    services.choose(heinrich, HEINRICH, whom=IDAS, categories=set())
    assert sees(ida) == set()
    assert not allowed(ida, Action.READ, patient=HEINRICH)


def test_what_an_objection_to_everybody_keeps_shut_is_said_and_nothing_is_changed(heinrich: Actor, clara: Actor):
    services.object_to(heinrich, HEINRICH, categories=["chat"])
    with pytest.raises(Invalid):
        services.choose(heinrich, HEINRICH, whom=MARKT, categories=BUT_MENTAL)
    assert len(in_force()) == 1


def test_a_pharmacy_is_not_shown_what_its_care_link_is_not_for(heinrich: Actor):
    with pytest.raises(Invalid):
        services.choose(heinrich, HEINRICH, whom=LINDEN, categories={"medication", "chat", "clinical"})


def test_switches_are_the_persons_own(clara: Actor, ida: Actor, bernd: Actor, wilma: Actor):
    for actor, answer in ((clara, Denied), (ida, Denied), (bernd, Missing), (wilma, Missing)):
        with pytest.raises(answer):
            services.choose(actor, HEINRICH, whom=MARKT, categories=set())


def test_a_consent_with_an_end_keeps_it_when_a_part_is_taken_back(heinrich: Actor, ida: Actor):
    services.choose(heinrich, HEINRICH, whom=IDAS, categories=set())
    end = timezone.now() + timedelta(days=3)
    services.allow(heinrich, HEINRICH, whom=IDAS, categories=["administrative", "clinical", "nursing"], until=end)
    services.choose(heinrich, HEINRICH, whom=IDAS, categories={"clinical"})
    consents = Document.objects.filter(type="Consent", patient=HEINRICH)
    (live,) = [one for one in queries.agreements(consents) if one.state is queries.State.LIVE]
    assert live.lines[0].categories == ("administrative", "clinical")
    assert abs(live.lines[0].until - end) < timedelta(seconds=1)
