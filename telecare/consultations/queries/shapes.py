"""What the pages of consultations show: frozen objects, one per page, with texts ready to read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from patients.network.queries import Person
from telecare.consultations.models import Medium
from telecare.consultations.queries.waiting import State, Visitor
from telecare.consultations.resources import meeting


@dataclass(frozen=True, slots=True)
class Medicine:
    """One line of the medication: name and how it is taken."""

    name: str
    dose: str


@dataclass(frozen=True, slots=True)
class Place:
    """An organisation that an order can go to."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order in words."""

    id: str
    text: str
    place: str
    due_at: datetime | None
    urgent: bool
    done: bool
    read_back_by: str
    read_back_at: datetime | None


@dataclass(frozen=True, slots=True)
class Text:
    """One section of the note."""

    name: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class PartRow:
    """One profession's part: signed, a draft, or still missing."""

    part: str
    title: str
    author: str
    signed_at: datetime | None
    draft_at: datetime | None
    texts: tuple[Text, ...]
    mine: bool
    version: int = 0  # of the draft
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """A value that was measured during the call."""

    title: str
    number: str
    unit: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Note:
    """The note as one: parts, orders, values."""

    parts: tuple[PartRow, ...]
    orders: tuple[OrderRow, ...]
    values: tuple[Value, ...] = ()

    @property
    def own(self) -> PartRow | None:
        """The reader's part."""
        return next((part for part in self.parts if part.mine), None)

    @property
    def unsigned(self) -> int:
        return sum(part.signed_at is None or part.draft_at is not None for part in self.parts)


@dataclass(frozen=True, slots=True)
class CallPage:
    """consultations/call.html, for staff. `part` is "doctor", "nurse" or ""."""

    id: str
    person: Person
    year: int | None
    medium: str
    status: str
    room: str
    reason: str
    part: str
    headings: tuple[tuple[str, str, str], ...]  # of the own part: name, title, text
    version: int
    saved_at: datetime | None
    note: Note
    visitors: tuple[Visitor, ...]
    next_name: str
    next_since: datetime | None
    taken_by: str
    taken_at: datetime | None
    mine: bool
    started_at: datetime | None
    ended: bool
    over: bool
    consent: meeting.Consent | None
    medication: tuple[Medicine, ...]
    flags: tuple[str, ...]
    places: tuple[Place, ...]
    certified: bool
    read_back: bool
    with_whom: str
    may_measure: bool
    unwanted: bool  # the person says no to video, or to this call

    @property
    def own_room(self) -> bool:
        return self.medium == Medium.OWN


@dataclass(frozen=True, slots=True)
class OthersPage:
    """consultations/parts/others.html; `read_back`: the reader confirms orders."""

    id: str
    note: Note
    read_back: bool = False


@dataclass(frozen=True, slots=True)
class NotePage:
    """consultations/note.html"""

    id: str
    person: Person
    year: int | None
    how: str
    when: datetime | None
    until: datetime | None
    who: tuple[str, ...]
    consent: meeting.Consent | None
    reason: str
    note: Note
    follow_up: str
    follow_up_words: str
    choices: tuple[tuple[str, str], ...]
    unwanted: bool  # the person says no to video, or to this call; for staff
    over: bool
    may_close: bool
    may_sign: bool
    may_correct: bool
    may_order: bool
    places: tuple[Place, ...]

    @property
    def steps(self) -> int:
        """What is still to be done: signatures and the choice how it goes on."""
        return self.note.unsigned + (not self.follow_up)


@dataclass(frozen=True, slots=True)
class VisitPage:
    """consultations/visit.html, for patients and guests: check, waiting room and call in one page."""

    id: str
    medium: str
    room: str
    doctor: str
    place: str
    at: datetime | None
    name: str
    state: str  # "new", "waiting", "admitted"
    phone: str
    guest: bool
    own_word: bool  # what they say of the call is the person's own word
    unwanted: bool  # the person says no to video, or to this call
    called: bool  # asks to be called by telephone


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """An invitation as staff sees it."""

    id: int
    name: str
    kind: str
    state: State
    closes_at: datetime
    holds: bool
