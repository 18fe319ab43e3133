"""A search as it was understood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, Protocol

from patients.records.index.slots import Parameter
from patients.records.models import Document

Prefix = Literal["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"]
Total = Literal["accurate", "none", "estimate"]


@dataclass(frozen=True, slots=True)
class Coded:
    """`system|code`, `|code` (system is empty), `code` (system is None), `system|` (code is None)."""

    system: str | None
    code: str | None


@dataclass(frozen=True, slots=True)
class Typed:
    """`:of-type`: the type of an identifier and its value."""

    system: str
    code: str
    value: str


@dataclass(frozen=True, slots=True)
class Words:
    """A text as it was given."""

    text: str


@dataclass(frozen=True, slots=True)
class Day:
    """A date with its comparison; `low` up to `high` is what its precision covers."""

    prefix: Prefix
    low: int
    high: int
    text: str


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with its comparison and, where given, its unit."""

    prefix: Prefix
    value: Decimal
    half: Decimal  # of the last digit: what its precision covers on each side
    system: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """What a reference points to: a document of ours (type may be empty), or an address elsewhere."""

    type: str = ""
    ident: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Near:
    """Around a place: degrees, and the distance in metres."""

    latitude: float
    longitude: float
    metres: float


@dataclass(frozen=True, slots=True)
class Pair:
    """The two halves of a composite."""

    code: Coded
    other: Coded | Words | Amount | Day | Target


Value = Coded | Typed | Words | Day | Amount | Target | Near | Pair


@dataclass(frozen=True, slots=True)
class Condition:
    """One parameter of the search; it holds when any of its values is met. `missing` stands for `:missing`."""

    parameter: Parameter
    modifier: str = ""
    values: tuple[Value, ...] = ()
    missing: bool | None = None
    names: tuple[str, ...] = ()  # where it stands for several parameters, of which any may hold


@dataclass(frozen=True, slots=True)
class Link:
    """A condition on other documents: those that this one points to (a chain), or that point to this one (`_has`).

    It holds when any of the queries finds any of them; each query is about documents of another type.
    """

    parameter: Parameter  # the reference: of this type or, reversed, of the other
    queries: tuple[Query, ...]
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class Sort:
    """One key of the order: `_id`, `_lastUpdated` or a date parameter."""

    name: str
    descending: bool
    parameter: Parameter | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for among the documents of one type. Conditions hold together."""

    type: str
    conditions: tuple[Condition | Link, ...] = ()
    ids: tuple[frozenset[str], ...] = ()  # `_id`: an id of each of these sets
    changed: tuple[tuple[Day, ...], ...] = ()  # `_lastUpdated`: any of each
    sort: tuple[Sort, ...] = ()
    count: int | None = None
    total: Total | None = None
    cursor: str | None = None
    pairs: tuple[tuple[str, str], ...] = ()  # as given, without the cursor: for links, and to know the query again


class Scope(Protocol):
    """Which documents may be seen: a condition on the document table (patients.access.scope).

    It names the table `d` and its columns always as `d.…`: so it can be asked of every document that a chain meets.
    """

    @property
    def sql(self) -> str:
        """The condition, with `%s` for each value."""

    @property
    def params(self) -> Sequence[object]:
        """The values, in order."""


@dataclass(frozen=True, slots=True)
class Everything:
    """The scope of whom nothing is hidden from: tests and rebuilding."""

    sql: str = "1 = 1"
    params: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """One page of what was found, in order. `next` is the cursor of the page after it."""

    rows: list[Document] = field(default_factory=list)
    total: int | None = None  # of all pages, where it was counted
    next: str | None = None
    places: list[tuple[Any, ...]] = field(default_factory=list)  # of the rows in their order, see run.cursor_after
