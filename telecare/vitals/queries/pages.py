"""What the pages of measurements show: one frozen object per page. Texts are ready to read; moments are aware."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from telecare.vitals.trends import Point, Trend


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose values these are."""

    id: str
    name: str
    year: int | None = None
    own: bool = False  # the reader is this patient


@dataclass(frozen=True, slots=True)
class Step:
    """One kind of value while measuring: what was entered now, what it was last time, how it stands.

    `state` and `word` as in a status ("watch", "Outside the limit of Dr. Voss"); `current` marks the one being entered.
    """

    kind: str
    title: str
    unit: str
    state: str
    word: str
    value: str = ""  # entered now
    last: str = ""  # "83,9"
    current: bool = False


@dataclass(frozen=True, slots=True)
class MeasurePage:
    """vitals/measure.html. `last_words`: "yesterday 83,9 kg"; `since`: "Home visit since 10:17"; `then`: next kind."""

    subject: Subject
    steps: tuple[Step, ...]
    kind: str
    title: str
    unit: str
    trend: Trend | None = None
    last_words: str = ""
    since: str = ""
    then: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One kind in the tabs of the measurements page."""

    kind: str
    title: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class MeasurementRow:
    """One measurement in the table."""

    id: str
    point: Point
    at: datetime
    by: str
    where: str = ""  # "at the visit", "at home"
    note: str = ""


@dataclass(frozen=True, slots=True)
class MeasurementsPage:
    """vitals/measurements.html: one kind of value over `days` days, as a drawing and as a table."""

    subject: Subject
    choices: tuple[Choice, ...]
    trend: Trend
    rows: tuple[MeasurementRow, ...]
    days: int = 14
    total: int | None = None
    next_cursor: str = ""
    watched: str = ""  # when values are looked at
    may_measure: bool = False
    may_limit: bool = False
