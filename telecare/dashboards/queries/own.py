"""The patient's own start page: next appointment, values, messages, team, and who has read the record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from messaging.chat import queries as chat
from patients.access import Action, Deed, Wish, allowed, allowed_among, repository
from patients.access.categories import CHAT, CONSENT
from patients.access.joining import together
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
    "consult": Wish(Deed.CONSULT),
}
READERS = 5  # looks that the start page shows
TOLD = timedelta(days=14)  # of a reading in an emergency, and of a code that was printed
YEAR = timedelta(days=365)


def own_page(actor: Actor, patient_id: str) -> OwnPage:
    """What a patient sees first, of all records of theirs that were joined, from whichever they come.

    A relative sees the same of the patient, within what was delegated.
    """
    now = timezone.localtime()
    if actor.patient and patient_id != actor.patient:
        patient_id = together(actor, patient_id)[0]
    with repository(actor).look("own page") as records:
        person, team = head_and_team(records, patient_id)
        whole = together(actor, patient_id) if person.joined else (patient_id,)
        searches = [*vitals.searches(whole, since=parts.first_day()), consultations.note_search(*whole)]
        records.ahead([*searches, network.readings_search(*whole)])
        trends = parts.trends_as_one(records, whole)
        notes = note_rows(consultations.notes_of(*whole, records=records))
        emergencies = _lately(network.readings(records, *whole))
    may = allowed_among(actor, WISHES, patient=patient_id)
    others = [one for one in whole if one != patient_id and allowed(actor, Deed.CONSULT, patient=one)]
    upcoming = consultations.next_of([patient_id, *others] if "consult" in may else others)
    entries = [entry for one in whole if (entry := chat.entry_of(actor, one))]
    entry = max(entries, key=lambda one: one.at, default=None)
    thread = parts.thread_row(entry) if entry else None
    if thread is None and "read thread" in may:
        thread = ThreadRow(id=patient_id, title="", author="", text=_("No messages yet."), at=now)
    own = actor.patient == patient_id
    readers, codes = _log(actor, whole)
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
        unread=sum(one.unread for one in entries),
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


def _log(actor: Actor, whole: Sequence[str]) -> tuple[tuple[Reader, ...], tuple[Reader, ...]]:
    """Who has looked at one's own record, and who has printed a code for one's sign-in, or one's family's.

    A relative learns of the codes for their own sign-in alone.
    """
    own, now = actor.patient == whole[0], timezone.now()
    most = READERS * 40 if own else 0
    found = [
        audit.looks_at(one, since=now - YEAR, most=most, also=CODE_PRINTED, also_since=now - TOLD) for one in whole
    ]
    looks = sorted((one for each in found for one in each.all), key=lambda one: one.id, reverse=True)
    printed = [one for each in found for one in each.also if own or one.ident == str(actor.account)]
    named = {one.person for one in (*looks, *printed)}
    names = network.names(named | {f"Organization/{one.organisation}" for one in looks})
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
    return _readers(actor, looks, names), tuple(codes)


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
