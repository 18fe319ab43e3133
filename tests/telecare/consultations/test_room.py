"""The rules of a room, with people in it. No server, no clock, no loop."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest

from telecare.consultations import room as rules
from telecare.consultations.room import GRACE, MOST_MEMBERS, Message, Reason, Refused, Room, Visitor, Welcome

CLARA = Visitor("account:1", "doctor", "Dr. Clara Voss", host=True)
ANNA = Visitor("account:2", "nurse", "Anna Siemer", host=True)
HEINRICH = Visitor("invitation:3", "patient", "Heinrich Brandt")
IDA = Visitor("invitation:4", "relative", "Ida Brandt")
MIA = Visitor("account:5", "practice-assistant", "Mia Thole", host=True)
ERNA = Visitor("invitation:6", "patient", "Erna Tabeling")

OFFER = {"description": {"type": "offer", "sdp": "v=0\r\n", "number": 1}}
CANDIDATE = {"candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ host", "sdpMid": "0", "sdpMLineIndex": 0}

_numbers = itertools.count(1)


def enter(room: Room, who: Visitor, now: float = 0.0) -> tuple[Welcome, list[Message]]:
    number = next(_numbers)
    return room.enter(who, peer=f"p{number}", token=f"t{number}", line=f"l{number}", now=now)


def resume(room: Room, seat: Welcome, now: float, token: str | None = None, line: str = "new") -> Any:
    member = seat.member
    return room.resume(
        member.visitor, peer=member.peer, token=member.token if token is None else token, line=line, now=now
    )


def signal(room: Room, seat: Welcome, to: str, what: dict[str, Any] = OFFER) -> list[Message]:
    return room.signal(seat.member.peer, seat.member.line, to, what)


def candidates(count: int, length: int = 0) -> dict[str, Any]:
    line = CANDIDATE["candidate"] + "x" * length  # type: ignore[operator]
    return {"candidates": [{**CANDIDATE, "candidate": line}] * count}


def why(refused: pytest.ExceptionInfo[Refused]) -> Reason:
    return refused.value.reason


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
def clara(room: Room) -> Welcome:
    return enter(room, CLARA)[0]


@pytest.fixture
def heinrich(room: Room, clara: Welcome) -> Welcome:
    room.admit(CLARA, HEINRICH.key)
    return enter(room, HEINRICH)[0]


class TestEntering:
    def test_clara_needs_no_admission_to_her_own_room(self, room):
        welcome, said = enter(room, CLARA)
        assert welcome.member.visitor == CLARA
        assert (welcome.others, said) == ([], [])

    def test_heinrich_waits_until_he_is_let_in(self, room, clara):
        with pytest.raises(Refused) as refused:
            enter(room, HEINRICH)
        assert why(refused) is Reason.NOT_ADMITTED
        assert list(room.members) == [clara.member.peer]

    def test_who_is_let_in_learns_who_is_there_and_they_learn_of_the_newcomer(self, room, clara):
        room.admit(CLARA, HEINRICH.key)
        welcome, said = enter(room, HEINRICH)
        assert [other.visitor for other in welcome.others] == [CLARA]
        assert said == [Message(clara.member.peer, "room.joined", {"peer": welcome.member.peer, "role": "patient"})]

    def test_the_newcomer_is_registered_before_anybody_hears_of_it(self, room, clara, heinrich):
        assert signal(room, clara, heinrich.member.peer)

    def test_letting_heinrich_in_does_not_let_ida_in(self, room, heinrich):
        with pytest.raises(Refused) as refused:
            enter(room, IDA)
        assert why(refused) is Reason.NOT_ADMITTED

    def test_only_a_host_lets_people_in(self, room, heinrich):
        with pytest.raises(Refused) as refused:
            room.admit(HEINRICH, IDA.key)
        assert why(refused) is Reason.NOT_THE_HOST
        assert IDA.key not in room.admitted

    def test_a_fifth_person_is_told_that_the_room_is_full(self, room, heinrich):
        room.admit(CLARA, IDA.key)
        room.admit(CLARA, ERNA.key)
        enter(room, IDA)
        enter(room, ANNA)
        assert len(room.members) == MOST_MEMBERS
        with pytest.raises(Refused) as entering:
            enter(room, ERNA)
        with pytest.raises(Refused) as letting_in:
            room.admit(CLARA, "invitation:9")
        with pytest.raises(Refused) as host:
            enter(room, MIA)
        assert {why(entering), why(letting_in), why(host)} == {Reason.FULL}

    def test_in_a_full_room_who_is_inside_may_still_change_the_device(self, room, heinrich):
        room.admit(CLARA, IDA.key)
        enter(room, IDA)
        enter(room, ANNA)
        room.admit(CLARA, HEINRICH.key)
        again, _ = enter(room, HEINRICH)
        assert len(room.members) == MOST_MEMBERS
        assert again.member.peer in room.members

    def test_heinrich_takes_his_seat_to_the_tablet_and_the_phone_is_told(self, room, clara, heinrich):
        tablet, said = enter(room, HEINRICH)
        old = heinrich.member.peer
        assert said == [
            Message(old, "room.replaced", {}),
            Message(clara.member.peer, "room.left", {"peer": old}),
            Message(clara.member.peer, "room.joined", {"peer": tablet.member.peer, "role": "patient"}),
        ]
        assert old not in room.members


class TestSignalling:
    def test_an_offer_reaches_the_one_it_is_for(self, room, clara, heinrich):
        (said,) = signal(room, heinrich, clara.member.peer)
        assert said == Message(clara.member.peer, "room.signal", {"from": heinrich.member.peer, **OFFER})

    def test_nobody_speaks_in_another_name(self, room, clara, heinrich):
        (said,) = signal(room, heinrich, clara.member.peer, {**OFFER, "from": "somebody else", "role": "doctor"})
        assert said.data == {"from": heinrich.member.peer, **OFFER}

    def test_candidates_travel_together_and_carry_nothing_else(self, room, clara, heinrich):
        sent = {"candidates": [{**CANDIDATE, "extra": 1}, {"candidate": ""}]}
        (said,) = signal(room, heinrich, clara.member.peer, sent)
        empty = {"candidate": "", "sdpMid": None, "sdpMLineIndex": None, "usernameFragment": None}
        assert said.data["candidates"] == [{**CANDIDATE, "usernameFragment": None}, empty]

    def test_a_peer_who_has_left_hears_nothing_and_nobody_hears_themselves(self, room, heinrich):
        assert signal(room, heinrich, "p0") == []
        assert signal(room, heinrich, heinrich.member.peer) == []

    def test_a_stranger_is_no_member(self, room, clara):
        with pytest.raises(Refused) as refused:
            room.signal("p0", "l0", clara.member.peer, OFFER)
        assert why(refused) is Reason.NOT_A_MEMBER

    def test_a_socket_whose_seat_was_taken_elsewhere_is_no_member(self, room, clara, heinrich):
        old = heinrich.member.line
        resume(room, heinrich, now=1.0)
        with pytest.raises(Refused) as speaking:
            room.signal(heinrich.member.peer, old, clara.member.peer, OFFER)
        with pytest.raises(Refused) as living:
            room.alive(heinrich.member.peer, old, 2.0)
        assert why(speaking) is why(living) is Reason.NOT_A_MEMBER

    @pytest.mark.parametrize(
        "what",
        [
            {"description": {"type": "offer", "number": 1, "sdp": "v" * (rules.LONGEST_SDP + 1)}},
            candidates(rules.MOST_CANDIDATES + 1),
            candidates(1, length=rules.LONGEST_CANDIDATE),
        ],
        ids=["a description of 96 KiB", "forty-one candidates at once", "a candidate of 2 KiB"],
    )
    def test_what_is_too_long_is_refused(self, room, clara, heinrich, what):
        with pytest.raises(Refused) as refused:
            signal(room, heinrich, clara.member.peer, what)
        assert why(refused) is Reason.TOO_LONG

    @pytest.mark.parametrize(
        "what",
        [
            {},
            {"description": "v=0"},
            {"description": {"type": "offer", "sdp": 5, "number": 1}},
            {"description": {"type": "hello", "sdp": "v=0", "number": 1}},
            {"description": {"type": "rollback", "sdp": "", "number": 1}},
            {"description": {"type": "offer", "sdp": "v=0"}},
            {"description": {"type": "offer", "sdp": "v=0", "number": 0}},
            {"description": {"type": "offer", "sdp": "v=0", "number": True}},
            {"description": {"type": "offer", "sdp": "v=0", "number": 1.5}},
            {"description": {"type": "offer", "sdp": "v=0", "number": rules.MOST_OFFERS}},
            {"wish": "everything"},
            {"wish": ["restart"]},
            {"wish": "restart", "candidates": []},
            {**OFFER, "candidates": []},
            {"candidates": "candidate:1"},
            {"candidates": ["candidate:1"]},
            {"candidates": [{"candidate": 7}]},
            {"candidates": [{**CANDIDATE, "sdpMid": 0}]},
            {"candidates": [{**CANDIDATE, "usernameFragment": []}]},
            {"candidates": [{**CANDIDATE, "sdpMLineIndex": "0"}]},
            {"candidates": [{**CANDIDATE, "sdpMLineIndex": True}]},
            {"candidates": [{**CANDIDATE, "sdpMLineIndex": 64}]},
        ],
    )
    def test_what_is_no_signal_is_refused(self, room, clara, heinrich, what):
        with pytest.raises(Refused) as refused:
            signal(room, heinrich, clara.member.peer, what)
        assert why(refused) is Reason.NOT_A_SIGNAL

    @pytest.mark.parametrize("wish", ["restart", "change"])
    def test_who_does_not_offer_may_ask_for_an_offer(self, room, clara, heinrich, wish):
        (said,) = signal(room, heinrich, clara.member.peer, {"wish": wish})
        assert said.data == {"from": heinrich.member.peer, "wish": wish}


class TestALostLine:
    def test_the_seat_waits_and_what_was_said_meanwhile_is_kept(self, room, clara, heinrich):
        assert room.lost(heinrich.member.peer, heinrich.member.line, now=10.0)
        assert not room.can_hear(heinrich.member.peer)
        assert signal(room, clara, heinrich.member.peer) == []
        back, said = resume(room, heinrich, now=22.0)
        assert back.missed == [
            Message(heinrich.member.peer, "room.signal", {"from": clara.member.peer, **OFFER}),
        ]
        assert not back.incomplete
        assert said == [Message(clara.member.peer, "room.back", {"peer": heinrich.member.peer})]
        assert room.can_hear(heinrich.member.peer)

    def test_what_was_missed_is_told_once(self, room, clara, heinrich):
        room.lost(heinrich.member.peer, heinrich.member.line, now=10.0)
        signal(room, clara, heinrich.member.peer)
        resume(room, heinrich, now=11.0)
        again, _ = resume(room, heinrich, now=12.0)
        assert again.missed == []

    def test_anybody_can_be_spoken_to_who_is_not_known_to_be_away(self, room, clara):
        assert room.can_hear(clara.member.peer)
        assert room.can_hear("p0")

    def test_a_wrong_token_takes_no_seat(self, room, heinrich):
        room.lost(heinrich.member.peer, heinrich.member.line, now=10.0)
        assert resume(room, heinrich, now=11.0, token="guessed") is None

    def test_the_token_of_another_person_takes_no_seat(self, room, heinrich):
        seat = heinrich.member
        assert room.resume(IDA, peer=seat.peer, token=seat.token, line="x", now=1.0) is None

    def test_an_old_socket_that_closes_late_does_not_unseat_the_new_one(self, room, heinrich):
        old = heinrich.member.line
        resume(room, heinrich, now=5.0, line="new")
        assert not room.lost(heinrich.member.peer, old, now=6.0)
        assert not room.lost("p0", old, now=6.0)
        assert room.can_hear(heinrich.member.peer)

    def test_losing_it_twice_does_not_prolong_the_grace(self, room, heinrich):
        assert room.lost(heinrich.member.peer, heinrich.member.line, now=10.0)
        assert not room.lost(heinrich.member.peer, heinrich.member.line, now=40.0)
        assert resume(room, heinrich, now=10.0 + GRACE + 1) is None

    def test_after_the_grace_the_others_are_told_and_he_enters_anew_without_waiting_again(self, room, clara, heinrich):
        room.lost(heinrich.member.peer, heinrich.member.line, now=10.0)
        assert room.alive(clara.member.peer, clara.member.line, 10.0 + GRACE) == []
        said = room.alive(clara.member.peer, clara.member.line, 11.0 + GRACE)
        assert said == [Message(clara.member.peer, "room.left", {"peer": heinrich.member.peer})]
        assert resume(room, heinrich, now=12.0 + GRACE) is None
        again, _ = enter(room, HEINRICH, now=12.0 + GRACE)
        assert again.others == [clara.member]

    def test_who_gives_no_sign_of_life_has_left_even_if_no_process_noticed(self, room, clara, heinrich):
        room.alive(clara.member.peer, clara.member.line, GRACE)
        assert room.tick(GRACE + 1) == [Message(clara.member.peer, "room.left", {"peer": heinrich.member.peer})]

    def test_two_away_at_once_are_both_told_when_they_come_back(self, room, clara, heinrich):
        room.lost(clara.member.peer, clara.member.line, now=1.0)
        room.admit(CLARA, IDA.key)
        ida, said = enter(room, IDA, now=2.0)
        assert [message.to for message in said] == [heinrich.member.peer]
        back, _ = resume(room, clara, now=3.0)
        assert back.missed == [
            Message(clara.member.peer, "room.joined", {"peer": ida.member.peer, "role": "relative"}),
        ]

    def test_who_comes_back_before_anybody_noticed_may_have_missed_something(self, room, clara, heinrich):
        signal(room, clara, heinrich.member.peer)  # to a line that is dead already
        back, _ = resume(room, heinrich, now=1.0)
        assert (back.missed, back.incomplete) == ([], True)

    @pytest.mark.parametrize("count", [rules.MOST_KEPT + 1, rules.MOST_KEPT + 20])
    def test_when_too_much_was_missed_all_of_it_is_dropped_and_that_is_said(self, room, clara, heinrich, count):
        room.lost(heinrich.member.peer, heinrich.member.line, now=1.0)
        for _ in range(count):
            signal(room, clara, heinrich.member.peer, candidates(1))
        back, _ = resume(room, heinrich, now=2.0)
        assert (back.missed, back.incomplete) == ([], True)

    def test_the_backlog_is_bounded_in_characters_too(self, room, clara, heinrich):
        room.lost(heinrich.member.peer, heinrich.member.line, now=1.0)
        for _ in range(3):
            signal(
                room,
                clara,
                heinrich.member.peer,
                {"description": {"type": "offer", "number": 1, "sdp": "v" * rules.LONGEST_SDP}},
            )
        assert room.members[heinrich.member.peer].spilled


class TestTheEnd:
    def test_who_hangs_up_is_gone_for_the_others_and_waits_again(self, room, clara, heinrich):
        assert room.leave(heinrich.member.peer) == [
            Message(clara.member.peer, "room.left", {"peer": heinrich.member.peer})
        ]
        with pytest.raises(Refused) as refused:
            enter(room, HEINRICH)
        assert why(refused) is Reason.NOT_ADMITTED
        assert room.leave(heinrich.member.peer) == []

    def test_clara_comes_back_unadmitted(self, room, clara, heinrich):
        room.leave(clara.member.peer)
        again, _ = enter(room, CLARA)
        assert again.others == [heinrich.member]

    def test_a_cancelled_invitation_takes_the_seat(self, room, clara, heinrich):
        assert room.withdraw(HEINRICH.key) == [
            Message(heinrich.member.peer, "room.withdrawn", {}),
            Message(clara.member.peer, "room.left", {"peer": heinrich.member.peer}),
        ]
        with pytest.raises(Refused):
            enter(room, HEINRICH)
        assert room.withdraw(HEINRICH.key) == []

    def test_who_is_away_when_rights_change_gives_up_the_seat_and_keeps_the_admission(self, room, clara, heinrich):
        room.lost(heinrich.member.peer, heinrich.member.line, now=1.0)
        assert room.let_go_away() == [Message(clara.member.peer, "room.left", {"peer": heinrich.member.peer})]
        assert room.let_go_away() == []
        assert resume(room, heinrich, now=2.0) is None
        enter(room, HEINRICH, now=2.0)

    def test_clara_ends_it_for_all(self, room, clara, heinrich):
        assert room.end(CLARA) == [
            Message(clara.member.peer, "room.ended", {}),
            Message(heinrich.member.peer, "room.ended", {}),
        ]
        assert room.end(CLARA) == []
        for attempt in (
            lambda: enter(room, CLARA),
            lambda: resume(room, heinrich, now=1.0),
            lambda: room.admit(CLARA, IDA.key),
            lambda: signal(room, heinrich, clara.member.peer),
        ):
            with pytest.raises(Refused) as refused:
                attempt()
            assert why(refused) is Reason.ENDED

    def test_clara_opens_it_again_and_heinrich_is_let_in_anew(self, room, clara, heinrich):
        room.end(CLARA)
        with pytest.raises(Refused) as refused:
            room.reopen(HEINRICH)
        assert why(refused) is Reason.NOT_THE_HOST
        room.reopen(CLARA)
        enter(room, CLARA)
        with pytest.raises(Refused):
            enter(room, HEINRICH)

    def test_heinrich_does_not_end_it_for_the_others(self, room, clara, heinrich):
        with pytest.raises(Refused) as refused:
            room.end(HEINRICH)
        assert why(refused) is Reason.NOT_THE_HOST
        assert len(room.members) == 2


def test_a_room_survives_being_written_down_and_read_again(room, clara, heinrich):
    room.lost(heinrich.member.peer, heinrich.member.line, now=1.0)
    signal(room, clara, heinrich.member.peer)
    again = msgspec.json.decode(msgspec.json.encode(room), type=Room)
    assert again == room
    back, _ = resume(again, heinrich, now=2.0)
    assert [message.on for message in back.missed] == ["room.signal"]
