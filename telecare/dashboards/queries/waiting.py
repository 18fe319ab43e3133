"""Consultations in the words of start pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from telecare.consultations.models import Medium
from telecare.consultations.queries.day import Expected, NoteOf, Upcoming
from telecare.dashboards.queries.shapes import AppointmentRow, NoteRow, Person, Waiting, Word

SOON = 60  # minutes before an appointment from which its row counts down


def waiting_rows(expected: Iterable[Expected], people: Mapping[str, Person]) -> tuple[Waiting, ...]:
    """Who is there or expected; people whom the reader may not see are left out."""
    return tuple(_waiting(one, people[one.patient]) for one in expected if one.patient in people)


def appointment_rows(expected: Iterable[Expected], people: Mapping[str, Person]) -> tuple[AppointmentRow, ...]:
    """Appointments of today to which nobody has come yet."""
    return tuple(
        AppointmentRow(
            id=one.id,
            at=one.at or timezone.now(),
            person=people[one.patient],
            what=medium(one.medium),
            state=_unwanted() if one.unwanted else _countdown(one.at),
            consultation=one.id,
        )
        for one in expected
        if one.patient in people
    )


def appointment_row(one: Upcoming, people: Mapping[str, Person]) -> AppointmentRow:
    """A patient's next appointment."""
    at = one.at or timezone.now()
    state = Word("ok", _("The waiting room is open.")) if one.open_now else _countdown(one.at)
    return AppointmentRow(one.id, at, people.get(one.patient), medium(one.medium), state, one.id)


def note_rows(notes: Iterable[NoteOf]) -> tuple[NoteRow, ...]:
    """Notes in a list."""
    return tuple(
        NoteRow(
            id=one.consultation,
            title=one.title,
            at=one.at,
            by=", ".join(filter(None, one.authors)),
            state=Word("ok", _("Signed")) if one.complete else Word("watch", _("One part is missing")),
        )
        for one in notes
    )


def medium(code: str) -> str:
    """How people meet, in words."""
    return {
        Medium.OWN.value: _("Video consultation"),
        Medium.EXTERNAL.value: _("Video in another room"),
        Medium.TELEPHONE.value: _("By telephone"),
        Medium.ON_SITE.value: _("On site"),
    }.get(code, code)


_SHORT = {
    Medium.OWN.value: "video",
    Medium.EXTERNAL.value: "external",
    Medium.TELEPHONE.value: "telephone",
    Medium.ON_SITE.value: "on-site",
}


def _waiting(one: Expected, person: Person) -> Waiting:
    company = _("with %(name)s") % {"name": one.doctor_name} if one.doctor_name else ""
    return Waiting(
        id=one.id,
        person=person,
        at=None if one.caller_name else one.at,
        since=one.arrived_at,
        on_site=one.caller_name,
        company=company,
        medium=_SHORT.get(one.medium, one.medium),
        states=tuple(_states(one)),
        unwanted=one.unwanted,
        taken_by=_taken(one),
    )


def _states(one: Expected) -> list[Word]:
    if one.arrived_at is None:
        return [_countdown(one.at)]
    now = timezone.now()
    states = [_unwanted()] if one.unwanted else []
    if any(row.connected(now) for row in one.waiting):
        states.append(Word("ok", _("Is there")))
    else:
        states.append(Word("watch", _("Line is interrupted")))
    if any(row.wants_call for row in one.waiting):
        states.append(Word("info", _("Please call")))
    elif any(row.sound and not row.picture for row in one.waiting):
        states.append(Word("info", _("Sound only")))
    if one.weak:
        states.append(Word("watch", _("Weak line")))
    if one.knocked:
        states.append(Word("watch", _("Came without PIN: please recognise")))
    return states


def _unwanted() -> Word:
    return Word("urgent", _("Does not want video"))


def _taken(one: Expected) -> str:
    if not one.taken_by or one.taken_at is None:
        return ""
    return f"{one.taken_by} {timezone.localtime(one.taken_at):%H:%M}"


def _countdown(at: datetime | None) -> Word:
    if at is None:
        return Word("idle", _("Planned"))
    minutes = round((at - timezone.now()).total_seconds() / 60)
    if minutes < 0:
        return Word("watch", _("Not here yet"))
    if minutes <= SOON:
        return Word("info", _("In %(number)d min.") % {"number": minutes})
    return Word("idle", _("Planned"))
