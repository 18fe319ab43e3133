"""A thread as a page shows it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from messaging.chat import resources
from messaging.chat.models import Mark, Message, Thread
from messaging.chat.queries.listening import body_of
from patients.accounts import places, roles
from patients.accounts.actor import Actor, Role
from patients.accounts.models import Membership
from patients.network import queries as network

PAGE = 50  # messages


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody who writes or reads in a thread."""

    person: str
    name: str
    role: str  # in words
    place: str  # organisation, in words
    own: bool
    seq: int  # read up to here
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as `components/bubble.html` shows it."""

    seq: int
    cid: UUID
    person: str
    author: str
    role: str
    at: datetime
    text: str
    own: bool
    gone: bool = False
    read_by: str = ""
    first_of_day: bool = False
    first_unread: bool = False
    urgent: bool = False
    unsent: bool = False
    sbar: None = None


@dataclass(frozen=True, slots=True)
class ThreadPage:
    """A thread as it is shown: its newest messages, or those before a seq, and who reads along."""

    thread: Thread
    patient: str  # name
    messages: Sequence[Shown]
    people: Sequence[Participant]
    patient_reads: bool
    unread: int
    earlier: int | None  # show the messages before this seq

    @property
    def roles(self) -> list[tuple[str, str]]:
        """The words for the roles that stand as codes in the events."""
        return [(role.value, roles.word(role)) for role in Role]

    @property
    def blank_other(self) -> Shown:
        """A message without content: scripts fill copies of it."""
        return Shown(0, UUID(int=0), "", "", "", timezone.now(), "", own=False)

    @property
    def blank_own(self) -> Shown:
        """The same, of the reader's own, read by somebody."""
        return replace(self.blank_other, own=True, read_by=" ")

    @property
    def blank_unsent(self) -> Shown:
        """The same, not sent yet."""
        return replace(self.blank_other, own=True, unsent=True)

    @property
    def last(self) -> int:
        """The seq up to which this page shows."""
        return self.messages[-1].seq if self.messages else self.thread.head


def thread_page(actor: Actor, thread: Thread, *, before: int | None = None, after: int | None = None) -> ThreadPage:
    """The messages before or after a seq, or the newest. The caller has asked `readable` or made the thread."""
    asked = thread.messages.order_by("-seq")
    if before is not None:
        asked = asked.filter(seq__lt=before)
    if after is not None:
        messages = list(thread.messages.filter(seq__gt=after).order_by("seq")[:PAGE])
    else:
        messages = list(asked[:PAGE])[::-1]
    marks = list(Mark.objects.filter(thread=thread).select_related("account"))
    seen = next((mark.seq for mark in marks if mark.account_id == actor.account), 0)
    patient = f"Patient/{thread.patient}"
    names = network.names({*resources.persons(messages), *(mark.account.person for mark in marks), patient})
    crowd = participants(actor, messages, marks, names)
    return ThreadPage(
        thread=thread,
        patient=names.get(patient) or _("Somebody without a name"),
        messages=_shown(actor, thread, messages, crowd, names, seen),
        people=crowd,
        patient_reads=any(one.person == patient for one in crowd),
        unread=max(thread.head - seen, 0),
        earlier=messages[0].seq if messages and messages[0].seq > 1 else None,
    )


def participants(
    actor: Actor, messages: Sequence[Message], marks: Sequence[Mark], names: dict[str, str]
) -> list[Participant]:
    read = {mark.account.person: mark for mark in marks if mark.account.person}
    wrote = {message.person: (message.role, message.organisation) for message in messages if message.person}
    functions = _functions(read.keys() - wrote.keys()) | wrote
    called = places.names(actor, {place for _, place in functions.values() if place})
    found = []
    for person in dict.fromkeys((*wrote, *read)):
        role, place = functions.get(person, ("", ""))
        mark = read.get(person)
        found.append(
            Participant(
                person=person,
                name=names.get(person, ""),
                role=role_word(role or _role_of_kind(person)),
                place=called.get(place, ""),
                own=person == actor.person,
                seq=mark.seq if mark else 0,
                read_at=mark.at if mark else None,
            )
        )
    return sorted(found, key=lambda one: (not one.own, one.name))


def _functions(persons: Iterable[str]) -> dict[str, tuple[str, str]]:
    """The oldest function of each, as (role, organisation)."""
    asked = list(persons)
    rows = Membership.objects.filter(person__in=asked).order_by("-id") if asked else ()
    return {row.person: (row.role, row.organisation) for row in rows}


def _role_of_kind(person: str) -> str:
    type_ = person.partition("/")[0]
    return {"Patient": Role.PATIENT, "RelatedPerson": Role.RELATIVE}.get(type_, "")


def role_word(role: str) -> str:
    """The word for a stored role; "" for one that this version does not know."""
    return roles.word(Role(role)) if role in set(Role) else ""


def _shown(
    actor: Actor,
    thread: Thread,
    messages: Sequence[Message],
    crowd: Sequence[Participant],
    names: dict[str, str],
    seen: int,
) -> list[Shown]:
    shown = []
    day = None
    for message in messages:
        own = message.sender_id is not None and message.sender_id == actor.account
        text = body_of(thread, message).text
        today = timezone.localdate(message.sent_at)
        shown.append(
            Shown(
                seq=message.seq,
                cid=message.cid,
                person=message.person,
                author=names.get(message.person) or role_word(message.role),
                role=role_word(message.role),
                at=message.sent_at,
                text=text,
                own=own,
                gone=text == "",
                read_by=_read_by(message, crowd) if own else "",
                first_of_day=today != day,
                first_unread=message.seq == seen + 1 and not own,
            )
        )
        day = today
    return shown


def _read_by(message: Message, crowd: Sequence[Participant]) -> str:
    others = [one for one in crowd if not one.own]
    readers = [one.name for one in others if one.seq >= message.seq and one.name]
    if not readers:
        return ""
    if len(readers) == len(others):
        return _("Read by all")
    return _("Read by %(names)s") % {"names": ", ".join(readers)}
