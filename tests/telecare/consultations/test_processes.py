"""A consultation over two server processes that share PostgreSQL and a broker, and one of which is killed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.cast import HEINRICH, ident
from tests.messaging.talk import PATIENCE, Refused
from tests.servers import broker, postgresql
from tests.telecare.consultations.live import Server, serving
from tests.telecare.consultations.process import PASSWORD
from tests.visiting import Visitor

OFFER = {"description": {"type": "offer", "sdp": "v=0\r\n", "number": 1}}
ANSWER = {"description": {"type": "answer", "sdp": "v=0\r\n", "number": 1}}

Environment = dict[str, str]


@pytest.fixture(scope="module")
def shared() -> Iterator[Environment]:
    """What both processes stand on."""
    with postgresql() as database, broker() as redis:
        yield {"DATABASE_URL": database, "REDIS_URL": redis}


@pytest.fixture(scope="module")
def village(shared: Environment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The process that Anna's browser talks to."""
    with serving(tmp_path_factory.mktemp("village") / "data", **shared) as running:
        yield running


@pytest.fixture
def town(village: Server, shared: Environment, tmp_path: Path) -> Iterator[Server]:
    """The other one, where Clara's is. A test may kill it."""
    with serving(tmp_path / "data", **shared) as running:
        yield running


@contextmanager
def people(server: Server, *names: str) -> Iterator[list[Visitor]]:
    """Signed in at this process."""
    with ExitStack() as stack:
        yield [stack.enter_context(Visitor(server.url, name, PASSWORD)) for name in names]


def called_in(anna: Visitor) -> str:
    answer = anna.post(f"/patients/{HEINRICH}/consultation/")
    return answer.headers["Location"].split("/")[-2]


def test_nurse_patient_and_doctor_wait_meet_and_end_at_two_processes(village, town):
    with people(village, "anna", "heinrich") as (anna, heinrich), people(town, "clara") as (clara,):
        with clara.talk() as practice:
            practice.ask("open", topic=f"waiting:{ident('markt')}")
            room = called_in(anna)
            practice.hear("waiting.changed")
            assert clara.get("/consultations/").text.count(f"{room}/begin/") == 1
            with anna.talk() as kitchen, heinrich.talk() as bedroom:
                bedroom.ask("open", topic=f"room:{room}")
                assert bedroom.ask("waiting.wait", room=room, sound=True, picture=True)["state"] == "waiting"
                with pytest.raises(Refused, match="denied"):
                    bedroom.ask("room.join", room=room)
                annas, claras = kitchen.ask("room.join", room=room), practice.ask("room.join", room=room)
                assert [one["name"] for one in claras["others"]] == ["Anna Siemer"]
                assert kitchen.hear("room.joined")["data"] == {"peer": claras["peer"], "role": "doctor"}
                bedroom.forget()
                practice.ask("room.admit", room=room, visitor=who_waits(clara, room))
                bedroom.hear("waiting.changed")
                admitted = {"state": "admitted", "place": 0, "by": "Dr. Clara Voss"}
                assert bedroom.ask("waiting.look", room=room) == admitted
                heinrichs = bedroom.ask("room.join", room=room)
                for socket in (kitchen, practice):
                    assert socket.hear("room.joined")["data"] == {"peer": heinrichs["peer"], "role": "patient"}

                kitchen.ask("room.signal", room=room, to=claras["peer"], **OFFER)
                assert practice.hear("room.signal")["data"] == {"from": annas["peer"], **OFFER}
                practice.ask("room.signal", room=room, to=annas["peer"], **ANSWER)
                assert kitchen.hear("room.signal")["data"] == {"from": claras["peer"], **ANSWER}

                practice.ask("room.end", room=room)
                for socket, seat in ((kitchen, annas), (bedroom, heinrichs)):
                    assert socket.hear("room.ended")["topic"] == f"room:{room}/{seat['peer']}"
                    with pytest.raises(Refused, match="gone"):
                        socket.ask("room.join", room=room, peer=seat["peer"], token=seat["token"])


def test_of_two_doctors_who_admit_at_once_one_does_and_the_other_reads_who_was_faster(village, town):
    with people(village, "anna", "heinrich", "jonas") as (anna, heinrich, jonas), people(town, "clara") as (clara,):
        with heinrich.talk() as bedroom, jonas.talk() as one, clara.talk() as other:
            for _ in range(5):
                room = called_in(anna)
                bedroom.ask("waiting.wait", room=room)
                visitor = who_waits(clara, room)
                numbers = {name: at.begin("room.admit", room=room, visitor=visitor) for name, at in
                           (("Dr. Jonas Wessel", one), ("Dr. Clara Voss", other))}  # fmt: skip
                admitted, refused = [], []
                for at, (name, number) in zip((one, other), numbers.items(), strict=True):
                    try:
                        at.end(number)
                        admitted.append(name)
                    except Refused as problem:
                        refused.append(problem)
                assert (len(admitted), [problem.kind for problem in refused]) == (1, ["conflict"])
                assert refused[0].text.startswith(f"Übernommen von {admitted[0]} ")
                assert bedroom.ask("waiting.look", room=room)["by"] == admitted[0]
                one.ask("room.end", room=room)


def test_when_a_process_is_killed_the_seat_is_taken_again_at_the_other(village, town):
    with people(village, "anna") as (anna,), people(town, "clara") as (clara,):
        room = called_in(anna)
        with anna.talk() as kitchen:
            annas = kitchen.ask("room.join", room=room)
            with clara.talk() as practice:
                claras = practice.ask("room.join", room=room)
                town.popen.kill()
                assert practice.closed()[0] == 1006
            # nobody could say that Clara's line is gone: the seat waits, and what is said to it now is lost
            assert set(kitchen.ask("room.alive", room=room)["peers"]) == {annas["peer"], claras["peer"]}
            kitchen.ask("room.signal", room=room, to=claras["peer"], **OFFER)
            with clara.talk(village.url) as practice:
                again = practice.ask("room.join", room=room, peer=claras["peer"], token=claras["token"])
                assert (again["resumed"], again["peer"]) == (True, claras["peer"])
                assert again["incomplete"]  # which she is told, and negotiates anew
                assert kitchen.hear("room.back")["data"] == {"peer": claras["peer"]}
                practice.ask("room.signal", room=room, to=annas["peer"], **OFFER)
                assert kitchen.hear("room.signal")["data"] == {"from": claras["peer"], **OFFER}
                practice.ask("room.end", room=room)
                assert kitchen.hear("room.ended")


def test_when_a_process_is_stopped_what_was_said_meanwhile_is_handed_over_at_the_other(village, town):
    with people(village, "anna") as (anna,), people(town, "clara") as (clara,):
        room = called_in(anna)
        with anna.talk() as kitchen:
            annas = kitchen.ask("room.join", room=room)
            with clara.talk() as practice:
                claras = practice.ask("room.join", room=room)
                town.popen.terminate()
                assert practice.closed()[0] == 1012
            town.popen.wait(PATIENCE)
            kitchen.ask("room.signal", room=room, to=claras["peer"], **OFFER)
            with clara.talk(village.url) as practice:
                again = practice.ask("room.join", room=room, peer=claras["peer"], token=claras["token"])
                assert again["missed"] == [{"on": "room.signal", "data": {"from": annas["peer"], **OFFER}}]
                assert (again["resumed"], again["incomplete"]) == (True, False)
                practice.ask("room.end", room=room)


def test_a_right_that_ends_at_one_process_takes_the_seat_at_the_other(village, town):
    with people(village, "anna") as (anna,), people(town, "clara") as (clara,):
        room = called_in(anna)
        with anna.talk() as kitchen, clara.talk() as practice:
            annas, claras = kitchen.ask("room.join", room=room), practice.ask("room.join", room=room)
            anna.post("/sign-out/")
            assert kitchen.closed()[0] == 4401
            assert practice.hear("room.left")["data"] == {"peer": annas["peer"]}
            assert practice.ask("room.alive", room=room) == {"peers": [claras["peer"]]}
            practice.ask("room.end", room=room)


def who_waits(clara: Visitor, room: str) -> str:
    """The one who waits to be let in, as the page's form names them."""
    page = clara.get(f"/consultations/{room}/visitors/").text
    return page.partition('name="visitor" value="')[2].partition('"')[0]
