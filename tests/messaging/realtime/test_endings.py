"""What ends a socket or one of its topics: rights that end, a restart, a line that is silent or takes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from messaging.realtime import commands, hub, publish, topics
from messaging.realtime.vigil import SILENT, Vigil
from patients import events
from patients.access.endings import Ended, ended_between
from patients.access.models import Right
from patients.accounts import services as accounts
from patients.accounts import sessions
from patients.accounts.models import Membership
from patients.accounts.sessions import SessionStore
from patients.database import write
from tests.messaging.conftest import runs_out, signed_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def echo(monkeypatch):
    """A command of these tests' own."""
    monkeypatch.setattr(commands, "_commands", dict(commands._commands))
    commands.register("echo", lambda socket, frame: {"said": frame.text("text", most=200_000)})


# -- rights that end


@pytest.mark.realtime
def test_deactivation_closes_the_socket(live, anna):
    with live.connect(anna) as socket:
        socket.ask("open", topic="me")
        anna.user.is_active = False
        anna.user.save()
        with write():
            events.emit("account.cut", account=anna.user.pk, session=None)
        assert (socket.closed())[0] == 4401


def test_a_cut_that_concerns_another_session_leaves_this_one(live, anna):
    with live.connect(anna) as socket:
        with write():
            events.emit("account.cut", account=anna.user.pk, session="another")
        assert socket.ask("echo", text="still here") == {"said": "still here"}


@pytest.mark.realtime
def test_the_end_of_a_care_link_ends_the_topic_and_keeps_the_socket(live, anna):
    with live.connect(anna) as socket:
        socket.ask("open", topic="patient:heinrich")
        Right.objects.filter(organisation="moorland").delete()
        with write():
            events.emit("access.changed", patient="heinrich", organisation="moorland", person="")
        event = socket.hear("closed")
        assert event["topic"] == "patient:heinrich"
        assert event["data"]["kind"] == "missing"
        publish(topics.patient("heinrich"), "measurement.new", id="secret")
        socket.ask("open", topic="me")
        publish(topics.me(anna.user.pk), "notice", id="n-1")
        assert (socket.hear())["on"] == "notice"


@pytest.mark.realtime
def test_a_change_of_rights_leaves_those_who_keep_them(live, anna):
    with live.connect(anna) as socket:
        socket.ask("open", topic="patient:heinrich")
        with write():
            events.emit("access.changed", patient="heinrich", organisation="other", person="")
        publish(topics.patient("heinrich"), "measurement.new", id="m-1")
        assert (socket.hear())["data"] == {"id": "m-1"}


@pytest.mark.realtime
def test_signing_out_closes_the_sockets_of_the_session(live, anna):
    key = signed_in(anna)
    cookie = f"telecare={key}"
    with live.stranger(origin=f"http://{live.address}", Cookie=cookie) as socket:
        assert socket.ask("echo", text="x") == {"said": "x"}
        name = sessions.name_of(key)
        SessionStore(session_key=key).flush()
        accounts.sign_out(replace(anna.actor, session=name))
        assert socket.closed()[0] == 4401


@pytest.mark.realtime
def test_signing_out_everywhere_closes_the_sockets_of_all_browsers_and_programs(live, anna, bernd):
    cookies = [f"telecare={signed_in(anna)}" for _ in range(2)]
    browsers = [live.stranger(origin=f"http://{live.address}", Cookie=cookie) for cookie in cookies]
    with browsers[0] as desk, browsers[1] as phone, live.connect(anna) as program, live.connect(bernd) as other:
        for socket in (desk, phone, program, other):
            assert socket.ask("echo", text="x") == {"said": "x"}
        accounts.sign_out_everywhere(anna.actor)
        assert {socket.closed()[0] for socket in (desk, phone, program)} == {4401}
        assert other.ask("echo", text="x") == {"said": "x"}


@pytest.mark.realtime
def test_a_right_whose_time_runs_out_ends_the_topic_though_nobody_was_told(live, anna, clara):
    with live.connect(anna) as socket, live.connect(clara) as other:
        for one in (socket, other):
            one.ask("open", topic="patient:heinrich")
        runs_out(Right.objects.filter(organisation="moorland"))
        assert socket.hear("closed")["topic"] == "patient:heinrich"
        publish(topics.patient("heinrich"), "measurement.new", id="m-1")
        assert other.hear()["data"] == {"id": "m-1"}


@pytest.mark.realtime
def test_a_function_whose_time_runs_out_closes_the_socket(live, anna):
    with live.connect(anna) as socket:
        assert socket.ask("echo", text="x") == {"said": "x"}
        runs_out(Membership.objects.filter(person=anna.user.person))
        assert socket.closed()[0] == 4401


def test_between_two_looks_nothing_is_forgotten_and_nothing_found_twice(live, anna):
    end = timezone.now() - timedelta(minutes=1)
    Right.objects.filter(organisation="moorland").update(until=end)
    Membership.objects.update(until=end)
    found = ended_between(end - timedelta(seconds=1), end)
    assert (found.patients, found.persons) == ({"heinrich"}, {anna.user.person})
    assert ended_between(end, end + timedelta(seconds=1)) == Ended(frozenset(), frozenset())


# -- the line


@pytest.mark.realtime
def test_a_restart_asks_everyone_to_come_back(live, anna):
    with live.connect(anna) as socket:
        socket.ask("open", topic="me")
        live.server.should_exit = True
        code, reason = socket.closed()
        assert code == 1012
        assert "restart" in reason


def test_who_sends_heartbeats_and_stops_is_let_go(live, anna):
    with live.connect(anna) as socket:
        socket.ask("ping")
        here = hub.running()
        live.on_loop(Vigil(here).let_go, here.loop.time() + SILENT / 2)
        socket.ask("echo", text="still here")
        live.on_loop(Vigil(here).let_go, here.loop.time() + SILENT + 1)
        assert (socket.closed())[0] == 4009


def test_who_never_sends_heartbeats_is_kept(live, anna):
    with live.connect(anna) as socket:
        socket.ask("echo", text="x")
        here = hub.running()
        live.on_loop(Vigil(here).let_go, here.loop.time() + 10 * SILENT)
        assert socket.ask("echo", text="still here") == {"said": "still here"}


def test_a_browser_that_hangs_is_closed_and_stops_nobody(live, anna, clara):
    with live.connect(clara) as hanging, live.connect(anna) as reading:
        hanging.ask("open", topic="patient:heinrich")
        reading.ask("open", topic="patient:heinrich")
        for number in range(1200):  # more than buffers of the system and ours together take
            publish(topics.patient("heinrich"), "measurement.new", data={"id": "x" * 30_000, "number": number})
            assert reading.hear()["data"]["number"] == number
        assert hanging.closed()[0] == 4408
