"""The note: drafts that save themselves, orders that are read back, two signatures, corrections."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from messaging.realtime import publish
from patients import vault
from patients.access import Repository, repository, turns
from patients.accounts.actor import Actor, Role
from patients.database import write
from patients.errors import Conflict, Denied, Finding, Invalid, Missing
from patients.network.queries import names
from patients.records.models import Document
from telecare.consultations import topics
from telecare.consultations.models import Consultation, Draft
from telecare.consultations.queries import notes as stored
from telecare.consultations.queries import parties
from telecare.consultations.resources import note
from telecare.consultations.resources.note import NotePart, Part
from telecare.consultations.services.documents import revise
from telecare.tasks import queries as task_queries
from telecare.tasks import services as tasks
from telecare.tasks.resources import Kind

LONGEST = 20_000  # characters of one field


def save_draft(actor: Actor, consultation: str, texts: Mapping[str, str], *, version: int | None = None) -> int:
    """Keep what is written so far; the new version of the draft.

    `version` is the one that the page has shown: raises Conflict when the draft was changed elsewhere meanwhile.
    """
    card = parties.staffed(actor, consultation)
    part = parties.part_of(actor)
    assert actor.person is not None
    kept = {name: str(texts.get(name, "")).strip() for name in note.SECTIONS[part]}
    if any(len(text) > LONGEST for text in kept.values()):
        raise Invalid(_("Please shorten the text."), Finding(_("The text is too long."), "too-long"))
    with write():
        turns.beside([card.patient])
        parties.staffed(actor, consultation)
        row = Draft.objects.select_for_update().filter(consultation=card.id, part=part).first()
        if row is not None and row.organisation != actor.organisation:
            name = names([row.author]).get(row.author, "")
            raise Conflict(_("%(name)s is writing this part.") % {"name": name})
        if version is not None and version != (row.version if row else 0):
            raise Conflict(_("This text was changed in another window meanwhile. Please reload the page."))
        if row is None:
            row = Draft(consultation=card.id, part=part, organisation=actor.organisation or "")
            row.key = vault.key_for(patient=card.patient, custodian=row.organisation)
        row.author, row.updated_at, row.version = actor.person, timezone.now(), row.version + 1
        row.body = stored.seal(row, kept)
        row.save()
        publish.on_commit(topics.room(card.id), "note.saved", data={"part": part.value})
    return row.version


def order(
    actor: Actor,
    consultation: str,
    *,
    text: str,
    organisation: str,
    due_at: datetime | None = None,
    urgent: bool = False,
) -> Document:
    """A doctor orders something: at once a task of the organisation that is to do it. Raises Denied for others."""
    card = parties.staffed(actor, consultation)
    if actor.role is not Role.DOCTOR:
        raise Denied(_("Orders are given by doctors."))
    with write():
        document = tasks.order(
            actor,
            card.patient,
            text=text,
            organisation=organisation,
            due_at=due_at,
            urgent=urgent,
            encounter=card.id,
        )
        publish.on_commit(topics.room(card.id), "note.saved", data={"part": Part.DOCTOR.value})
    return document


def read_back(actor: Actor, consultation: str, task_id: str) -> None:
    """The one who takes an order read it back, and it was confirmed: name and time stand in the task."""
    card = parties.staffed(actor, consultation)
    if parties.part_of(actor) is not Part.NURSE:
        raise Denied(_("Orders are read back by the one who carries them out."))
    now = timezone.localtime()

    def confirmed(content: dict[str, Any]) -> dict[str, Any] | None:
        if content.get("encounter", {}).get("reference") != f"Encounter/{card.id}":
            raise parties.missing()
        if stored.read_back_of(content) is not None:
            return None
        said = {
            "authorReference": {"reference": actor.person},
            "time": now.isoformat(timespec="seconds"),
            "text": stored.READ_BACK,
        }
        return {**content, "note": [*content.get("note", ()), said]}

    with write():
        revise(repository(actor), "Task", task_id, confirmed)
        publish.on_commit(topics.room(card.id), "note.saved", data={"part": Part.DOCTOR.value})


def sign(actor: Actor, consultation: str) -> Document:
    """Sign one's own part: the draft becomes the document, or its next version when it was signed before.

    Raises Invalid for an empty part, Conflict when there is nothing new to sign.
    """
    card = parties.staffed(actor, consultation)
    part = parties.part_of(actor)
    assert actor.person is not None
    records = repository(actor)
    now = timezone.localtime()
    ident = stored.composition_id(card.id, part)
    with write():
        turns.beside([card.patient])
        parties.staffed(actor, consultation)
        row = Draft.objects.select_for_update().filter(consultation=card.id, part=part).first()
        if row is None:
            raise Conflict(_("There is nothing new to sign."))
        if row.organisation != actor.organisation:
            raise Missing(_("This was not found. Either it does not exist, or you may not see it."))
        texts = stored.unseal(row)
        orders = _orders(actor, card, records) if part is Part.DOCTOR else ()
        if not any(texts.values()) and not orders:
            raise Invalid(_("Please write something first."), Finding(_("The text is missing."), "required"))
        signed = stored.compositions(records, card.id)
        before = signed.get(part)
        content = note.composition(
            NotePart(
                part,
                actor.person,
                actor.organisation or "",
                now,
                texts,
                orders=orders,
                values=stored.values_during(records, card) if part is Part.NURSE else (),
                status="amended" if before else "final",
            ),
            patient=card.patient,
            encounter=card.id,
            title=_title(part),
            headings=headings(),
            other=next((one.reference for other, one in signed.items() if other is not part), ""),
        )
        if before:
            document = records.update({**content, "id": ident}, if_match=before.version)
        else:
            document = records.create(content, logical_id=ident)
        records.create(
            note.signature(
                document.reference,
                document.version,
                document.digest,
                patient=card.patient,
                author=actor.person,
                at=now,
            ),
            logical_id=stored.signature_id(document),
        )
        row.delete()
        _complete_task(actor, card, part)
        publish.on_commit(topics.room(card.id), "consultation.changed")
    return document


def correct(actor: Actor, consultation: str) -> None:
    """Take the signed text up again as a draft. The signed version stays as it is; signing makes the next one."""
    card = parties.staffed(actor, consultation)
    part = parties.part_of(actor)
    document = stored.compositions(repository(actor), card.id).get(part)
    if document is None:
        raise Conflict(_("There is nothing signed yet."))
    said = note.read(document.content)
    if said is None or said.organisation != actor.organisation:
        raise Denied(_("Only those who answer for this part may change it."))
    if not Draft.objects.filter(consultation=card.id, part=part).exists():
        save_draft(actor, consultation, said.texts)


def missing_parts(actor: Actor, card: Consultation) -> list[tuple[Part, str]]:
    """The parts that are not signed yet, with the organisation that has to; a nurse's when one was there."""
    signed = stored.compositions(repository(actor.as_system("missing parts")), card.id)
    due = [(Part.DOCTOR, card.organisation)]
    nursing = card.caller if card.caller != card.organisation else ""
    if draft := Draft.objects.filter(consultation=card.id, part=Part.NURSE).first():
        nursing = draft.organisation
    if nursing:
        due.append((Part.NURSE, nursing))
    return [(part, organisation) for part, organisation in due if part not in signed]


def headings() -> dict[str, str]:
    """The words over the sections of a note."""
    return {
        "findings": _("Findings"),
        "assessment": _("Assessment"),
        "orders": _("Agreed"),
        "observation": _("Observation"),
        "values": _("Values during the call"),
        "done": _("What was done"),
    }


def _title(part: Part) -> str:
    return _("Note on the consultation: doctor") if part is Part.DOCTOR else _("Note on the consultation: nursing")


def _orders(actor: Actor, card: Consultation, records: Repository) -> list[str]:
    found = task_queries.of_encounter(actor, card.id, records=records)
    return [f"Task/{task.id}" for task in found if task.kind is Kind.ORDER]


def _complete_task(actor: Actor, card: Consultation, part: Part) -> None:
    """The task that asked for this part is done by signing it."""
    owner = f"Organization/{actor.organisation}"
    for task in task_queries.of_encounter(actor, card.id):
        if task.kind is Kind.NOTE_PART and task.is_open and task.owner == owner:
            tasks.complete(actor, task.id)
