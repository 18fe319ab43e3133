"""The patient page: person, care team, trends, limits, tasks, thread, notes, who may see this and on what basis."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from messaging.chat import queries as chat
from patients.access import Action, Deed, Repository, Search, Wish, allowed_among, repository
from patients.access.acts import PHOTO, VIDEO
from patients.access.categories import CHAT
from patients.accounts.actor import Actor
from patients.network import queries as network
from telecare.consultations import queries as consultations
from telecare.dashboards.queries import parts
from telecare.dashboards.queries.grants import grants, members, reason
from telecare.dashboards.queries.shapes import Head, LimitRow, Medicine, PatientPage, Row, ThreadRow, Word
from telecare.dashboards.queries.waiting import note_rows
from telecare.tasks import queries as tasks
from telecare.vitals import queries as vitals
from telecare.vitals.queries.pages import LIMIT, MEASURE
from telecare.vitals.trends import Point, Trend

REHEARSAL = "https://telecare.example/fhir/CodeSystem/practice|rehearsal"
WISHES = {
    "measure": MEASURE,
    "read thread": Wish(Action.READ, CHAT),
    "write": Wish(Action.CREATE, CHAT),
    "consult": Wish(Deed.CONSULT),
    "admit": Wish(Deed.ADMIT),
    "order": tasks.ORDER,
    "limit": LIMIT,
}
ROWS = 12  # lines of the table of values


def patient_page(actor: Actor, patient_id: str) -> PatientPage:
    """All that this reader may see of a patient, in one look. Raises Missing."""
    with repository(actor).look("patient page") as records:
        person, team = head_and_team(records, patient_id)
        records.ahead(
            [
                *vitals.searches([patient_id], since=parts.first_day()),
                tasks.search_of_patient(patient_id),
                consultations.note_search(patient_id),
                medication_search(patient_id),
            ]
        )
        trends = parts.trends_of(records, [patient_id]).get(patient_id, [])
        waiting = tasks.of_patient(actor, patient_id, records=records)
        medication = _medication(records, patient_id)
        notes = note_rows(consultations.notes_of(patient_id, records=records))
    may = allowed_among(actor, WISHES, patient=patient_id)
    names = network.names([one.requester for one in waiting])
    return PatientPage(
        head=head(person, team.refused),
        reason=reason(actor, team, patient_id),
        trends=tuple(trends),
        rows=_rows(trends),
        limits=_limits(trends),
        tasks=parts.task_rows(waiting, {}, names),
        open_tasks=len(waiting),
        team=members(actor, team, person.relatives),
        grants=grants(team),
        thread=thread_of(actor, patient_id, may),
        notes=notes,
        medication=medication,
        may_measure="measure" in may,
        may_write="write" in may,
        may_consult="consult" in may,
        may_limit="limit" in may,
        may_admit="admit" in may,
        may_order="order" in may,
        practice=person.rehearsal,
    )


def head(person: network.Person, refused: Container[str] = ()) -> Head:
    """Name, age, where to reach, and what to mind: allergies red, other cautions and what the person refuses amber."""
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
        flags=allergies + tuple(Word("watch", one) for one in (*person.flags, *_refused(refused))),
        joined=person.joined,
    )


def _refused(refused: Container[str]) -> list[str]:
    words = {VIDEO: _("Does not want video"), PHOTO: _("Does not want photos")}
    return [text for act, text in words.items() if act in refused]


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


def thread_of(actor: Actor, patient_id: str, may: Container[str]) -> ThreadRow | None:
    """The patient's thread with its newest message; an empty one for whom may read it."""
    entry = chat.entry_of(actor, patient_id)
    if entry is not None:
        return parts.thread_row(entry)
    if "read thread" not in may:
        return None
    return ThreadRow(id=patient_id, title="", author="", text="", at=timezone.localtime())


def head_and_team(records: Repository, patient_id: str) -> tuple[network.Person, network.Team]:
    """Who it is and who cares for them. Raises Missing."""
    documents = records.of_patient(patient_id, {*network.HEAD, *network.TEAM})
    return network.head_of(documents), network.team_of(patient_id, documents)


def medication_search(patient_id: str) -> Search:
    """The medicines in use."""
    whose = ("patient", f"Patient/{patient_id}")
    return "MedicationStatement", (whose, ("status", "active"), ("_count", "60"), ("_total", "none"))


def _medication(records: Repository, patient_id: str) -> tuple[Medicine, ...]:
    found = records.search(*medication_search(patient_id)).rows
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
