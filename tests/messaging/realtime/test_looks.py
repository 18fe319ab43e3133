"""Rights are looked at while somebody is being let in, or while they are being looked at already.

Nobody slips through, and whoever is put out hears the last word.
"""

from __future__ import annotations

import threading
import time

import pytest
from django.utils import timezone

from messaging.realtime import bus, commands, gateway, hub, publish, topics
from patients import events
from patients.accounts.models import Membership, User
from patients.database import write
from patients.errors import Missing

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.realtime]
TOPIC = "ward:7"


@pytest.fixture(autouse=True)
def registries(monkeypatch):
    """Commands and topics of a test end with it."""
    monkeypatch.setattr(commands, "_commands", dict(commands._commands))
    monkeypatch.setattr(topics, "_kinds", dict(topics._kinds))


class Ward:
    """A topic whose rights end when a test says so."""

    def __init__(self) -> None:
        self.over = False
        self.asked = lambda: None
        self.told = lambda: None

    def authorize(self, actor, ident):
        if self.over:
            raise Missing("over")
        self.asked()

    def ended(self, actor, ident):
        self.told()


@pytest.fixture
def ward() -> Ward:
    made = Ward()
    topics.register("ward", topics.Topic(made.authorize, ended=made.ended))
    return made


def test_the_second_look_does_not_take_the_line_before_the_first_has_told_the_last_word(live, anna, ward):
    second = threading.Event()

    def tell():
        if second.is_set():
            return
        ward.told = second.set
        if second.wait(1):  # where two look at once, the second would be through before
            while TOPIC in hub.running().lines:
                pass
        publish(TOPIC, "last.word", id="1")

    ward.told = tell
    with live.connect(anna) as socket:
        socket.ask("open", topic=TOPIC)
        ward.over = True
        for _ in range(2):
            hub.running().hand_in(bus.Changed())
        assert [socket.hear()["on"], socket.hear()["on"]] == ["last.word", "closed"]


def test_whose_right_ends_while_a_topic_is_opened_is_put_out_at_once(live, anna, ward):
    def end():
        ward.asked = lambda: None
        ward.over = True
        hub.running().hand_in(bus.Changed())
        live.settled()

    ward.asked = end
    with live.connect(anna) as socket:
        socket.ask("open", topic=TOPIC)
        assert socket.hear()["on"] == "closed"


def test_who_is_cut_off_while_connecting_is_closed_at_once(live, anna, monkeypatch):
    asked = gateway.actor_of

    def cut_off(credential):
        actor = asked(credential)
        monkeypatch.setattr(gateway, "actor_of", asked)
        User.objects.filter(pk=anna.user.pk).update(is_active=False)
        with write():
            events.emit("account.cut", account=anna.user.pk, session=None)
        live.settled()
        return actor

    monkeypatch.setattr(gateway, "actor_of", cut_off)
    with live.connect(anna) as socket:
        assert socket.closed()[0] == 4401


def test_whose_time_runs_out_while_connecting_as_the_first_is_closed_at_once(live, anna, monkeypatch):
    asked = gateway.actor_of

    def out_of_time(credential):
        actor = asked(credential)
        monkeypatch.setattr(gateway, "actor_of", asked)
        Membership.objects.filter(person=anna.user.person).update(until=timezone.now())
        here, looks, until = hub.running(), hub.running().looks, time.monotonic() + 5
        while here.looks == looks and time.monotonic() < until:  # the hub looks each second
            pass
        return actor

    monkeypatch.setattr(gateway, "actor_of", out_of_time)
    with live.connect(anna) as socket:
        assert socket.closed()[0] == 4401


def test_nothing_is_heard_of_a_topic_that_ended_while_it_was_opened(live, anna, ward):
    """The head is read between being let in and hearing: what gathers until then is dropped with the right."""

    def end(ident):
        publish(TOPIC, "news", id="1")
        ward.over = True
        hub.running().hand_in(bus.Changed())
        live.settled()
        return topics.Head(0, "")

    topics.register("ward", topics.Topic(ward.authorize, end, lambda ident, after, limit: []))
    with live.connect(anna) as socket:
        socket.ask("open", topic=TOPIC)
        assert socket.hear()["on"] == "closed"
        socket.ask("open", topic="me")
        publish(topics.me(anna.user.pk), "notice", id="1")
        assert socket.hear()["on"] == "notice"
