"""What a browser may send over the socket about rooms and waiting. The words are in README.md."""

from __future__ import annotations

import asyncio
import secrets
import weakref
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from messaging.realtime import commands, hub, topics
from messaging.realtime.commands import Answer
from messaging.realtime.connection import Socket, Subscription
from messaging.realtime.protocol import Frame
from patients.accounts.actor import Actor
from patients.database import in_database
from patients.errors import Missing, Problem
from telecare.consultations import services, state, turn
from telecare.consultations import topics as names
from telecare.consultations.models import Consultation
from telecare.consultations.queries import parties
from telecare.consultations.room import GRACE, Member

LONGEST_ID = 64


@dataclass(frozen=True, slots=True)
class Seat:
    """Which seat a socket holds in a room."""

    consultation: str
    peer: str
    line: str


_seats: weakref.WeakKeyDictionary[Socket, dict[str, Seat]] = weakref.WeakKeyDictionary()


def register() -> None:
    """Make topics and commands known."""
    topics.register("room", topics.Topic(may_listen, about=patient_of, ended=out))
    topics.register("waiting", topics.Topic(may_watch))
    commands.register("room.join", join, signal=True)
    commands.register("room.signal", signal, signal=True)
    commands.register("room.alive", alive, signal=True)
    commands.register("room.leave", leave, signal=True)
    commands.register("room.who", who)
    commands.register("room.admit", admit)
    commands.register("room.end", end)
    commands.register("waiting.wait", wait)
    commands.register("waiting.look", look)
    commands.register("waiting.leave", send_away)


# -- topics


def may_listen(actor: Actor, ident: str) -> None:
    """`<consultation>` for whoever takes part, `<consultation>/<peer>` for the one whose seat that is."""
    consultation, _, peer = ident.partition("/")
    _, visitor = parties.taking_part(actor, consultation)
    if not peer:
        return
    member = state.seen(consultation).members.get(peer)
    if member is None or member.visitor.key != visitor.key:
        raise parties.missing()


def may_watch(actor: Actor, organisation: str) -> None:
    """The waiting room of an organisation, for its staff."""
    if not parties.is_staff(actor) or actor.organisation != organisation:
        raise parties.missing()


def patient_of(ident: str) -> str | None:
    """Whom a room concerns."""
    found = Consultation.objects.filter(id=ident.partition("/")[0]).first()
    return found.patient if found else None


def out(actor: Actor | None, ident: str) -> None:
    """Who may not take part any more loses the seat as well, not only what is said about it."""
    consultation, _, peer = ident.partition("/")
    if peer and not _takes_part(actor, consultation):
        services.withdraw(consultation, peer)


# -- the room


async def join(socket: Socket, frame: Frame) -> Answer:
    """Take a seat. The socket listens to its seat before anybody hears of it, so that no signal is lost."""
    consultation = frame.text("room", most=LONGEST_ID)
    wanted = _wanted(frame)
    if wanted and not await _is_own(socket.actor, consultation, wanted[0]):
        wanted = None
    peer, line = secrets.token_hex(6), secrets.token_hex(8)
    heard = [_listen(socket, consultation, one) for one in ([wanted[0], peer] if wanted else [peer])]
    try:
        entered = await in_database(
            services.join,
            socket.actor,
            consultation,
            line=line,
            new_peer=peer,
            new_token=secrets.token_urlsafe(16),
            seat=wanted,
        )
    except BaseException:
        _stop(heard)
        raise
    _stop([one for one in heard if one and not one.topic.endswith(f"/{entered.peer}")])
    _listen(socket, consultation, entered.peer)  # again, if rights were looked at before the seat was there
    seat = Seat(consultation, entered.peer, line)
    if socket.closed:
        await _lost(seat)
        return None
    seats = _seats.setdefault(socket, {})
    if not seats:
        socket.on_close.append(lambda: _closed(seats))
    seats[consultation] = seat
    return {
        "peer": entered.peer,
        "token": entered.token,
        "resumed": entered.resumed,
        "others": [_shown(member) for member in entered.others],
        "missed": [{"on": message.on, "data": message.data} for message in entered.missed],
        "incomplete": entered.incomplete,
        "ice": turn.ice(timezone.now()),
    }


def signal(socket: Socket, frame: Frame) -> Answer:
    """Hand a description, candidates or a wish to another member."""
    seat = _seat(socket, frame)
    services.hand_on(seat.consultation, seat.peer, seat.line, frame.text("to", most=LONGEST_ID), frame.values)
    return None


def alive(socket: Socket, frame: Frame) -> Answer:
    """A sign of life, every 15 s. It is told who is there."""
    seat = _seat(socket, frame)
    return {"peers": services.alive(seat.consultation, seat.peer, seat.line)}


def leave(socket: Socket, frame: Frame) -> Answer:
    """Hang up."""
    seat = _seats.get(socket, {}).pop(frame.text("room", most=LONGEST_ID), None)
    if seat is not None:
        services.leave(seat.consultation, seat.peer)
    return None


def who(socket: Socket, frame: Frame) -> Answer:
    """Who is in the room: names go over the own socket only."""
    inside = services.members(socket.actor, frame.text("room", most=LONGEST_ID))
    return {"others": [_shown(member) for member in inside]}


def admit(socket: Socket, frame: Frame) -> Answer:
    """Let one person in."""
    services.admit(socket.actor, frame.text("room", most=LONGEST_ID), frame.text("visitor", most=80))
    return None


def end(socket: Socket, frame: Frame) -> Answer:
    """End the call for all."""
    services.end_call(socket.actor, frame.text("room", most=LONGEST_ID))
    return None


# -- the waiting room


def wait(socket: Socket, frame: Frame) -> Answer:
    """Sit down, or say how one is prepared: `sound`, `picture`, `weak`, `wants_call`."""
    prepared = {name: frame.values.get(name) is True for name in ("sound", "picture", "weak", "wants_call")}
    return _place(services.wait(socket.actor, frame.text("room", most=LONGEST_ID), **prepared))


def look(socket: Socket, frame: Frame) -> Answer:
    """One's place; keeps it."""
    return _place(services.look(socket.actor, frame.text("room", most=LONGEST_ID)))


def send_away(socket: Socket, frame: Frame) -> Answer:
    """Leave the waiting room."""
    services.send_away(socket.actor, frame.text("room", most=LONGEST_ID))
    return None


# -- inside


def _wanted(frame: Frame) -> tuple[str, str] | None:
    if "peer" not in frame.values or "token" not in frame.values:
        return None
    return frame.text("peer", most=LONGEST_ID), frame.text("token", most=LONGEST_ID)


async def _is_own(actor: Actor, consultation: str, peer: str) -> bool:
    try:
        await in_database(may_listen, actor, f"{consultation}/{peer}")
    except Problem:
        return False
    return True


def _takes_part(actor: Actor | None, consultation: str) -> bool:
    try:
        return actor is not None and bool(parties.taking_part(actor, consultation))
    except Problem:
        return False


def _listen(socket: Socket, consultation: str, peer: str) -> Subscription | None:
    here = hub.running()
    name = names.seat(consultation, peer)
    if here is None or name in socket.subscriptions:
        return None
    kind, ident = topics.find(name)
    _, subscription = here.add(socket, name, kind, ident)
    here.go_live(subscription)
    return subscription


def _stop(subscriptions: list[Subscription | None]) -> None:
    here = hub.running()
    for subscription in subscriptions:
        if here is not None and subscription is not None:
            here.drop(subscription)


def _seat(socket: Socket, frame: Frame) -> Seat:
    seat = _seats.get(socket, {}).get(frame.text("room", most=LONGEST_ID))
    if seat is None:
        raise Missing(_("You are not in this call any more. Please come in again."))
    return seat


def _closed(seats: dict[str, Seat]) -> None:
    for seat in seats.values():
        _later(_lost(seat))


async def _lost(seat: Seat) -> None:
    """The seat waits; after the grace somebody must look whether its owner came back."""
    if not await in_database(services.lost, seat.consultation, seat.peer, seat.line):
        return
    loop = asyncio.get_running_loop()
    loop.call_later(GRACE + 1, lambda: _later(in_database(services.expire, seat.consultation)))


def _later(work: Awaitable[Any]) -> None:
    if here := hub.running():
        here.spawn(work)


def _shown(member: Member) -> dict[str, str]:
    return {"peer": member.peer, "role": member.visitor.role, "name": member.visitor.name}


def _place(place: services.Place) -> dict[str, Any]:
    return {"state": place.state, "place": place.place, "by": place.by}
