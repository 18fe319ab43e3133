"""Who else is here: told to those who ask, across processes, and forgotten when a process falls silent."""

from __future__ import annotations

import pytest

from messaging.realtime import bus, hub, topics
from messaging.realtime.presence import FORGOTTEN, Presence
from messaging.realtime.topics import Topic

pytestmark = pytest.mark.django_db(transaction=True)
ROOM = "room-of-a-test:1"
ANNA, CLARA = "Practitioner/anna", "Practitioner/clara"


@pytest.fixture(autouse=True)
def room(monkeypatch):
    monkeypatch.setattr(topics, "_kinds", dict(topics._kinds))
    topics.register("room-of-a-test", Topic(lambda actor, ident: None, presence=True))


def persons(socket):
    return socket.hear("presence")["data"]["persons"]


@pytest.mark.realtime
def test_anna_sees_clara_come_and_go(live, anna, clara):
    with live.connect(anna) as socket:
        socket.ask("open", topic=ROOM, presence=True)
        assert persons(socket) == [ANNA]
        with live.connect(clara) as other:
            other.ask("open", topic=ROOM, presence=True)
            assert persons(other) == persons(socket) == [ANNA, CLARA]
        assert persons(socket) == [ANNA]


def test_a_second_window_is_told_too_and_changes_nothing(live, anna):
    with live.connect(anna) as first, live.connect(anna) as second:
        first.ask("open", topic=ROOM, presence=True)
        assert persons(first) == [ANNA]
        second.ask("open", topic=ROOM, presence=True)
        assert persons(second) == [ANNA]


def test_who_does_not_ask_is_not_told(live, anna, clara):
    with live.connect(anna) as quiet, live.connect(clara) as other:
        quiet.ask("open", topic=ROOM)
        other.ask("open", topic=ROOM, presence=True)
        assert persons(other) == [ANNA, CLARA]
        live.on_loop(hub.running().tell_heads)
        assert quiet.hear()["on"] == "heads"  # and nothing before it


def test_somebody_in_another_process_counts_until_it_falls_silent(live, anna):
    with live.connect(anna) as socket:
        socket.ask("open", topic=ROOM, presence=True)
        assert persons(socket) == [ANNA]
        here = hub.running()
        watching: Presence = next(one.__self__ for one in here.watchers)
        here.hand_in(bus.Present("another process", ROOM, [CLARA]))
        assert persons(socket) == [ANNA, CLARA]
        live.on_loop(lambda: watching.beat(here.loop.time() + FORGOTTEN + 1))
        assert persons(socket) == [ANNA]
