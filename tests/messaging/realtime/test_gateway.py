"""One socket at the real server: who gets in, what frames are answered, what closes it."""

from __future__ import annotations

import contextlib
import json
import threading

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from messaging.realtime import commands, publish, topics
from patients.database import write
from patients.errors import Conflict, Denied, Missing
from tests.messaging.talk import Refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def registries(monkeypatch):
    """Commands and topics of a test end with it."""
    monkeypatch.setattr(commands, "_commands", dict(commands._commands))
    monkeypatch.setattr(topics, "_kinds", dict(topics._kinds))
    commands.register("echo", lambda socket, frame: {"said": frame.text("text", most=200_000)})


def stray(socket):
    """The answer to a frame whose id was not understood."""
    with pytest.raises(Refused) as refused:
        socket.end(None)
    return refused.value


# -- who gets in


@pytest.mark.realtime
def test_anna_gets_in_with_her_token(live, anna):
    with live.connect(anna) as socket:
        assert socket.raw.subprotocol == "telecare.v1"
        assert socket.ask("echo", text="hello") == {"said": "hello"}


@pytest.mark.parametrize("header", ["Bearer wrong", "Bearer ", "Basic YTpi"])
def test_a_stranger_is_told_to_sign_in(live, header):
    with live.stranger(Authorization=header) as socket:
        assert (socket.closed())[0] == 4401


def test_nobody_gets_in_without_anything(live):
    with live.stranger() as socket:
        assert (socket.closed())[0] == 4401


def test_a_token_that_was_taken_back_is_of_no_use(live, anna):
    anna.user.tokens.all().delete()
    with live.connect(anna) as socket:
        assert (socket.closed())[0] == 4401


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "https://{here}",
        "http://127.0.0.1:1",
        "javascript://{here}",
        "http://{here}.evil",
    ],
)
def test_another_site_is_refused_even_with_a_token(live, anna, origin):
    with live.connect(anna, origin=origin.format(here=live.address)) as socket:
        assert (socket.closed())[0] == 4403


def test_our_own_site_is_let_in(live, anna):
    with live.connect(anna, origin=f"http://{live.address}") as socket:
        assert socket.ask("echo", text="x") == {"said": "x"}


def test_cookies_count_only_with_an_origin_since_browsers_always_send_one(live):
    with live.stranger(Cookie="telecare=abc") as socket:
        assert (socket.closed())[0] == 4403


def test_an_unknown_path_is_no_socket(live, anna):
    with pytest.raises(InvalidStatus):
        with live.connect(anna, path="/elsewhere/"):
            pass


# -- tickets


def ticket_of(live, **headers) -> httpx.Response:
    return httpx.post(f"http://{live.address}/ws/ticket", headers=headers, timeout=60)


@pytest.mark.realtime
def test_a_ticket_opens_one_socket(live, anna):
    answer = ticket_of(live, Authorization=f"Bearer {anna.token}")
    assert answer.status_code == 201
    path = f"/ws/?ticket={answer.json()['ticket']}"
    with live.stranger(path=path) as socket:
        assert socket.ask("echo", text="x") == {"said": "x"}
    with live.stranger(path=path) as again:
        assert (again.closed())[0] == 4401


def test_a_stranger_gets_no_ticket(live):
    assert (ticket_of(live)).status_code == 401


def test_another_site_gets_no_ticket(live, anna):
    answer = ticket_of(live, Authorization=f"Bearer {anna.token}", Origin="http://evil.example")
    assert answer.status_code == 403


def test_a_made_up_ticket_opens_nothing(live):
    with live.stranger(path="/ws/?ticket=made-up") as socket:
        assert (socket.closed())[0] == 4401


# -- frames


@pytest.mark.parametrize(
    "text",
    [
        "not json", "", "[]", "17", '"do"', "null", "{}", '{"do": 3}', '{"do": ""}', '{"do": "unknown"}',
        '{"do": "echo", "text": NaN}', '{"do": "echo", "text": "\\ud800"}', "[" * 5000, '{"a":' * 20000,
        '{"do": "echo", "text": ' + "9" * 5000 + "}", '{"do": "echo"}', '{"do": "echo", "text": 7}',
        '{"do": "open"}', '{"do": "open", "topic": "nowhere:1"}', '{"do": "open", "topic": "me:1"}',
        '{"do": "open", "topic": "' + "x" * 500 + '"}', '{"do": "echo", "text": "' + "x" * 66000 + '"}',
    ],
)  # fmt: skip
def test_a_frame_that_cannot_be_used_is_answered_and_the_next_one_works(live, anna, text):
    with live.connect(anna) as socket:
        socket.raw.send(text)
        answer = stray(socket)
        assert answer.kind in {"invalid", "missing"}
        assert answer.text
        assert socket.ask("echo", text="still here") == {"said": "still here"}


def test_a_binary_frame_is_answered(live, anna):
    with live.connect(anna) as socket:
        socket.raw.send(b'{"id": 1, "do": "echo", "text": "x"}')
        assert stray(socket).kind == "invalid"


def test_a_frame_beyond_all_measure_closes_the_socket(live, anna):
    with live.connect(anna) as socket:
        # the head of a frame of 2 MiB, whose rest never comes: the server hangs up without waiting for it
        socket.raw.socket.sendall(b"\x81\xff" + (2 * 1024 * 1024).to_bytes(8, "big") + b"mask")
        assert (socket.closed())[0] == 1009


def test_signalling_may_send_longer_frames(live, anna):
    commands.register("signal", lambda socket, frame: {"length": len(frame.text("text", most=300_000))}, signal=True)
    with live.connect(anna) as socket:
        assert socket.ask("signal", text="x" * 200_000) == {"length": 200_000}
        socket.begin("signal", text="x" * 270_000)
        assert stray(socket).kind == "invalid"


def test_an_id_may_be_a_text_and_comes_back(live, anna):
    with live.connect(anna) as socket:
        socket.raw.send(json.dumps({"id": "first", "do": "echo", "text": "x"}))
        assert socket.end("first") == {"said": "x"}


@pytest.mark.parametrize(
    ("problem", "kind"), [(Denied("no"), "denied"), (Missing("no"), "missing"), (Conflict("no"), "conflict")]
)
def test_what_a_service_refuses_becomes_an_error_frame(live, anna, problem, kind):
    def refuse(socket, frame):
        raise problem

    commands.register("refuse", refuse)
    with live.connect(anna) as socket:
        with pytest.raises(Refused) as refused:
            socket.ask("refuse")
        assert (refused.value.kind, refused.value.text) == (kind, "no")


def test_a_fault_of_ours_is_told_without_its_words(live, anna):
    def fail(socket, frame):
        raise ZeroDivisionError("the name of a patient")

    commands.register("fail", fail)
    with live.connect(anna) as socket:
        with pytest.raises(Refused) as refused:
            socket.ask("fail")
        assert refused.value.kind == "failed"
        assert "patient" not in refused.value.text


def test_errors_are_in_the_language_that_was_chosen(live, anna):
    with live.stranger(Authorization=f"Bearer {anna.token}", Cookie="django_language=en") as socket:
        with pytest.raises(Refused, match="This command is unknown"):
            socket.ask("what")
        with pytest.raises(Refused, match="There is no such thread"):  # said in another thread of the server
            socket.ask("thread.of", patient="nobody")


def test_who_speaks_german_beside_somebody_with_another_language_reads_german(live, anna):
    with live.stranger(Authorization=f"Bearer {anna.token}", Cookie="django_language=en") as english:
        with live.stranger(Authorization=f"Bearer {anna.token}", Cookie="django_language=de") as german:
            for _ in range(20):  # whichever thread of the pool it is
                for socket, words in ((english, "There is no such thread"), (german, "Dieses Gespräch gibt es nicht")):
                    with pytest.raises(Refused, match=words):
                        socket.ask("thread.of", patient="nobody")


# -- pace


def test_who_floods_is_closed_and_told_when_to_come_back(live, anna):
    with live.connect(anna) as socket:
        with contextlib.suppress(ConnectionClosed):
            for _ in range(2000):
                socket.raw.send('{"do": "echo", "text": "x"}')
        code, reason = socket.closed()
        assert code == 4429
        assert reason.startswith("retry-after=")


def test_who_waits_for_answers_is_never_closed_for_being_fast(live, anna):
    with live.connect(anna) as socket:
        for number in range(300):
            assert socket.ask("echo", text=str(number)) == {"said": str(number)}


def test_signalling_does_not_wait_behind_other_commands(live, anna):
    release = threading.Event()
    commands.register("slow", lambda socket, frame: {"waited": release.wait(60)})

    commands.register("signal", lambda socket, frame: {"fast": True}, signal=True)
    with live.connect(anna) as socket:
        waiting = socket.begin("slow")
        assert socket.ask("signal") == {"fast": True}
        release.set()
        assert socket.end(waiting) == {"waited": True}


# -- topics without rows


@pytest.mark.realtime
def test_who_listens_hears_and_who_does_not_hears_nothing(live, anna, clara):
    with live.connect(anna) as one, live.connect(clara) as other:
        assert one.ask("open", topic="patient:heinrich") == {"head": None}
        with write():
            publish.on_commit(topics.patient("heinrich"), "measurement.new", id="m-1")
        assert one.hear() == {"on": "measurement.new", "topic": "patient:heinrich", "data": {"id": "m-1"}}
        other.ask("open", topic="me")
        publish(topics.me(clara.user.pk), "notice", id="n-1")
        assert other.hear()["on"] == "notice"  # and nothing before it


@pytest.mark.realtime
def test_what_was_undone_is_not_told(live, anna):
    with live.connect(anna) as socket:
        socket.ask("open", topic="patient:heinrich")
        with pytest.raises(ZeroDivisionError), write():
            publish.on_commit(topics.patient("heinrich"), "measurement.new", id="undone")
            raise ZeroDivisionError
        publish(topics.patient("heinrich"), "measurement.new", id="done")
        assert (socket.hear())["data"] == {"id": "done"}


def test_after_closing_a_topic_nothing_is_heard(live, anna):
    with live.connect(anna) as socket:
        socket.ask("open", topic="patient:heinrich")
        socket.ask("close", topic="patient:heinrich")
        publish(topics.patient("heinrich"), "measurement.new", id="m-1")
        socket.ask("open", topic="me")
        publish(topics.me(anna.user.pk), "notice", id="n-1")
        assert (socket.hear())["on"] == "notice"


@pytest.mark.parametrize("topic", ["patient:heinrich", "patient:nobody", "patient:"])
def test_bernd_cannot_listen_to_heinrich_and_learns_nothing(live, bernd, topic):
    with live.connect(bernd) as socket:
        with pytest.raises(Refused) as refused:
            socket.ask("open", topic=topic)
        assert (refused.value.kind, refused.value.text) == ("missing", "Dieses Thema gibt es nicht.")


@pytest.mark.realtime
def test_everyone_has_their_own_notices_only(live, anna, clara):
    with live.connect(anna) as one, live.connect(clara) as other:
        one.ask("open", topic="me")
        other.ask("open", topic="me")
        publish(topics.me(clara.user.pk), "notice", id="for Clara")
        publish(topics.me(anna.user.pk), "notice", id="for Anna")
        assert one.hear() == {"on": "notice", "topic": "me", "data": {"id": "for Anna"}}
        with pytest.raises(Refused):
            one.ask("open", topic=f"me:{clara.user.pk}")


def test_the_worklist_is_for_those_who_work_there(live, anna, bernd):
    with live.connect(anna) as one, live.connect(bernd) as other:
        assert one.ask("open", topic="worklist:moorland") == {"head": None}
        with pytest.raises(Refused, match="missing"):
            other.ask("open", topic="worklist:moorland")


def test_a_socket_listens_to_a_bounded_number_of_topics(live, anna, monkeypatch):
    monkeypatch.setattr("messaging.realtime.listening.MOST_TOPICS", 1)
    with live.connect(anna) as socket:
        socket.ask("open", topic="me")
        socket.ask("open", topic="me")
        with pytest.raises(Refused, match="invalid"):
            socket.ask("open", topic="patient:heinrich")
