"""Book, call in, hand over, change the medium, close: from both sides."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from patients.access import repository
from patients.accounts.actor import Actor
from patients.errors import Conflict, Denied, Invalid, Missing
from patients.network import services as network
from patients.network.resources import treatment
from patients.records.models import Document
from telecare.consultations import services
from telecare.consultations.models import Consultation, Medium, Waiting
from telecare.consultations.queries import parties
from telecare.consultations.resources import meeting
from telecare.consultations.resources.meeting import FollowUp
from telecare.tasks import queries as tasks
from telecare.tasks.resources import Kind
from tests.cast import HEINRICH
from tests.telecare.consultations.conftest import DEICHWEG, MARKT, MOORLAND, enter

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


def encounter(actor: Actor, consultation: str) -> meeting.Meeting:
    return meeting.read(repository(actor).read("Encounter", consultation).content)


def test_clara_books_heinrich_and_the_card_says_so(clara, consultation):
    card = parties.card(consultation)
    assert (card.patient, card.organisation, card.status, card.medium) == (HEINRICH, MARKT, "planned", Medium.OWN)
    appointment = repository(clara).read("Appointment", card.appointment).content
    assert (appointment["status"], appointment["description"]) == ("booked", "Kontrolle")
    assert card.doctor == clara.person


def test_anna_calls_the_practice_in_and_waits_in_its_queue(anna, clara, home_visit_call):
    card = parties.card(home_visit_call)
    assert (card.organisation, card.caller, card.status) == (MARKT, MOORLAND, "arrived")
    waiting = Waiting.objects.get(consultation=home_visit_call)
    assert (waiting.organisation, waiting.visitor) == (MARKT, f"account:{anna.account}")
    assert encounter(clara, home_visit_call).patient == HEINRICH


@pytest.mark.parametrize("stranger", ["bernd", "david", "karl", "dora", "admin", "ida", "wilma"])
def test_strangers_neither_book_nor_call_in_nor_touch_it(cast, consultation, stranger):
    them = cast[stranger]
    later = timezone.now() + timedelta(hours=1)
    for attempt in (
        lambda: services.book(them, HEINRICH, starts_at=later),
        lambda: services.call_in(them, HEINRICH, organisation=MARKT),
        lambda: services.cancel(them, consultation),
        lambda: services.switch_medium(them, consultation, Medium.TELEPHONE),
        lambda: services.hand_over(them, consultation, organisation=DEICHWEG),
        lambda: services.close(them, consultation, FollowUp.NONE),
        lambda: services.claim(them, consultation),
        lambda: services.end_call(them, consultation),
        lambda: services.reopen(them, consultation),
        lambda: services.agree(them, consultation, "Heinrich Brandt"),
        lambda: enter(them, consultation),
        lambda: services.wait(them, consultation),
        lambda: services.look(them, consultation),
        lambda: services.admit(them, consultation, "account:1"),
        lambda: services.save_draft(them, consultation, {"findings": "x"}),
        lambda: services.sign(them, consultation),
        lambda: services.order(them, consultation, text="x", organisation=MOORLAND),
        lambda: services.read_back(them, consultation, "t"),
        lambda: services.correct(them, consultation),
    ):
        with pytest.raises(Missing):
            attempt()
    assert parties.card(consultation).status == "planned"


def test_heinrich_himself_does_not_book_or_close(heinrich, consultation):
    with pytest.raises(Missing):
        services.book(heinrich, HEINRICH, starts_at=timezone.now() + timedelta(hours=1))
    with pytest.raises(Missing):
        services.close(heinrich, consultation, FollowUp.NONE)


def test_a_time_that_has_passed_is_refused(clara):
    with pytest.raises(Invalid):
        services.book(clara, HEINRICH, starts_at=timezone.now() - timedelta(hours=1))
    with pytest.raises(Invalid):
        services.book(clara, HEINRICH, starts_at=timezone.now() + timedelta(hours=1), minutes=500)


def test_an_external_room_needs_its_address(clara, consultation):
    with pytest.raises(Invalid):
        services.switch_medium(clara, consultation, Medium.EXTERNAL, room="javascript:alert(1)")
    services.switch_medium(clara, consultation, Medium.EXTERNAL, room="https://video.example/markt")
    assert encounter(clara, consultation).room == "https://video.example/markt"
    services.switch_medium(clara, consultation, Medium.TELEPHONE)
    assert (encounter(clara, consultation).medium, encounter(clara, consultation).room) == (Medium.TELEPHONE, "")


def test_with_another_medium_the_room_of_ours_is_shut(clara, consultation):
    services.switch_medium(clara, consultation, Medium.TELEPHONE)
    with pytest.raises(Conflict):
        enter(clara, consultation)
    services.claim(clara, consultation)
    assert encounter(clara, consultation).status == "in-progress"


def test_handing_over_moves_the_queue_and_keeps_the_place(anna, clara, home_visit_call):
    services.claim(clara, home_visit_call)
    arrived = Waiting.objects.get(consultation=home_visit_call).arrived_at
    services.hand_over(clara, home_visit_call, organisation=MOORLAND)
    waiting = Waiting.objects.get(consultation=home_visit_call)
    assert (waiting.organisation, waiting.arrived_at) == (MOORLAND, arrived)
    assert parties.card(home_visit_call).organisation == MOORLAND


def test_nobody_books_calls_in_or_hands_over_to_a_practice_that_does_not_care_for_heinrich(
    anna, clara, home_visit_call
):
    later, before = timezone.now() + timedelta(hours=1), Document.objects.count()
    for attempt in (
        lambda: services.book(clara, HEINRICH, starts_at=later, organisation=DEICHWEG),
        lambda: services.call_in(anna, HEINRICH, organisation=DEICHWEG),
        lambda: services.hand_over(clara, home_visit_call, organisation=DEICHWEG),
        lambda: services.order(clara, home_visit_call, text="Wiegen", organisation=DEICHWEG),
    ):
        with pytest.raises(Denied, match="zuerst ins Versorgungsteam"):
            attempt()
    assert Document.objects.count() == before
    assert Waiting.objects.get(consultation=home_visit_call).organisation == MARKT
    assert parties.card(home_visit_call).organisation == MARKT


def test_once_it_cares_for_him_it_is_handed_over(clara, david, home_visit_call):
    network.start_link(clara, HEINRICH, organisation=DEICHWEG, bases=[treatment(timezone.localtime(), clara.person)])
    services.hand_over(clara, home_visit_call, organisation=DEICHWEG, doctor=david.person)
    assert parties.card(home_visit_call).organisation == DEICHWEG
    network.end_link(clara, HEINRICH, organisation=DEICHWEG)
    with pytest.raises(Denied):
        services.book(clara, HEINRICH, starts_at=timezone.now() + timedelta(hours=1), organisation=DEICHWEG)


def test_a_consultation_is_called_off_before_it_begins_and_not_after(clara, consultation, home_visit_call):
    services.cancel(clara, consultation)
    assert parties.card(consultation).over
    with pytest.raises(Conflict):
        services.close(clara, consultation, FollowUp.NONE)
    enter(clara, home_visit_call)
    with pytest.raises(Conflict):
        services.cancel(clara, home_visit_call)


def test_the_end_needs_a_choice_and_missing_parts_become_tasks_of_today(anna, clara, home_visit_call):
    enter(clara, home_visit_call)
    services.close(clara, home_visit_call, FollowUp.NONE)
    assert encounter(clara, home_visit_call).follow_up is FollowUp.NONE
    found = {task.owner: task for task in tasks.of_encounter(clara, home_visit_call)}
    assert set(found) == {f"Organization/{MARKT}", f"Organization/{MOORLAND}"}
    assert {task.kind for task in found.values()} == {Kind.NOTE_PART}
    today = timezone.localdate()
    assert all(task.due_at and timezone.localdate(task.due_at) - today <= timedelta(days=1) for task in found.values())
    with pytest.raises(Conflict):
        services.close(clara, home_visit_call, FollowUp.VIDEO)


def test_any_other_choice_is_work_for_the_practice(clara, consultation):
    enter(clara, consultation)
    services.close(clara, consultation, FollowUp.HOME_VISIT)
    orders = [task for task in tasks.of_encounter(clara, consultation) if task.kind is Kind.ORDER]
    assert [task.owner for task in orders] == [f"Organization/{MARKT}"]


def test_the_cards_are_rebuilt_from_the_documents(clara, consultation):
    from telecare.consultations import projections

    before = Consultation.objects.get(id=consultation)
    projections.forget()
    document = repository(clara).read("Encounter", consultation)
    projections.card(document, document.content, None)
    after = Consultation.objects.get(id=consultation)
    assert [getattr(after, one.name) for one in after._meta.fields] == [
        getattr(before, one.name) for one in before._meta.fields
    ]
