"""What the start pages, the patient page and the shell show: one frozen object per page.

Texts are ready to read (translated, in the reader's words); moments are aware; addresses are made by the templates.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from telecare.vitals.trends import Point, Trend


@dataclass(frozen=True, slots=True)
class Me:
    """The reader, as the shell names them: "Anna Siemer", "Pflegedienst Moorland"."""

    name: str
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class Office:
    """dashboards/office.html. `emergencies`: readings by the own people that nobody has looked at yet."""

    me: Me
    emergencies: tuple[Reader, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class Counts:
    """The figures on the rail: threads with something new, open tasks, people who wait."""

    messages: int = 0
    tasks: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Word:
    """A state in words: ok, watch, urgent, info or idle, and what is said."""

    state: str
    word: str


@dataclass(frozen=True, slots=True)
class Person:
    """A patient in a row: id, name, year of birth and the street."""

    id: str
    name: str
    year: int | None = None
    street: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """A stop of the tour. `trend` is the kind that matters at this visit; `state` is done, unsent,
    running, now (the next one) or planned."""

    id: str
    at: datetime
    person: Person
    place: str
    what: str
    state: str
    trend: Trend | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """A value outside a limit that asks for a look. `task` is the review’s Task; the value is the trend’s last."""

    task: str
    person: Person
    trend: Trend
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Someone in the waiting room, or expected today: `since` is None until they are there."""

    id: str
    person: Person
    at: datetime | None  # the appointment's time
    since: datetime | None
    reason: str = ""
    on_site: str = ""  # who is with the patient
    company: str = ""  # "with Dr. Voss and you"
    medium: str = "video"  # video, external, telephone or on-site
    states: tuple[Word, ...] = ()  # readiness in words
    unwanted: bool = False  # the person says no to video, or to this call
    taken_by: str = ""  # a colleague has taken over


@dataclass(frozen=True, slots=True)
class ThreadRow:
    """A thread with its newest message."""

    id: str
    title: str
    author: str
    text: str
    at: datetime
    unread: int = 0
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task: what, for whom, from or at whom, and how it stands."""

    id: str
    title: str
    state: Word
    person: Person | None = None
    by: str = ""
    review: bool = False  # it has a page of its own


@dataclass(frozen=True, slots=True)
class AppointmentRow:
    """An appointment of today or later. `consultation` is its id when it is one of ours."""

    id: str
    at: datetime
    person: Person | None
    what: str
    state: Word
    consultation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What all start pages say first. `name` is how one greets: "Anna", "Dr. Voss", "Herr Brandt"."""

    name: str
    now: datetime

    @property
    def greeting(self) -> str:
        """Good morning, Anna"""
        hour = timezone.localtime(self.now).hour
        words = _("Good morning, %(name)s") if hour < 11 else _("Good evening, %(name)s")
        return (_("Good day, %(name)s") if 11 <= hour < 18 else words) % {"name": self.name}


@dataclass(frozen=True, slots=True, kw_only=True)
class NurseDay(Start):
    """dashboards/nurse.html"""

    tour: str = ""
    visits: tuple[Visit, ...] = ()
    reviews: tuple[Review, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    threads: tuple[ThreadRow, ...] = ()
    unread: int = 0
    tasks: tuple[TaskRow, ...] = ()
    open_tasks: int = 0

    @property
    def counts(self) -> Counts:
        """The figures on the rail, as this page knows them."""
        there = sum(one.since is not None for one in self.waiting)
        return Counts(self.unread, self.open_tasks + len(self.reviews), there)

    @property
    def done(self) -> int:
        """How many visits are over."""
        return sum(visit.state in {"done", "unsent"} for visit in self.visits)


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeDay(Start):
    """dashboards/practice.html"""

    waiting: tuple[Waiting, ...] = ()
    reception: str = ""  # "Mia Thole looks after the reception"
    reviews: tuple[Review, ...] = ()
    appointments: tuple[AppointmentRow, ...] = ()
    threads: tuple[ThreadRow, ...] = ()
    unread: int = 0
    tasks: tuple[TaskRow, ...] = ()
    open_tasks: int = 0
    consults: bool = True

    @property
    def counts(self) -> Counts:
        """The figures on the rail, as this page knows them."""
        return Counts(self.unread, self.open_tasks + len(self.reviews), len(self.waiting))


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a patient page. `line`: address, living situation, next of kin; `flags`: cautions."""

    id: str
    name: str
    born: date | None = None
    age: int | None = None
    line: str = ""
    flags: tuple[Word, ...] = ()
    joined: tuple[str, ...] = ()  # other records of this person


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table of values: `cells` in the order of the trends, None where nothing was taken."""

    at: datetime
    cells: tuple[Point | None, ...]
    by: str


@dataclass(frozen=True, slots=True)
class LimitRow:
    """A limit in force: "Weight", "up to 84 kg", who set it and when."""

    kind: str
    title: str
    words: str
    by: str
    since: date | None


@dataclass(frozen=True, slots=True)
class Member:
    """Someone of the care team: name, function and organisation, and since when or why."""

    name: str
    role: str
    since: str = ""
    me: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """Who may see this and on what basis: an organisation or person, what, why, until when, and who said so."""

    name: str
    basis: str  # "Treatment. The patient was informed on 01.11. by Anna Siemer."
    categories: str  # "Clinical, nursing, chat"
    until: date | None = None
    objection: bool = False


@dataclass(frozen=True, slots=True)
class NoteRow:
    """A note: what, when, by whom, and whether a signature is missing. `encounter` joins both parts."""

    id: str
    title: str
    at: datetime
    by: str
    state: Word


@dataclass(frozen=True, slots=True)
class Medicine:
    """One line of the medication plan: name, strength, how many when ("1–0–1–0"), what for."""

    name: str
    dose: str
    schedule: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientPage:
    """dashboards/patient.html"""

    head: Head
    reason: str  # "You see this record because your practice treats Mr Brandt."
    days: int = 14
    trends: tuple[Trend, ...] = ()
    rows: tuple[Row, ...] = ()
    limits: tuple[LimitRow, ...] = ()
    tasks: tuple[TaskRow, ...] = ()
    open_tasks: int = 0
    team: tuple[Member, ...] = ()
    grants: tuple[Grant, ...] = ()
    thread: ThreadRow | None = None
    notes: tuple[NoteRow, ...] = ()
    medication: tuple[Medicine, ...] = ()
    may_measure: bool = False
    may_write: bool = False  # in the thread
    may_consult: bool = False
    may_limit: bool = False
    may_admit: bool = False  # and give out sign-ins
    may_order: bool = False
    practice: bool = False  # a practice patient for rehearsal


@dataclass(frozen=True, slots=True)
class Reader:
    """One look at the patient's record: who, when, what."""

    name: str
    at: datetime
    what: str
    state: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPage(Start):
    """dashboards/own.html: the patient's own start page. `id` is the patient; `next` the next appointment."""

    id: str
    person: str = ""  # what the patient is called, who may be another than the reader
    next: AppointmentRow | None = None
    next_with: str = ""
    joinable: bool = False  # the waiting room is open now
    trends: tuple[Trend, ...] = ()
    watched: str = ""  # when values are looked at, per organisation
    thread: ThreadRow | None = None
    unread: int = 0
    team: tuple[Member, ...] = ()
    notes: tuple[NoteRow, ...] = ()
    own: bool = True  # it is the patient who looks, not a relative
    readers: tuple[Reader, ...] = ()
    codes: tuple[Reader, ...] = ()  # printed lately for the sign-in of the reader or the family
    may_measure: bool = True
    may_decide: bool = False
    may_log: bool = False  # represents the patient in matters of health, and so reads who has read the record
    emergencies: tuple[Reader, ...] = ()  # of late; `what` is the reason

    @property
    def counts(self) -> Counts:
        """The figures on the rail, as this page knows them."""
        return Counts(messages=int(self.unread > 0))
