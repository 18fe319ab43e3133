"""The patient's own start page: next appointment, values, messages, team, and who has read the record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from messaging.chat import queries as chat
from patients.access import Action, Wish, allowed_among, repository
from patients.access.categories import CHAT, CONSENT
from patients.accounts import roles
from patients.accounts.actor import Actor, Role
from patients.accounts.services import CODE_PRINTED
from patients.audit import queries as audit
from patients.audit.models import AuditEvent
from patients.network import queries as network
from patients.network.resources.asking import Emergency
from telecare.consultations import queries as consultations
from telecare.dashboards.queries import parts
from telecare.dashboards.queries.grants import members
from telecare.dashboards.queries.patient import head_and_team
from telecare.dashboards.queries.shapes import OwnPage, Reader, ThreadRow, Word
from telecare.dashboards.queries.waiting import appointment_row, note_rows
from telecare.vitals import queries as vitals
from telecare.vitals.queries.pages import MEASURE

WISHES = {
    "measure": MEASURE,
    "read thread": Wish(Action.READ, CHAT),
    "decide": Wish(Action.READ, CONSENT),
}
READERS = 5  # looks that the start page shows
TOLD = timedelta(days=14)  # of a reading in an emergency, and of a code that was printed
YEAR = timedelta(days=365)


def own_page(actor: Actor, patient_id: str) -> OwnPage:
    """What a patient sees first; a relative sees the same of the patient, within what was delegated."""
    now = timezone.localtime()
    with repository(actor).look("own page") as records:
        person, team = head_and_team(records, patient_id)
        searches = [*vitals.searches([patient_id], since=parts.first_day()), consultations.note_search(patient_id)]
        records.ahead([*searches, network.readings_search(patient_id)])
        trends = parts.trends_of(records, [patient_id]).get(patient_id, [])
        notes = note_rows(consultations.notes_of(actor, patient_id, records=records))
        emergencies = _lately(network.readings(records, patient_id))
    upcoming = consultations.next_of(actor, patient_id)
    entry = chat.entry_of(actor, patient_id)
    may = allowed_among(actor, WISHES, patient=patient_id)
    thread = parts.thread_row(entry) if entry else None
    if thread is None and "read thread" in may:
        thread = ThreadRow(id=patient_id, title="", author="", text=_("No messages yet."), at=now)
    own = actor.patient == patient_id
    readers, codes = _log(actor, patient_id)
    return OwnPage(
        name=person.name if own else network.names([actor.person or ""]).get(actor.person or "", ""),
        now=now,
        person=person.name,
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
        own=own,
        readers=readers,
        codes=codes,
        may_measure="measure" in may,
        may_decide="decide" in may,
        may_log=not own and network.represents_in_health(actor, patient_id),
        emergencies=emergencies,
    )


def _lately(readings: Iterable[Emergency]) -> tuple[Reader, ...]:
    """Who has read in an emergency within two weeks: the person must not have to look for it."""
    recent = [one for one in readings if timezone.now() - one.since < TOLD]
    called = network.names({one.reader for one in recent}) if recent else {}
    return tuple(
        Reader(called.get(one.reader, _("Somebody")), one.since, one.reason, Word("urgent", _("Emergency access")))
        for one in recent
    )


def _log(actor: Actor, patient_id: str) -> tuple[tuple[Reader, ...], tuple[Reader, ...]]:
    """Who has looked at one's own record, and who has printed a code for one's sign-in, or one's family's.

    A relative learns of the codes for their own sign-in alone.
    """
    own, now = actor.patient == patient_id, timezone.now()
    looks = audit.looks_at(
        patient_id, since=now - YEAR, most=READERS * 40 if own else 0, also=CODE_PRINTED, also_since=now - TOLD
    )
    printed = [one for one in looks.also if own or one.ident == str(actor.account)]
    named = {one.person for one in (*looks.all, *printed)}
    names = network.names(named | {f"Organization/{one.organisation}" for one in looks.all})
    mine, family = _("for your sign-in"), _("for the sign-in of a relative")
    codes = [
        Reader(
            names.get(one.person, _("Somebody")),
            one.at,
            mine if one.ident == str(actor.account) else family,
            Word("watch", _("Code printed")),
        )
        for one in printed
    ]
    return _readers(actor, looks.all, names), tuple(codes)


def _readers(actor: Actor, looks: Iterable[AuditEvent], names: Mapping[str, str]) -> tuple[Reader, ...]:
    """Who has looked, the newest first; several looks of one person on one day are one line."""
    found: dict[tuple[str, object], Reader] = {}
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
        if len(found) == READERS:
            break
    return tuple(found.values())
