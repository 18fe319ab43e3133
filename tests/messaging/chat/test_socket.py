"""The thread at the socket: in order, each once, live and after an absence; nothing that was confirmed is lost."""

from __future__ import annotations

import json
import uuid

import pytest
from django.utils import timezone

from messaging.chat import services
from messaging.chat.models import Mark, Message, Thread
from messaging.realtime import bus, hub, publish
from patients.access.models import Right
from tests.messaging.talk import Refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def thread(live, anna) -> Thread:
    return services.open_thread(anna.actor, "heinrich")


@pytest.fixture
def topic(thread) -> str:
    return f"thread:{thread.pk}"


def say(person, thread, text="Guten Morgen") -> int:
    return services.send(person.actor, thread.pk, cid=uuid.uuid4(), text=text).seq


def heard(socket, number):
    return [socket.hear("thread.message") for _ in range(number)]


@pytest.mark.realtime
def test_anna_writes_and_clara_hears_it_at_once(live, anna, clara, thread, topic):
    cid = str(uuid.uuid4())
    with live.connect(anna) as one, live.connect(clara) as other:
        assert other.ask("open", topic=topic) == {"head": 0, "epoch": thread.epoch}
        assert one.ask("thread.send", thread=str(thread.pk), cid=cid, text="Guten Morgen") == {"seq": 1, "cid": cid}
        event = other.hear("thread.message")
        sent_at = event["data"].pop("sent_at")
        assert sent_at.endswith("Z")
        assert event == {
            "on": "thread.message", "topic": topic, "seq": 1,
            "data": {
                "cid": cid, "text": "Guten Morgen",
                "sender": {
                    "person": "Practitioner/anna", "name": "Anna Siemer", "role": "nurse", "organisation": "moorland"
                },
            },
        }  # fmt: skip


def test_the_author_hears_it_too_in_every_window(live, anna, thread, topic):
    with live.connect(anna) as one, live.connect(anna) as other:
        one.ask("open", topic=topic)
        other.ask("open", topic=topic)
        one.ask("thread.send", thread=str(thread.pk), cid=str(uuid.uuid4()), text="x")
        assert one.hear("thread.message")["seq"] == other.hear("thread.message")["seq"] == 1


@pytest.mark.realtime
def test_a_resend_after_a_lost_answer_gets_the_first_seq_and_is_heard_once(live, anna, clara, thread, topic):
    cid = str(uuid.uuid4())
    with live.connect(clara) as listener:
        listener.ask("open", topic=topic)
        for _ in range(2):
            with live.connect(anna) as socket:
                assert socket.ask("thread.send", thread=str(thread.pk), cid=cid, text="x")["seq"] == 1
        say(anna, thread, "next")
        assert [event["data"]["text"] for event in heard(listener, 2)] == ["x", "next"]


@pytest.mark.realtime
def test_what_was_missed_comes_first_in_order_then_what_is_new(live, anna, clara, thread, topic):
    for number in range(1, 6):
        say(anna, thread, str(number))
    with live.connect(clara) as socket:
        assert socket.ask("open", topic=topic, after=2)["head"] == 5
        say(anna, thread, "6")
        assert [(event["seq"], event["data"]["text"]) for event in heard(socket, 4)] == [
            (3, "3"), (4, "4"), (5, "5"), (6, "6")
        ]  # fmt: skip


def test_without_after_only_what_is_new_comes(live, anna, clara, thread, topic):
    say(anna, thread, "before")
    with live.connect(clara) as socket:
        socket.ask("open", topic=topic)
        say(anna, thread, "after")
        assert socket.hear("thread.message")["data"]["text"] == "after"


@pytest.mark.realtime
def test_a_long_absence_is_made_up_for_completely(live, anna, clara, thread, topic):
    drafts = [services.line_up(anna.actor, thread.pk, cid=uuid.uuid4(), text=str(number)) for number in range(900)]
    for draft in drafts:
        draft.result()
    with live.connect(clara) as socket:
        socket.ask("open", topic=topic, after=0)
        assert [event["seq"] for event in heard(socket, 900)] == list(range(1, 901))


@pytest.mark.realtime
def test_opening_while_others_write_loses_and_doubles_nothing(live, anna, clara, thread, topic):
    futures = []
    with live.connect(clara) as socket:
        for number in range(300):
            futures.append(services.line_up(anna.actor, thread.pk, cid=uuid.uuid4(), text=str(number)))
            if number % 30 == 0:
                socket.begin("open", topic=topic, after=0)
        last = socket.begin("open", topic=topic, after=0)
        for future in futures:
            future.result()
        socket.end(last)
        socket.forget()  # what the openings before gave
        assert [event["seq"] for event in heard(socket, 300)] == list(range(1, 301))


@pytest.mark.realtime
def test_after_a_restore_the_client_is_told_to_begin_anew(live, anna, clara, thread, topic):
    say(anna, thread, "kept")
    with live.connect(clara) as socket:
        socket.ask("open", topic=topic, after=1, epoch="of another life")
        reset = socket.hear()
        assert (reset["on"], reset["topic"], reset["data"]["head"]) == ("reset", topic, 1)
        assert socket.hear("thread.message")["data"]["text"] == "kept"


def test_who_knows_more_than_the_server_is_told_to_begin_anew(live, anna, clara, thread, topic):
    with live.connect(clara) as socket:
        socket.ask("open", topic=topic, after=7)
        assert socket.hear()["on"] == "reset"


@pytest.mark.realtime
def test_a_hint_that_was_lost_is_noticed_at_the_next_heads(live, anna, clara, thread, topic):
    with live.connect(clara) as socket:
        socket.ask("open", topic=topic)
        from messaging.chat import commit

        commit.store([commit.Draft(thread.pk, anna.actor, uuid.uuid4(), "never told")])
        live.on_loop(hub.running().tell_heads)
        heard = set()
        while not heard >= {"heads", "thread.message"}:
            heard.add(socket.hear()["on"])


def test_heads_name_the_topics_of_this_socket_only(live, anna, clara, thread, topic):
    with live.connect(anna) as one, live.connect(clara) as other:
        one.ask("open", topic=topic)
        other.ask("open", topic="me")
        live.on_loop(hub.running().tell_heads)
        assert one.hear("heads")["data"] == {topic: 0}
        assert other.hear("heads")["data"] == {}


@pytest.mark.realtime
def test_a_hint_without_content_makes_the_server_read_the_row(live, anna, clara, thread, topic):
    from messaging.chat import commit

    with live.connect(clara) as socket:
        socket.ask("open", topic=topic)
        commit.store([commit.Draft(thread.pk, anna.actor, uuid.uuid4(), "written elsewhere")])
        publish(topic, "thread.message", seq=1)
        assert socket.hear("thread.message")["data"]["text"] == "written elsewhere"


@pytest.mark.realtime
def test_hints_that_come_twice_or_out_of_order_change_nothing(live, anna, clara, thread, topic):
    from messaging.chat import commit

    with live.connect(clara) as socket:
        socket.ask("open", topic=topic)
        for text in ("1", "2", "3"):
            commit.store([commit.Draft(thread.pk, anna.actor, uuid.uuid4(), text)])
        for seq in (3, 1, 2, 3, 1):
            publish(topic, "thread.message", seq=seq)
        say(anna, thread, "4")
        assert [event["seq"] for event in heard(socket, 4)] == [1, 2, 3, 4]


@pytest.mark.realtime
def test_after_the_broker_was_away_everyone_catches_up(live, anna, clara, thread, topic):
    from messaging.chat import commit

    with live.connect(clara) as socket:
        socket.ask("open", topic=topic)
        commit.store([commit.Draft(thread.pk, anna.actor, uuid.uuid4(), "missed")])
        hub.running().hand_in(bus.Resync())
        assert socket.hear()["on"] == "resync"
        assert socket.hear("thread.message")["data"]["text"] == "missed"


@pytest.mark.realtime
def test_bernd_can_neither_open_nor_write_nor_read_marks(live, bernd, thread, topic):
    with live.connect(bernd) as socket:
        for do, fields in (
            ("open", {"topic": topic}),
            ("open", {"topic": f"thread:{uuid.uuid4()}"}),
            ("open", {"topic": "thread:not-a-uuid"}),
            ("thread.send", {"thread": str(thread.pk), "cid": str(uuid.uuid4()), "text": "x"}),
            ("thread.read", {"thread": str(thread.pk), "seq": 1}),
            ("thread.of", {"patient": "heinrich"}),
            ("thread.of", {"patient": "nobody"}),
        ):
            with pytest.raises(Refused) as refused:
                socket.ask(do, **fields)
            assert (refused.value.kind, refused.value.text) == ("missing", "Dieses Gespräch gibt es nicht.")
    assert not Message.objects.exists()


@pytest.mark.realtime
def test_when_the_care_link_ends_the_next_message_is_neither_sent_nor_heard(live, anna, clara, thread, topic):
    from patients import events
    from patients.database import write

    with live.connect(anna) as socket:
        socket.ask("open", topic=topic)
        Right.objects.filter(organisation="moorland").delete()
        with write():
            events.emit("access.changed", patient="heinrich", organisation="moorland", person="")
        assert socket.hear("closed")["topic"] == topic
        say(clara, thread, "not for Anna any more")
        with pytest.raises(Refused, match="missing"):
            socket.ask("thread.send", thread=str(thread.pk), cid=str(uuid.uuid4()), text="x")


@pytest.mark.parametrize(
    "fields",
    [
        {"thread": "7f", "cid": "x", "text": "x"}, {"cid": str(uuid.uuid4()), "text": "x"}, {"text": "x"},
        {"thread": 1, "cid": 2, "text": 3}, {"thread": "t", "cid": str(uuid.uuid4()), "text": {"a": "b"}},
    ],
)  # fmt: skip
def test_a_broken_message_is_refused_in_words(live, anna, thread, fields):
    fields = {**({"thread": str(thread.pk)} if fields.get("thread") == "t" else {}), **fields}
    with live.connect(anna) as socket:
        with pytest.raises(Refused) as refused:
            socket.ask("thread.send", **fields)
        assert refused.value.kind in {"invalid", "missing"}


@pytest.mark.realtime
def test_a_hundred_messages_sent_without_waiting_keep_their_order(live, anna, thread, topic):
    with live.connect(anna) as socket:
        numbers = [
            socket.begin("thread.send", thread=str(thread.pk), cid=str(uuid.uuid4()), text=str(number))
            for number in range(100)
        ]
        assert [socket.end(number)["seq"] for number in numbers] == list(range(1, 101))
    texts = [json.loads(json.dumps(event.data["text"])) for event in since(thread)]
    assert texts == [str(number) for number in range(100)]


def since(thread):
    from messaging.chat import queries

    return queries.since(str(thread.pk), 0, 1000)


@pytest.mark.realtime
def test_read_marks_are_told_to_the_others(live, anna, clara, thread, topic):
    say(anna, thread)
    with live.connect(anna) as one, live.connect(clara) as other:
        one.ask("open", topic=topic)
        assert other.ask("thread.read", thread=str(thread.pk), seq=1) == {"seq": 1}
        assert one.hear() == {"on": "thread.read", "topic": topic, "data": {"person": "Practitioner/clara", "seq": 1}}


@pytest.mark.realtime
@pytest.mark.parametrize("fields", [{}, {"after": 0}, {"after": 1}], ids=["anew", "from the beginning", "resumed"])
def test_what_was_read_while_anna_did_not_listen_she_hears_when_she_does(live, anna, clara, thread, topic, fields):
    say(anna, thread)
    services.read_up_to(clara.actor, Thread.objects.get(), 1)
    with live.connect(anna) as socket:
        socket.ask("open", topic=topic, **fields)
        assert socket.hear("thread.read")["data"] == {"person": "Practitioner/clara", "seq": 1}


@pytest.mark.realtime
def test_a_mark_that_the_broker_lost_is_heard_when_it_is_back(live, anna, clara, thread, topic):
    say(anna, thread)
    with live.connect(anna) as socket:
        socket.ask("open", topic=topic)
        Mark.objects.create(thread=thread, account=clara.user, seq=1, at=timezone.now())  # and nobody is told
        hub.running().hand_in(bus.Resync())
        assert socket.hear("thread.read")["data"] == {"person": "Practitioner/clara", "seq": 1}
