"""What the pages of consents are given: frozen, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Sign:
    """A state as shape (ok, watch, urgent, info, idle) and word."""

    state: str
    word: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One Consent in a list. `lines` are sentences; `hint` says why it must be read by hand."""

    id: str
    sign: Sign
    lines: tuple[str, ...]
    source: str
    until: date | None
    ended: str
    hint: str
    may_withdraw: bool


@dataclass(frozen=True, slots=True)
class Switch:
    """One category of the record for one holder."""

    category: str
    word: str
    on: bool


@dataclass(frozen=True, slots=True)
class Holder:
    """An organisation or a relative with switches; `note` says what holds instead where there are none."""

    reference: str
    name: str
    contact: str
    switches: tuple[Switch, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class ActRow:
    """Video or photos: what was said, and since when."""

    act: str
    title: str
    sign: Sign
    since: datetime | None
    may_agree: bool
    may_refuse: bool


@dataclass(frozen=True, slots=True)
class RepresentativeRow:
    """Who acts, or acted, in the person's name. `seen`: who saw which paper, and when."""

    id: str
    name: str
    kind: str
    scope: str
    span: str
    seen: str
    sign: Sign
    may_end: bool


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A doctor's statement on whether the person can decide."""

    word: str
    by: str
    on: date
    matter: str


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A care link with its bases as sentences; none: the organisation sees only what it recorded itself."""

    organisation: str
    since: datetime | None
    until: datetime | None
    bases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OwnConsents:
    """privacy/own_consents.html: `own` is false where a representative decides.

    `others`: the person's further records, which have consents of their own: ids, and by whom each is kept.
    """

    patient: str
    name: str
    own: bool
    holders: tuple[Holder, ...]
    acts: tuple[ActRow, ...]
    representatives: tuple[RepresentativeRow, ...]
    for_all: tuple[Entry, ...]  # objections to everybody
    history: tuple[Entry, ...]
    others: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class StaffConsents:
    """privacy/consents.html. `readable`: whether this reader's function reads consents at all."""

    patient: str
    name: str
    readable: bool
    acts: tuple[ActRow, ...]
    live: tuple[Entry, ...]
    by_hand: tuple[Entry, ...]
    past: tuple[Entry, ...]
    representatives: tuple[RepresentativeRow, ...]
    statements: tuple[StatementRow, ...]
    links: tuple[LinkRow, ...]
    may_record: bool
    may_state: bool
    may_found: bool  # record a basis of a care link


@dataclass(frozen=True, slots=True)
class PaperPage:
    """privacy/paper.html and privacy/print.html: whom a paper can name, and who may have informed the person."""

    patient: str
    name: str
    born: date | None
    address: str
    organisation: str
    holders: tuple[tuple[str, str], ...]
    informants: tuple[tuple[str, str], ...]
    categories: tuple[str, ...]
    acts: tuple[str, ...]
    me: str
