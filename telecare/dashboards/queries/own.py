"""The patient's own start page: next appointment, values, messages, team, and who has read the record."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from messaging.chat import queries as chat
from patients.access import Action, allowed, repository
from patients.access.categories import CHAT
from patients.accounts import roles
from patients.accounts.actor import Actor, Role
from patients.audit import queries as audit
from patients.network import queries as network
from telecare.consultations import queries as consultations
from telecare.dashboards.queries import parts
from telecare.dashboards.queries.grants import members
from telecare.dashboards.queries.shapes import OwnPage, Reader, ThreadRow, Word
from telecare.dashboards.queries.waiting import appointment_row, note_rows
from telecare.vitals.queries.pages import may_measure

READERS = 5  # looks that the start page shows


def own_page(actor: Actor, patient_id: str) -> OwnPage:
    """What a patient sees first; a relative sees the same of the patient, within what was delegated."""
    now = timezone.localtime()
    with repository(actor).look("own page") as records:
        person = network.person(records, patient_id)
        team = network.team(records, patient_id)
        trends = parts.trends_of(records, [patient_id]).get(patient_id, [])
        notes = note_rows(consultations.notes_of(actor, patient_id, records=records))
    upcoming = consultations.next_of(actor, patient_id)
    entry = chat.entry_of(actor, patient_id)
    thread = parts.thread_row(entry) if entry else None
    if thread is None and allowed(actor, Action.READ, patient=patient_id, category=CHAT):
        thread = ThreadRow(id=patient_id, title="", author="", text=_("No messages yet."), at=now)
    own = actor.patient == patient_id
    return OwnPage(
        name=person.name if own else network.names([actor.person or ""]).get(actor.person or "", ""),
        now=now,
        id=patient_id,
        next=appointment_row(upcoming, {}) if upcoming else None,
        next_with=upcoming.with_words if upcoming else "",
        joinable=upcoming is not None and upcoming.open_now,
        trends=tuple(trends),
        watched=_("Values are not monitored."),
        thread=thread,
        unread=entry.unread if entry else 0,
        team=members(actor, team, person.relatives),
        notes=notes,
        readers=readers(actor, patient_id, most=READERS) if own else (),
        may_measure=may_measure(actor, patient_id),
    )


def readers(actor: Actor, patient_id: str, *, most: int) -> tuple[Reader, ...]:
    """Who has looked at the record, the newest first; several looks of one person on one day are one line."""
    found: dict[tuple[str, object], Reader] = {}
    looks = audit.looks_at(patient_id, since=timezone.now() - timedelta(days=365), most=most * 40)
    names = network.names({one.person for one in looks} | {f"Organization/{one.organisation}" for one in looks})
    for one in looks:
        if one.person == actor.person or not one.person:
            continue
        where = names.get(f"Organization/{one.organisation}", "")
        emergency = one.purpose == "BTG"
        reader = Reader(
            name=names.get(one.person, _("Connected system")),
            at=one.at,
            what=", ".join(filter(None, [str(roles.word(Role(one.role))) if one.role else "", where])),
            state=Word("urgent", _("Emergency access")) if emergency else Word("ok", _("Care")),
        )
        found.setdefault((one.person, timezone.localdate(one.at)), reader)
        if len(found) == most:
            break
    return tuple(found.values())


def patient_of_relative(actor: Actor) -> str | None:
    """The patient to whom a relative or representative belongs."""
    person = actor.person or ""
    if not person.startswith("RelatedPerson/"):
        return None
    document = repository(actor).read("RelatedPerson", person.removeprefix("RelatedPerson/"))
    return document.patient
