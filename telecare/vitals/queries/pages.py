"""What the pages of measurements show: one frozen object per page. Texts are ready to read; moments are aware."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from patients.access import Action, Repository, Wish, allowed_among, repository
from patients.access.categories import CLINICAL
from patients.access.joining import is_own
from patients.accounts.actor import Actor
from patients.errors import Denied, Missing
from patients.network import queries as network
from telecare.tasks import queries as tasks
from telecare.tasks.queries import TaskPage
from telecare.tasks.resources import Kind as TaskKind
from telecare.vitals import occasions
from telecare.vitals.kinds import KINDS, Kind
from telecare.vitals.queries.measured import Series, limits_of, series
from telecare.vitals.resources import Limit, Measurement, measurement
from telecare.vitals.trends import Point, Trend

MEASURE = Wish(Action.CREATE, CLINICAL, "Observation", own=True)
LIMIT = Wish(Action.CREATE, CLINICAL, "Goal", own=True)
JUST_NOW = timedelta(hours=2)  # a value this young belongs to the measuring that goes on


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
    back: str = ""  # the address of the visit


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
    unit: str = ""
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


@dataclass(frozen=True, slots=True)
class LimitChoice:
    """One kind in the list of limits; `words` is "" where none is in force."""

    kind: str
    title: str
    words: str = ""
    by: str = ""
    since: date | None = None


@dataclass(frozen=True, slots=True)
class LimitsPage:
    """vitals/limits.html"""

    subject: Subject
    choices: tuple[LimitChoice, ...]
    may_limit: bool


@dataclass(frozen=True, slots=True)
class LimitPage:
    """vitals/limit.html: the limit in force, and what was measured."""

    subject: Subject
    kind: str
    title: str
    unit: str
    limit: Limit | None
    trend: Trend | None


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """vitals/review.html: the values in question, newest first, and the trend that they belong to."""

    task: TaskPage
    subject: Subject
    values: tuple[MeasurementRow, ...]
    trend: Trend | None


def measure_page(actor: Actor, patient_id: str, kind: Kind) -> MeasurePage:
    """The page on which one kind is entered, with what was measured just now and last time."""
    with repository(actor).look("measure") as records:
        subject = _subject(actor, patient_id, records)
        known = series(actor, patient_id, days=60, records=records)
        occasion = occasions.now(actor, patient_id, records)
        names = network.names(_people(known))
    by_kind = {one.kind.name: one for one in known}
    shown = by_kind.get(kind.name)
    following = KINDS[KINDS.index(kind) + 1] if kind is not KINDS[-1] else None
    return MeasurePage(
        subject=subject,
        steps=tuple(_step(one, by_kind.get(one.name), names, current=one is kind) for one in KINDS),
        kind=kind.name,
        title=str(kind.label),
        unit=kind.unit,
        trend=trend(shown, names) if shown else None,
        last_words=_last_words(shown),
        since=occasion.words if occasion else "",
        back=occasion.href if occasion else "",
        then=str(following.label) if following else "",
    )


def measurements_page(actor: Actor, patient_id: str, kind: Kind | None, days: int, *, watched: str) -> MeasurementsPage:
    """All values of one kind over some days; the first kind that has values when none is chosen."""
    with repository(actor).look("measurements") as records:
        subject = _subject(actor, patient_id, records)
        known = series(actor, patient_id, days=days, records=records)
        names = network.names(_people(known))
    may = allowed_among(actor, {"measure": MEASURE, "limit": LIMIT}, patient=patient_id)
    shown = next((one for one in known if kind is None or one.kind is kind), None)
    chosen = shown.kind if shown else kind or KINDS[0]
    kinds = [one for one in KINDS if one is chosen or any(one is other.kind for other in known)]
    rows = [] if shown is None else [_row(one, shown.limit, names) for one in reversed(shown.measurements)]
    drawn = trend(shown, names) if shown else Trend(chosen.name, str(chosen.label), chosen.unit)
    return MeasurementsPage(
        subject=subject,
        choices=tuple(Choice(one.name, str(one.label), one is chosen) for one in kinds),
        trend=drawn,
        rows=tuple(rows),
        days=days,
        total=len(rows),
        watched=watched,
        may_measure="measure" in may,
        may_limit="limit" in may,
    )


def latest(actor: Actor, patient_id: str, *, days: int = 14) -> tuple[Trend, ...]:
    """The kinds that have values, the newest measured first. Raises Missing for a foreign patient."""
    with repository(actor).look("latest values") as records:
        records.read("Patient", patient_id)
        known = series(actor, patient_id, days=days, records=records)
        names = network.names(_people(known))
    drawn = [trend(one, names) for one in known if one.measurements]
    return tuple(sorted(drawn, key=lambda one: one.points[-1].at, reverse=True))


def figures(values: Sequence[Decimal]) -> str:
    """149/87, 84,6"""
    return "/".join(number_format(value) for value in values)


def way_back(actor: Actor, patient_id: str) -> str:
    """Where one goes after measuring: to the visit that is running, or to the values."""
    with repository(actor).look("measure") as records:
        occasion = occasions.now(actor, patient_id, records)
    return occasion.href if occasion else reverse("vitals:measurements", args=[patient_id])


def limits_page(actor: Actor, patient_id: str) -> LimitsPage:
    """The limits in force, of all kinds. Raises Missing."""
    with repository(actor).look("limits") as records:
        subject = _subject(actor, patient_id, records)
        known = limits_of(actor, patient_id, records=records)
    names = network.names({one.author for one in known.values()})
    may = allowed_among(actor, {"limit": LIMIT}, patient=patient_id)
    return LimitsPage(subject, tuple(_limit_choice(kind, known.get(kind.name), names) for kind in KINDS), bool(may))


def _limit_choice(kind: Kind, limit: Limit | None, names: Mapping[str, str]) -> LimitChoice:
    if limit is None:
        return LimitChoice(kind.name, str(kind.label))
    several = len(kind.parts) > 1
    bounds = [
        f"{part.label} {bound.words}" if several else bound.words
        for part, bound in zip(kind.parts, limit.bounds, strict=True)
        if bound.words
    ]
    words = f"{', '.join(bounds)} {kind.unit}"
    return LimitChoice(kind.name, str(kind.label), words, names.get(limit.author, ""), limit.since.date())


def limit_page(actor: Actor, patient_id: str, kind: Kind) -> LimitPage:
    """The limit of one kind with what was measured. Raises Missing; Denied for whom may set none."""
    with repository(actor).look("limit") as records:
        subject = _subject(actor, patient_id, records)
        known = series(actor, patient_id, days=60, kinds=(kind,), records=records)
        limit = limits_of(actor, patient_id, records=records).get(kind.name)
    if not allowed_among(actor, {"limit": LIMIT}, patient=patient_id):
        raise Denied(_("Limits are set by doctors."))
    drawn = trend(known[0], network.names(_people(known))) if known else None
    return LimitPage(subject, kind.name, str(kind.label), kind.unit, limit, drawn)


def review_page(actor: Actor, task_id: str) -> ReviewPage:
    """What a review asks to look at. Raises Missing, also for tasks that are none."""
    with repository(actor).look("review") as records:
        task = tasks.task_page(actor, task_id, records=records)
        about = task.row.task
        if about.kind is not TaskKind.REVIEW or about.patient is None:
            raise Missing("")
        subject = _subject(actor, about.patient, records)
        focus = [one.removeprefix("Observation/") for one in about.focus if one.startswith("Observation/")]
        found = records.read_many("Observation", focus).values()
        values = [one for one in (measurement(document.content) for document in found) if one]
        known = series(actor, about.patient, days=14, records=records)
    shown = next((one for one in known if any(value.kind is one.kind for value in values)), None)
    names = network.names({*_people(known), *(one.performer for one in values)})
    limit = shown.limit if shown else None
    newest = sorted(values, key=lambda one: one.taken_at, reverse=True)
    rows = tuple(_row(one, limit if limit and limit.kind is one.kind else None, names) for one in newest)
    return ReviewPage(task, subject, rows, trend(shown, names) if shown else None)


def may_measure(actor: Actor, patient_id: str) -> bool:
    """Whether the actor could record a value for this patient: their own, or for an organisation that may."""
    return bool(allowed_among(actor, {"measure": MEASURE}, patient=patient_id))


def trend(found: Series, names: Mapping[str, str]) -> Trend:
    """A series in the words of a page: who measured, whose limit, what is outside."""
    limit = found.limit
    return Trend(
        kind=found.kind.name,
        title=str(found.kind.label),
        unit=found.kind.unit,
        points=tuple(_point(one, limit, names) for one in found.measurements),
        limits=limit.bounds if limit else (),
        limit_by=names.get(limit.author, "") if limit else "",
        limit_since=limit.since.date() if limit else None,
    )


def _point(one: Measurement, limit: Limit | None, names: Mapping[str, str]) -> Point:
    outside = limit is not None and not limit.allows(one)
    return Point(one.taken_at, one.values, outside, names.get(one.performer, ""))


def _people(known: Sequence[Series]) -> list[str]:
    performers = {one.performer for found in known for one in found.measurements if one.performer}
    return sorted(performers | {found.limit.author for found in known if found.limit})


def _row(one: Measurement, limit: Limit | None, names: Mapping[str, str]) -> MeasurementRow:
    at_home = one.performer.startswith(("Patient/", "RelatedPerson/"))
    return MeasurementRow(
        id=one.id,
        point=_point(one, limit, names),
        at=one.taken_at,
        by=names.get(one.performer, ""),
        where=_("at home") if at_home else _("at the visit"),
        unit=one.kind.unit,
    )


def _subject(actor: Actor, patient_id: str, records: Repository) -> Subject:
    card = network.card(records.read("Patient", patient_id))
    return Subject(
        patient_id, card.name, card.birth_date.year if card.birth_date else None, own=is_own(actor, patient_id)
    )


def _step(kind: Kind, found: Series | None, names: Mapping[str, str], *, current: bool) -> Step:
    last = found.last if found else None
    fresh = last is not None and last.taken_at > timezone.now() - JUST_NOW
    earlier = _earlier(found) if fresh else last
    state, word = "idle", _("Still open")
    if fresh and found:
        drawn = trend(found, names)
        state, word = drawn.state, drawn.state_words
    elif current:
        state, word = "info", _("You are typing")
    return Step(
        kind=kind.name,
        title=str(kind.label),
        unit=kind.unit,
        state=state,
        word=word,
        value=_figures(last) if fresh and last else "",
        last=_figures(earlier) if earlier else "",
        current=current,
    )


def _earlier(found: Series | None) -> Measurement | None:
    older = [one for one in found.measurements if one.taken_at <= timezone.now() - JUST_NOW] if found else []
    return older[-1] if older else None


def _figures(one: Measurement) -> str:
    return "/".join(number_format(value) for value in one.values)


def _last_words(found: Series | None) -> str:
    if found is None or found.last is None:
        return ""
    day = timezone.localtime(found.last.taken_at).strftime("%d.%m.")
    return _("%(day)s: %(value)s %(unit)s") % {"day": day, "value": _figures(found.last), "unit": found.kind.unit}
