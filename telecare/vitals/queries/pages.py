"""What the pages of measurements show: one frozen object per page. Texts are ready to read; moments are aware."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from patients.access import Action, Repository, Wish, allowed_among, repository
from patients.access.categories import CLINICAL
from patients.accounts.actor import Actor, Role
from patients.network import queries as network
from telecare.vitals.kinds import BY_NAME, KINDS, Kind
from telecare.vitals.queries.measured import Series, series
from telecare.vitals.resources import Limit, Measurement
from telecare.vitals.trends import Point, Trend

MEASURE = Wish(Action.CREATE, CLINICAL, "Observation", own=True)
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


def measure_page(actor: Actor, patient_id: str, kind: Kind, *, since: str = "") -> MeasurePage:
    """The page on which one kind is entered, with what was measured just now and last time."""
    with repository(actor).look("measure") as records:
        subject = _subject(actor, patient_id, records)
        known = series(actor, patient_id, days=60, records=records)
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
        since=since,
        then=str(following.label) if following else "",
    )


def measurements_page(actor: Actor, patient_id: str, kind: Kind | None, days: int, *, watched: str) -> MeasurementsPage:
    """All values of one kind over some days; the first kind that has values when none is chosen."""
    with repository(actor).look("measurements") as records:
        subject = _subject(actor, patient_id, records)
        known = series(actor, patient_id, days=days, records=records)
        names = network.names(_people(known))
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
        may_measure=may_measure(actor, patient_id),
        may_limit=actor.role is Role.DOCTOR,
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
    )


def _subject(actor: Actor, patient_id: str, records: Repository) -> Subject:
    card = network.card(records.read("Patient", patient_id))
    return Subject(
        patient_id, card.name, card.birth_date.year if card.birth_date else None, own=actor.patient == patient_id
    )


def _step(kind: Kind, found: Series | None, names: Mapping[str, str], *, current: bool) -> Step:
    last = found.last if found else None
    fresh = last is not None and last.taken_at > timezone.now() - JUST_NOW
    earlier = _earlier(found) if fresh else last
    state, word = "idle", _("Open")
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


def kind_named(name: str) -> Kind | None:
    """The kind of that name, if there is one."""
    return BY_NAME.get(name)
