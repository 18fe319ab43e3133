"""Where the points of a trend lie on paper. Knows no template and no colour; the templates draw what stands here.

A trend is anything with `points` (oldest first, each with `at`, `values`, `outside`), `limits` (one per value, each
with `low` and `high`, or None) and `limit_note`; see `telecare.vitals.trends.Trend`. All coordinates are texts with a
decimal point, because a template would write numbers with the comma of the reader's language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Protocol

from django.utils import timezone
from django.utils.formats import date_format

from config import formats

LEFT, TOP, RIGHT, BOTTOM = 34.0, 8.0, 10.0, 22.0
MANY = 31  # measurements; from here on only the last and those outside a limit get a mark
STEPS = tuple(Decimal(step) * Decimal(10) ** power for power in range(-2, 4) for step in (1, 2, 5))


class Limit(Protocol):
    @property
    def low(self) -> Decimal | None: ...
    @property
    def high(self) -> Decimal | None: ...


class Point(Protocol):
    @property
    def at(self) -> datetime: ...
    @property
    def values(self) -> tuple[Decimal, ...]: ...
    @property
    def outside(self) -> bool: ...


class Trend(Protocol):
    @property
    def points(self) -> Sequence[Point]: ...
    @property
    def limits(self) -> Sequence[Limit | None]: ...
    @property
    def limit_note(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Label:
    """A word at a place."""

    x: str
    y: str
    text: str
    anchor: str = "end"


@dataclass(frozen=True, slots=True)
class Box:
    """The shaded band between the limits."""

    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A measured point: `shape` is dot, last or outside."""

    x: str
    y: str
    shape: str
    diamond: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """All that a template needs to draw a trend."""

    width: int
    height: int
    lines: list[str] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    bands: list[Box] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)
    grid: list[Label] = field(default_factory=list)
    days: list[Label] = field(default_factory=list)
    words: Label | None = None
    left: str = "0"
    right: str = "0"


def text(number: float) -> str:
    """A coordinate with one decimal and a point: `12.5`, `12`."""
    return f"{number:.1f}".removesuffix(".0")


def scale(low: Decimal, high: Decimal, ticks: int = 3) -> list[Decimal]:
    """Round numbers that enclose `low` and `high`, at most `ticks` + 1 steps apart."""
    span = max(high - low, Decimal("0.5"))
    step = next((step for step in STEPS if span / step <= ticks), STEPS[-1])
    first = (low / step).to_integral_value(rounding="ROUND_FLOOR") * step
    marks = [first]
    while marks[-1] < high or len(marks) < 2:
        marks.append(marks[-1] + step)
    return marks


def roomy(marks: list[Decimal], trend: Trend) -> list[Decimal]:
    """A step more where a limit lies on the rim, so that one sees what is beyond it; never below zero."""
    limits = [edge for limit in trend.limits if limit for edge in (limit.low, limit.high) if edge is not None]
    step = marks[1] - marks[0]
    first = [marks[0] - step] if marks[0] in limits and marks[0] >= step else []
    return first + marks + ([marks[-1] + step] if marks[-1] in limits else [])


def edges(trend: Trend) -> tuple[Decimal, Decimal]:
    """The lowest and highest number that must be visible: all values and all limits."""
    numbers = [value for point in trend.points for value in point.values]
    numbers += [edge for limit in trend.limits if limit for edge in (limit.low, limit.high) if edge is not None]
    return min(numbers), max(numbers)


def spark(trend: Trend, width: int = 88, height: int = 28, most: int = 7) -> Drawing:
    """The last values as a line of the first series, its last point marked."""
    points = list(trend.points)[-most:]
    values = [point.values[0] for point in points]
    limit = trend.limits[0] if trend.limits else None
    numbers = values + ([edge for edge in (limit.low, limit.high) if edge is not None] if limit else [])
    low, high = min(numbers), max(numbers)
    span = float(high - low) or 1.0

    def y(value: Decimal) -> float:
        return height - 4 - float(value - low) / span * (height - 8)

    gap = (width - 10) / max(len(values) - 1, 1)
    places = [(4 + number * gap, y(value)) for number, value in enumerate(values)]
    if len(places) == 1:
        places = [(width - 6.0, places[0][1])]
    drawing = Drawing(width, height)
    if limit and (limit.low is not None or limit.high is not None):
        top = y(limit.high) if limit.high is not None else 0.0
        bottom = y(limit.low) if limit.low is not None else float(height)
        drawing.bands.append(Box("0", text(top), str(width), text(max(bottom - top, 1))))
    drawing.lines.append(" ".join(f"{text(x)},{text(y)}" for x, y in places))
    drawing.marks.append(mark(*places[-1], last=True, outside=beyond(trend, points[-1], 0)))
    return drawing


def chart(trend: Trend, width: int = 380, height: int = 132) -> Drawing:
    """Lines of all series over days, with limits as bands, round numbers at the left and days below."""
    points = list(trend.points)
    marks = roomy(scale(*edges(trend)), trend)
    low, high = marks[0], marks[-1]
    first, last = points[0].at, points[-1].at
    seconds = max((last - first).total_seconds(), 1.0)
    right, bottom = width - RIGHT, height - BOTTOM

    def x(moment: datetime) -> float:
        if len(points) == 1:
            return right - 8
        return LEFT + 8 + (moment - first).total_seconds() / seconds * (right - LEFT - 16)

    def y(value: Decimal) -> float:
        return bottom - float(value - low) / float(high - low) * (bottom - TOP)

    drawing = Drawing(width, height, left=text(LEFT), right=text(right))
    for value in marks:
        drawing.grid.append(Label(text(LEFT - 6), text(y(value)), formats.number(value)))
    for limit in trend.limits:
        if limit is None or (limit.low is None and limit.high is None):
            continue
        top = y(limit.high) if limit.high is not None else TOP
        base = y(limit.low) if limit.low is not None else bottom
        drawing.bands.append(Box(text(LEFT), text(top), text(right - LEFT), text(base - top)))
        drawing.limits.extend(text(y(edge)) for edge in (limit.high, limit.low) if edge is not None)
    series = min(len(point.values) for point in points)
    for number_of in range(series):
        places = [(x(point.at), y(point.values[number_of])) for point in points]
        drawing.lines.append(" ".join(f"{text(a)},{text(b)}" for a, b in places))
        for place, point in zip(places, points, strict=True):
            if len(points) > MANY and point is not points[-1] and not point.outside:
                continue  # a dot for each would hide the line
            drawing.marks.append(mark(*place, last=point is points[-1], outside=beyond(trend, point, number_of)))
    drawing.days.extend(days(first, last, x, height))
    return with_words(drawing, trend.limit_note) if drawing.limits and trend.limit_note else drawing


def beyond(trend: Trend, point: Point, number_of: int) -> bool:
    """Whether this number of a point is the one outside: of blood pressure the upper or the lower value."""
    limit = trend.limits[number_of] if number_of < len(trend.limits) else None
    value = point.values[number_of]
    if not point.outside or limit is None:
        return False
    return (limit.low is not None and value < limit.low) or (limit.high is not None and value > limit.high)


def with_words(drawing: Drawing, words: str) -> Drawing:
    """The limit in words at its upper line, above or below, left or right: where least of a line runs through it."""
    line, long = float(drawing.limits[0]), 5.4 * len(words)
    left, right = LEFT + 4, float(drawing.right) - 4
    places = [(x, y, anchor) for x, anchor in ((left, "start"), (right, "end")) for y in (line - 4, line + 12)]
    ink = list(traced(drawing.lines))

    def covered(place: tuple[float, float, str]) -> int:
        x, y, anchor = place
        begin = x if anchor == "start" else x - long
        outside_the_drawing = 1000 if y < TOP + 6 or y > drawing.height - BOTTOM else 0
        return outside_the_drawing + sum(begin <= a <= begin + long and y - 13 <= b <= y + 5 for a, b in ink)

    x, y, anchor = min(places, key=covered)
    return replace(drawing, words=Label(text(x), text(y), words, anchor))


def traced(lines: list[str]) -> Iterator[tuple[float, float]]:
    """Points along the lines, some units apart."""
    for line in lines:
        points = [tuple(map(float, point.split(","))) for point in line.split()]
        for (a, b), (c, d) in pairwise(points):
            parts = max(int(abs(c - a) // 4), 1)
            yield from ((a + (c - a) * part / parts, b + (d - b) * part / parts) for part in range(parts + 1))


def days(first: datetime, last: datetime, x: Callable[[datetime], float], height: int) -> list[Label]:
    """At most four days below the lines; the last reads "today" or "yesterday" where it is."""
    start, end = timezone.localtime(first), timezone.localtime(last)
    whole = (end.date() - start.date()).days
    if whole == 0:
        return [Label(text(x(last)), str(height - 6), formats.day(end.date()), "end")]
    steps = min(3, whole)
    chosen = {0: start, steps: end}
    for step in range(1, steps):
        moment = start + timedelta(days=round(whole * step / steps))
        chosen[step] = moment.replace(hour=12, minute=0)
    labels = []
    for step, moment in sorted(chosen.items()):
        name = formats.day(moment.date()) if step == steps else date_format(moment, formats.shape("day"))
        labels.append(Label(text(x(moment)), str(height - 6), name, "end" if step == steps else "middle"))
    return labels


def mark(x: float, y: float, *, last: bool, outside: bool) -> Mark:
    """A dot, the filled last dot, or the diamond of a value outside its limit."""
    if outside:
        diamond = f"{text(x)},{text(y - 5)} {text(x + 5)},{text(y)} {text(x)},{text(y + 5)} {text(x - 5)},{text(y)}"
        return Mark(text(x), text(y), "outside", diamond)
    return Mark(text(x), text(y), "last" if last else "dot")
