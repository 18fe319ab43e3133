"""Inside the room: take a seat, hand signals on, hang up, end. Here the rules of `room.py` meet rows and rights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from patients.access import repository, turns
from patients.accounts.actor import Actor, Role
from patients.database import write
from patients.errors import Conflict, Gone, Missing
from telecare.consultations import state
from telecare.consultations.models import Consultation, Medium, Room, Waiting
from telecare.consultations.queries import parties
from telecare.consultations.resources import meeting
from telecare.consultations.room import Member, Message, Welcome
from telecare.consultations.services.documents import Content, news, revise


@dataclass(frozen=True, slots=True)
class Entered:
    """A seat was taken: a new one, or (`resumed`) the same again."""

    consultation: str
    peer: str
    token: str
    resumed: bool
    others: Sequence[Member]
    missed: Sequence[Message]
    incomplete: bool


def join(
    actor: Actor, consultation: str, *, line: str, new_peer: str, new_token: str, seat: tuple[str, str] | None = None
) -> Entered:
    """Enter the room, or take one's `seat` (peer and token) again with a new `line`.

    A doctor of the practice takes the consultation on by entering. Raises Missing for strangers, Denied for who was not
    let in, Conflict when a colleague has taken it on, Gone when it has ended.
    """
    card, visitor = parties.taking_part(actor, consultation)
    if card.medium != Medium.OWN:
        raise Conflict(_("This consultation does not take place in this room. Please reload the page."))
    visitor = parties.named(actor, visitor)
    moment = state.now()
    if card.over:
        raise Gone(_("This call has ended."))
    with state.changing(card) as rules:
        parties.taking_part(actor, consultation)  # still, and the person has not said no meanwhile
        _check_wanted(card)
        found = None
        if seat is not None:
            found = rules.resume(visitor, peer=seat[0], token=seat[1], line=line, now=moment)
        resumed = found is not None
        if found is None:
            if visitor.host:
                claim_for(actor, card)
            found = rules.enter(visitor, peer=new_peer, token=new_token, line=line, now=moment)
            _note_attendance(actor, card, visitor.host)
        welcome, messages = found
        state.tell(card.id, messages)
    return _entered(card, welcome, resumed)


def _check_wanted(card: Consultation) -> None:
    """Raises Conflict while the person says no to video, or to this call."""
    if parties.unwanted(card):
        raise Conflict(_("The person does not want video. Go on by telephone, or ask again and record the yes first."))


def members(actor: Actor, consultation: str) -> list[Member]:
    """Who is in the room, for who is inside themselves."""
    visitor = parties.taking_part(actor, consultation)[1]
    inside = list(state.seen(consultation).members.values())
    if not any(member.visitor.key == visitor.key for member in inside):
        raise Missing(_("You are not in this call any more. Please come in again."))
    return inside


def hand_on(consultation: str, peer: str, line: str, to: str, signal: Mapping[str, Any]) -> None:
    """Hand a signal on to another member. The room is only read, unless the other is away and it must be kept."""
    rules = state.seen(consultation)
    with state.in_words():
        if rules.can_hear(to):
            state.tell(consultation, rules.signal(peer, line, to, signal))
            return
    with state.changing(parties.card(consultation)) as locked:
        state.tell(consultation, locked.signal(peer, line, to, signal))


def alive(consultation: str, peer: str, line: str) -> list[str]:
    """A sign of life; also lets go of those whose grace is over. Gives who is there: news of it may have been lost."""
    with state.changing(parties.card(consultation)) as rules:
        state.tell(consultation, rules.alive(peer, line, state.now()))
        return list(rules.members)


def lost(consultation: str, peer: str, line: str) -> bool:
    """The socket of a member has closed. True when the seat now waits: look again with `expire` after the grace."""
    with state.changing(parties.card(consultation)) as rules:
        return rules.lost(peer, line, state.now())


def expire(consultation: str) -> None:
    """Let go of those whose grace is over."""
    with state.changing(parties.card(consultation)) as rules:
        state.tell(consultation, rules.tick(state.now()))


def withdraw(consultation: str, peer: str) -> None:
    """The right of who has this seat has ended: out of the room, let in no more, and holding nothing up for others."""
    card = Consultation.objects.filter(id=consultation).first()
    if card is None:
        return
    with state.changing(card) as rules:
        member = rules.members.get(peer)
        if member is None:
            return
        key = member.visitor.key
        state.tell(card.id, rules.withdraw(key))
        Waiting.objects.filter(consultation=card.id, visitor=key, left_at=None).update(left_at=timezone.now())
        if key == f"account:{state.locked(card).claimed_by}":
            give_back(card)
        news(card)


def let_go_away(patient: str) -> None:
    """Rights on a patient have changed: seats whose owner cannot be asked, because the line is away, wait no longer."""
    for card in Consultation.objects.filter(patient=patient).exclude(status__in=Consultation.OVER):
        if any(member.away_at is not None for member in state.seen(card.id).members.values()):
            with state.changing(card) as rules:
                state.tell(card.id, rules.let_go_away())


def leave(consultation: str, peer: str) -> None:
    """Hang up. Who was let in from the waiting room leaves that, too."""
    card = parties.card(consultation)
    with state.changing(card) as rules:
        member = rules.members.get(peer)
        state.tell(consultation, rules.leave(peer))
        if member is not None:
            now = timezone.now()
            Waiting.objects.filter(consultation=card.id, visitor=member.visitor.key).update(left_at=now)
            news(card)


def end_call(actor: Actor, consultation: str) -> None:
    """End the call for all. The consultation stays open until somebody says how it goes on (`close`)."""
    card = parties.staffed(actor, consultation)
    with state.changing(card) as rules:
        state.tell(card.id, rules.end(parties.host(actor)))
        now = timezone.localtime()
        Waiting.objects.filter(consultation=card.id, left_at=None).update(left_at=now)
        if not card.over and card.status == "in-progress":
            revise(repository(actor), "Encounter", card.id, lambda content: meeting.with_end(content, now))
        news(card)


def reopen(actor: Actor, consultation: str) -> None:
    """The call was ended too early: open the room again."""
    card = parties.staffed(actor, consultation)
    if card.over:
        raise Conflict(_("This consultation is closed already."))
    with state.changing(card) as rules:
        parties.staffed(actor, consultation)
        _check_wanted(card)
        rules.reopen(parties.host(actor))
        news(card)


def claim(actor: Actor, consultation: str) -> None:
    """Take a consultation on without entering a room: by telephone, on site, or in an external room."""
    card = parties.staffed(actor, consultation)
    if card.over:
        raise Conflict(_("This consultation is closed already."))
    with write():
        turns.beside([card.patient])
        parties.staffed(actor, consultation)
        claim_for(actor, card)
        records = repository(actor.as_system("took the consultation on"))
        revise(records, "Encounter", card.id, lambda content: _with_me(actor, _in_progress(content)))
        now = timezone.now()
        Waiting.objects.filter(consultation=card.id, admitted_at=None, left_at=None).update(admitted_at=now)
        news(card)


def claim_for(actor: Actor, card: Consultation) -> None:
    """A doctor of the practice takes it on; of two at once the second learns who was faster (Conflict).

    Others, a nurse on site or an assistant who lets people in, help and take nothing from anybody.
    """
    if actor.role is not Role.DOCTOR or actor.organisation != card.organisation:
        return
    row = state.locked(card)
    if row.claimed_by == actor.account:
        return
    if row.claimed_by is not None:
        at = timezone.localtime(row.claimed_at).strftime("%H:%M")
        raise Conflict(_("Taken on by %(name)s at %(at)s.") % {"name": row.claimed_name, "at": at})
    row.claimed_by, row.claimed_at = actor.account, timezone.now()
    row.claimed_name = parties.named(actor, parties.host(actor)).name[:120]
    row.save(update_fields=["claimed_by", "claimed_at", "claimed_name"])


def give_back(card: Consultation) -> None:
    """Nobody has taken the consultation on any more."""
    Room.objects.filter(consultation=card.id).update(claimed_by=None, claimed_name="", claimed_at=None)


def _note_attendance(actor: Actor, card: Consultation, host: bool) -> None:
    """Who was in the room, and how we know, stands in the Encounter."""
    begins = host and actor.role is Role.DOCTOR

    def change(content: Content) -> Content | None:
        begun = _in_progress(content) if begins else content
        after = _with_me(actor, begun)
        return None if after is content else after

    revise(repository(actor.as_system("entered the room")), "Encounter", card.id, change)
    if begins:
        news(card)


def _with_me(actor: Actor, content: Content) -> Content:
    visitor = parties.named(actor, parties.taking_part(actor, content["id"])[1])
    staff = (actor.person or "").startswith("Practitioner/")
    who = (actor.person or "") if staff else visitor.name
    how = parties.identified(actor)
    return meeting.with_attendance(content, who, visitor.role, how, timezone.localtime()) or content


def _in_progress(content: Content) -> Content:
    if content["status"] not in ("planned", "arrived", "triaged"):
        return content
    return meeting.with_status(content, "in-progress", timezone.localtime())


def _entered(card: Consultation, welcome: Welcome, resumed: bool) -> Entered:
    return Entered(
        consultation=card.id,
        peer=welcome.member.peer,
        token=welcome.member.token,
        resumed=resumed,
        others=welcome.others,
        missed=welcome.missed,
        incomplete=welcome.incomplete,
    )
