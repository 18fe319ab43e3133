"""The rules of a room: who may enter, who is told what, and what ends it. Pure: no Django, no sockets, no clock.

Every method takes the moment as `now` (seconds) and gives the messages that follow from it. Whoever calls it stores
the room and sends the messages afterwards. What is refused raises `Refused` and changes nothing that is stored.

Media flow from browser to browser and outlive this: a member whose socket is gone keeps the seat for `GRACE` seconds.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

MOST_MEMBERS = 4  # a mesh: each sends to each
GRACE = 45.0  # seconds without a socket before the others are told
LONGEST_SDP = 96 * 1024  # characters; four people with all their candidates need about 12,000
LONGEST_CANDIDATE = 2048
MOST_CANDIDATES = 40  # of one message
MOST_KEPT = 64  # messages kept for a member without a socket
MOST_KEPT_CHARACTERS = 256 * 1024

DESCRIPTIONS = frozenset({"offer", "answer"})
WISHES = frozenset({"restart", "change"})
MOST_OFFERS = 1_000_000  # of one pair


class Reason(StrEnum):
    """Why something is refused. The edge finds the words."""

    ENDED = "ended"
    FULL = "full"
    NOT_ADMITTED = "not admitted"
    NOT_A_MEMBER = "not a member"
    NOT_THE_HOST = "not the host"
    TOO_LONG = "too long"
    NOT_A_SIGNAL = "not a signal"


class Refused(Exception):
    """The rules of the room do not allow this."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Message(NamedTuple):
    """What the room says to one member. `to` is the peer id; `data` carries ids and signals, no names."""

    to: str
    on: str
    data: Mapping[str, Any]


class Visitor(msgspec.Struct, frozen=True):
    """Somebody who may come in. The server fills this from what it knows of them, never from what they say.

    `key` is the person ("account:7", "invitation:3"): it has at most one seat. A host needs no admission.
    """

    key: str
    role: str
    name: str
    host: bool = False


class Member(msgspec.Struct, omit_defaults=True):
    """A seat. Others address it as `peer`, `token` takes it back after a lost line, `line` is its present socket."""

    peer: str
    visitor: Visitor
    token: str
    line: str
    seen_at: float
    away_at: float | None = None
    kept: list[tuple[str, dict[str, Any]]] = msgspec.field(default_factory=list)
    spilled: bool = False  # more came than could be kept: what was kept is gone, too


class Welcome(NamedTuple):
    """What a member learns on entering or coming back."""

    member: Member
    others: Sequence[Member]
    missed: Sequence[Message] = ()
    incomplete: bool = False  # some of what was missed is lost: negotiate anew


class Room(msgspec.Struct, omit_defaults=True):
    """One room: those inside, those who were let in, and whether it has ended."""

    admitted: set[str] = msgspec.field(default_factory=set)
    members: dict[str, Member] = msgspec.field(default_factory=dict)
    ended: bool = False

    # -- coming and going

    def admit(self, by: Visitor, key: str) -> None:
        """A host lets one person in. Refused when the room is full: nobody is let in to a closed door."""
        self._open()
        if not by.host:
            raise Refused(Reason.NOT_THE_HOST)
        if self._seats_but(key) >= MOST_MEMBERS:
            raise Refused(Reason.FULL)
        self.admitted.add(key)

    def withdraw(self, key: str) -> list[Message]:
        """Somebody may no longer be here (the invitation or a right has ended): the seat is taken, the others told."""
        self.admitted.discard(key)
        seats = [peer for peer, member in self.members.items() if member.visitor.key == key]
        return [said for peer in seats for said in (Message(peer, "room.withdrawn", {}), *self._vacate(peer))]

    def enter(self, visitor: Visitor, *, peer: str, token: str, line: str, now: float) -> tuple[Welcome, list[Message]]:
        """Take a seat. The newcomer offers to all `others`; they wait for it.

        `peer`, `token` and `line` are made by the server. Who comes again without the token (another device, a closed
        tab) gets a new seat; the old one is told `room.replaced`, the others that it left.
        """
        self._open()
        if not visitor.host and visitor.key not in self.admitted:
            raise Refused(Reason.NOT_ADMITTED)
        said = self.tick(now)
        if self._seats_but(visitor.key) >= MOST_MEMBERS:
            raise Refused(Reason.FULL)
        for old in [one.peer for one in self.members.values() if one.visitor.key == visitor.key]:
            said += [Message(old, "room.replaced", {}), *self._vacate(old)]
        others = list(self.members.values())
        member = self.members[peer] = Member(peer, visitor, token, line, now)
        for other in others:
            said += self._say(other, "room.joined", {"peer": peer, "role": visitor.role})
        return Welcome(member, others), said

    def resume(
        self, visitor: Visitor, *, peer: str, token: str, line: str, now: float
    ) -> tuple[Welcome, list[Message]] | None:
        """Take the same seat again with a new socket, and get what was missed. None when it is gone: enter anew."""
        self._open()
        said = self.tick(now)
        member = self.members.get(peer)
        if member is None or member.visitor.key != visitor.key or not hmac.compare_digest(member.token, token):
            return None
        missed = [Message(peer, on, data) for on, data in member.kept]
        lost = member.spilled or member.away_at is None  # the old line gave no end: who knows what it still took
        welcome = Welcome(member, [one for one in self.members.values() if one.peer != peer], missed, lost)
        member.line, member.seen_at, member.away_at, member.kept, member.spilled = line, now, None, [], False
        for other in welcome.others:
            said += self._say(other, "room.back", {"peer": peer})
        return welcome, said

    def lost(self, peer: str, line: str, now: float) -> bool:
        """The socket of a member is gone; the seat waits for `GRACE` seconds. False when a newer socket has it."""
        member = self.members.get(peer)
        if member is None or member.line != line or member.away_at is not None:
            return False
        member.away_at = now
        return True

    def alive(self, peer: str, line: str, now: float) -> list[Message]:
        """A sign of life over the socket. Who gives none for `GRACE` seconds has left."""
        self._member(peer, line).seen_at = now
        return self.tick(now)

    def let_go_away(self) -> list[Message]:
        """Let go at once of those whose line is away: nobody can ask them whether they still may be here. The admission
        stays; who comes back is a newcomer."""
        away = [member.peer for member in self.members.values() if member.away_at is not None]
        return [said for peer in away for said in self._vacate(peer)]

    def tick(self, now: float) -> list[Message]:
        """Let go of those whose grace is over."""
        said: list[Message] = []
        for member in list(self.members.values()):
            if now - (member.seen_at if member.away_at is None else member.away_at) > GRACE:
                said += self._vacate(member.peer)
        return said

    def leave(self, peer: str) -> list[Message]:
        """Hang up. Who was let in must be let in again. Leaving twice is no error."""
        if member := self.members.get(peer):
            self.admitted.discard(member.visitor.key)
        return self._vacate(peer)

    def end(self, by: Visitor) -> list[Message]:
        """A host ends the call for all. Ending twice is no error."""
        if not by.host:
            raise Refused(Reason.NOT_THE_HOST)
        return self.close()

    def close(self) -> list[Message]:
        """What the room was for takes place no more: all are told, nobody comes in. Twice is no error."""
        said = [Message(peer, "room.ended", {}) for peer in self.members]
        self.ended, self.members, self.admitted = True, {}, set()
        return said

    def reopen(self, by: Visitor) -> None:
        """A host opens it again after an end that came too early. Everybody else is let in anew."""
        if not by.host:
            raise Refused(Reason.NOT_THE_HOST)
        self.ended = False

    # -- signalling

    def can_hear(self, peer: str) -> bool:
        """Whether a signal for this peer can be handed on without keeping it: the room need not be stored then."""
        member = self.members.get(peer)
        return member is None or member.away_at is None

    def signal(self, peer: str, line: str, to: str, signal: Mapping[str, Any]) -> list[Message]:
        """Hand a description, candidates or a wish on. `from` is set here; what the client says of itself is not read.

        A peer who has just left hears nothing: the sender is told so anyway by `room.left`.
        """
        self._open()
        self._member(peer, line)
        data = {"from": peer, **checked(signal)}
        other = self.members.get(to)
        if other is None or to == peer:
            return []
        return self._say(other, "room.signal", data)

    # -- inside

    def _open(self) -> None:
        if self.ended:
            raise Refused(Reason.ENDED)

    def _member(self, peer: str, line: str) -> Member:
        member = self.members.get(peer)
        if member is None or member.line != line:
            raise Refused(Reason.NOT_A_MEMBER)
        return member

    def _seats_but(self, key: str) -> int:
        return sum(member.visitor.key != key for member in self.members.values())

    def _vacate(self, peer: str) -> list[Message]:
        if self.members.pop(peer, None) is None:
            return []
        return [said for other in self.members.values() for said in self._say(other, "room.left", {"peer": peer})]

    def _say(self, member: Member, on: str, data: dict[str, Any]) -> list[Message]:
        """Say something to a member, or keep it until the socket is back."""
        if member.away_at is None:
            return [Message(member.peer, on, data)]
        if member.spilled:
            return []
        member.kept.append((on, data))
        if len(member.kept) > MOST_KEPT or sum(_size(kept) for _, kept in member.kept) > MOST_KEPT_CHARACTERS:
            member.kept, member.spilled = [], True
        return []


def checked(signal: Mapping[str, Any]) -> dict[str, Any]:
    """A signal with only what belongs to it: one session description, a list of candidates, or a wish.

    Descriptions and candidates are those of RFC 8829 and 8838. A description carries the number of the offer that it is
    or answers; a wish asks the one of two who offers for a new offer.
    """
    given = {name: signal[name] for name in ("description", "candidates", "wish") if signal.get(name) is not None}
    match given:
        case {"description": Mapping() as description} if len(given) == 1:
            return {"description": _description(description)}
        case {"candidates": list() as candidates} if len(given) == 1:
            if len(candidates) > MOST_CANDIDATES:
                raise Refused(Reason.TOO_LONG)
            return {"candidates": [_candidate(candidate) for candidate in candidates]}
        case {"wish": str() as wish} if len(given) == 1 and wish in WISHES:
            return {"wish": wish}
    raise Refused(Reason.NOT_A_SIGNAL)


def _description(description: Mapping[str, Any]) -> dict[str, Any]:
    kind, sdp, number = description.get("type"), description.get("sdp"), description.get("number")
    if kind not in DESCRIPTIONS or not isinstance(sdp, str):
        raise Refused(Reason.NOT_A_SIGNAL)
    if type(number) is not int or not 0 < number < MOST_OFFERS:
        raise Refused(Reason.NOT_A_SIGNAL)
    if len(sdp) > LONGEST_SDP:
        raise Refused(Reason.TOO_LONG)
    return {"type": kind, "sdp": sdp, "number": number}


def _candidate(candidate: object) -> dict[str, Any]:
    if not isinstance(candidate, Mapping):
        raise Refused(Reason.NOT_A_SIGNAL)
    line, middle, index = candidate.get("candidate"), candidate.get("sdpMid"), candidate.get("sdpMLineIndex")
    fragment = candidate.get("usernameFragment")
    texts_fit = isinstance(line, str) and all(one is None or isinstance(one, str) for one in (middle, fragment))
    if not texts_fit or not (index is None or (type(index) is int and 0 <= index < 64)):
        raise Refused(Reason.NOT_A_SIGNAL)
    if len(line) + len(middle or "") + len(fragment or "") > LONGEST_CANDIDATE:  # type: ignore[arg-type]
        raise Refused(Reason.TOO_LONG)
    return {"candidate": line, "sdpMid": middle, "sdpMLineIndex": index, "usernameFragment": fragment}


def _size(data: Mapping[str, Any]) -> int:
    """About how many characters a kept signal has; other messages are small."""
    if "description" in data:
        return len(data["description"]["sdp"])
    return sum(len(candidate["candidate"]) for candidate in data.get("candidates", ()))
