"""The patient page: person, care team, trends, limits, tasks, thread, notes, who may see this and on what basis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from messaging.chat import queries as chat
from patients.access import Action, Deed, Repository, allowed, repository
from patients.access.categories import CHAT
from patients.accounts.actor import Actor, Role
from patients.network import queries as network
from telecare.consultations import queries as consultations
from telecare.dashboards.queries import parts
from telecare.dashboards.queries.grants import grants, members, reason
from telecare.dashboards.queries.shapes import Head, LimitRow, Medicine, PatientPage, Row, ThreadRow, Word
from telecare.dashboards.queries.waiting import note_rows
from telecare.tasks import queries as tasks
from telecare.tasks.resources import Kind
from telecare.vitals.queries.pages import may_measure
from telecare.vitals.trends import Point, Trend

REHEARSAL = "https://telecare.example/fhir/CodeSystem/practice|rehearsal"
ROWS = 12  # lines of the table of values


def patient_page(actor: Actor, patient_id: str) -> PatientPage:
    """All that this reader may see of a patient, in one look. Raises Missing."""
    with repository(actor).look("patient page") as records:
        person = network.person(records, patient_id)
        team = network.team(records, patient_id)
        trends = parts.trends_of(records, [patient_id]).get(patient_id, [])
        waiting = tasks.of_patient(actor, patient_id, records=records)
        medication = _medication(records, patient_id)
        notes = note_rows(consultations.notes_of(actor, patient_id, records=records))
    names = network.names([one.requester for one in waiting])
    return PatientPage(
        head=head(person),
        reason=reason(actor, team),
        trends=tuple(trends),
        rows=_rows(trends),
        limits=_limits(trends),
        tasks=parts.task_rows([one for one in waiting if one.kind is not Kind.REVIEW], {}, names),
        open_tasks=len(waiting),
        team=members(actor, team, person.relatives),
        grants=grants(team),
        thread=_thread(actor, patient_id),
        notes=notes,
        medication=medication,
        may_measure=may_measure(actor, patient_id),
        may_write=allowed(actor, Action.CREATE, patient=patient_id, category=CHAT),
        may_consult=allowed(actor, Deed.CONSULT, patient=patient_id),
        may_limit=actor.role is Role.DOCTOR,
        practice=person.rehearsal,
    )


def head(person: network.Person) -> Head:
    """Name, age, where to reach, and what to mind: allergies red, other cautions amber."""
    relatives = [
        _("%(name)s, %(phone)s") % {"name": one.name, "phone": one.phone} if one.phone else one.name
        for one in person.relatives
    ]
    allergies = tuple(Word("urgent", _("Allergy: %(name)s") % {"name": one}) for one in person.allergies)
    return Head(
        id=person.id,
        name=person.name,
        born=person.birth_date,
        age=person.age,
        line=" · ".join(filter(None, [person.address, person.phone, *relatives])),
        flags=allergies + tuple(Word("watch", one) for one in person.flags),
    )


def _rows(trends: Sequence[Trend]) -> tuple[Row, ...]:
    """The newest measurements as lines of a table: what one person took within an hour shares a line."""
    lines: dict[tuple[datetime, str], dict[str, Point]] = {}
    for trend in trends:
        for point in trend.points:
            at = timezone.localtime(point.at).replace(minute=0, second=0, microsecond=0)
            lines.setdefault((at, point.by), {})[trend.kind] = point
    newest = sorted(lines.items(), key=lambda line: line[0][0], reverse=True)[:ROWS]
    return tuple(
        Row(
            at=max(point.at for point in cells.values()),
            cells=tuple(cells.get(trend.kind) for trend in trends),
            by=by,
        )
        for (_at, by), cells in newest
    )


def _limits(trends: Sequence[Trend]) -> tuple[LimitRow, ...]:
    return tuple(
        LimitRow(one.kind, one.title, f"{one.limit_words} {one.unit}", one.limit_by, one.limit_since)
        for one in trends
        if one.limit_words
    )


def _thread(actor: Actor, patient_id: str) -> ThreadRow | None:
    entry = chat.entry_of(actor, patient_id)
    if entry is not None:
        return parts.thread_row(entry)
    if not allowed(actor, Action.READ, patient=patient_id, category=CHAT):
        return None
    return ThreadRow(id=patient_id, title="", author="", text="", at=timezone.localtime())


def _medication(records: Repository, patient_id: str) -> tuple[Medicine, ...]:
    pairs = [("patient", f"Patient/{patient_id}"), ("status", "active"), ("_count", "60"), ("_total", "none")]
    found = records.search("MedicationStatement", pairs).rows
    return tuple(_medicine(document.content) for document in found)


def _medicine(content: Mapping[str, object]) -> Medicine:
    concept: Mapping[str, object] = content.get("medicationCodeableConcept") or {}  # type: ignore[assignment]
    dosage: Sequence[Mapping[str, str]] = content.get("dosage") or [{}]  # type: ignore[assignment]
    reasons: Sequence[Mapping[str, str]] = content.get("reasonCode") or [{}]  # type: ignore[assignment]
    return Medicine(
        name=str(concept.get("text", "")),
        dose="",
        schedule=dosage[0].get("text", ""),
        reason=reasons[0].get("text", ""),
    )
