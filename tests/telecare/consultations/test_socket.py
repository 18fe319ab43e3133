"""Rooms and waiting over real sockets: who is heard by whom, at a server process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cast import HEINRICH
from tests.messaging.talk import Refused
from tests.telecare.consultations.live import Server, serving
from tests.telecare.consultations.process import PASSWORD
from tests.visiting import Visitor

OFFER = {"description": {"type": "offer", "sdp": "v=0\r\n", "number": 1}}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("rooms") / "data") as running:
        yield running


def somebody(server: Server, name: str) -> Visitor:
    return Visitor(server.url, name, PASSWORD)


def called_in(anna: Visitor) -> str:
    """Anna calls Clara's practice in; the id of the consultation."""
    answer = anna.post(f"/patients/{HEINRICH}/consultation/")
    return answer.headers["Location"].split("/")[-2]


def test_a_signal_reaches_the_one_it_is_for_in_the_name_of_who_sent_it(server):
    with somebody(server, "anna") as anna, somebody(server, "clara") as clara:
        room = called_in(anna)
        with anna.talk() as kitchen, clara.talk() as practice:
            first = kitchen.ask("room.join", room=room)
            second = practice.ask("room.join", room=room)
            assert [other["name"] for other in second["others"]] == ["Anna Siemer"]
            joined = kitchen.hear("room.joined")
            assert joined["data"] == {"peer": second["peer"], "role": "doctor"}  # no name over the broker
            practice.ask("room.signal", room=room, to=first["peer"], **{"from": "somebody else"}, **OFFER)
            assert kitchen.hear("room.signal")["data"] == {"from": second["peer"], **OFFER}
            names = {other["name"] for other in kitchen.ask("room.who", room=room)["others"]}
            assert names == {"Anna Siemer", "Dr. Clara Voss"}


def test_a_new_socket_takes_the_seat_and_gets_what_was_missed(server):
    with somebody(server, "anna") as anna, somebody(server, "clara") as clara:
        room = called_in(anna)
        with clara.talk() as practice:
            with anna.talk() as kitchen:
                seat = kitchen.ask("room.join", room=room)
                practice.ask("room.join", room=room)
            practice.ask("room.alive", room=room)
            with anna.talk() as kitchen:
                again = kitchen.ask("room.join", room=room, peer=seat["peer"], token=seat["token"])
                assert (again["resumed"], again["peer"]) == (True, seat["peer"])
                assert practice.hear("room.back")["data"] == {"peer": seat["peer"]}
                practice.ask("room.signal", room=room, to=seat["peer"], **OFFER)
                assert kitchen.hear("room.signal")["data"]["description"] == OFFER["description"]


def test_bernd_and_david_hear_and_enter_nothing(server):
    with somebody(server, "anna") as anna:
        room = called_in(anna)
    for name in ("bernd", "david"):
        with somebody(server, name) as stranger, stranger.talk() as socket:
            for command in ("room.join", "room.who", "room.end", "waiting.wait", "waiting.look", "waiting.leave"):
                with pytest.raises(Refused, match="missing"):
                    socket.ask(command, room=room)
            with pytest.raises(Refused, match="missing"):
                socket.ask("room.admit", room=room, visitor="account:1")
            for topic in (f"room:{room}", f"room:{room}/p1"):
                with pytest.raises(Refused, match="missing"):
                    socket.ask("open", topic=topic)
            socket.ask("room.leave", room=room)  # leaving where one is not is no error, and changes nothing


@pytest.mark.parametrize(
    "signal",
    [
        {},
        {"description": {"type": "offer", "number": 1, "sdp": "v" * 200_000}},
        {"candidates": [{"candidate": "x"}] * 10_000},
        {"candidates": [7]},
    ],
    ids=["nothing", "an SDP of 200 KB", "10,000 candidates", "a number"],
)
def test_hostile_signals_are_refused_and_the_socket_stays(server, signal):
    with somebody(server, "anna") as anna:
        room = called_in(anna)
        with anna.talk() as socket:
            socket.ask("room.join", room=room)
            with pytest.raises(Refused, match="invalid"):
                socket.ask("room.signal", room=room, to="p1", **signal)
            socket.ask("room.alive", room=room)


def test_the_waiting_room_and_the_seats_outlive_a_restart(tmp_path: Path):
    with serving(tmp_path / "data") as first:
        with somebody(first, "anna") as anna, somebody(first, "clara") as clara:
            room = called_in(anna)
            with anna.talk() as kitchen:
                seat = kitchen.ask("room.join", room=room)
            assert clara.get("/consultations/").text.count(f"{room}/begin/") == 1
        first.popen.kill()  # as if the power failed
        first.popen.wait()
    with serving(tmp_path / "data") as second:
        with somebody(second, "clara") as clara, somebody(second, "anna") as anna:
            assert clara.get("/consultations/").text.count(f"{room}/begin/") == 1
            with anna.talk() as kitchen:
                assert kitchen.ask("room.join", room=room, peer=seat["peer"], token=seat["token"])["resumed"]
