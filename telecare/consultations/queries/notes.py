"""The note of a consultation as it stands: signed parts, drafts, orders, values during the call."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from patients import vault
from patients.access import Action, Repository, allowed
from patients.accounts.actor import Actor
from patients.records.models import Document
from telecare.consultations.models import Consultation, Draft
from telecare.consultations.resources import note
from telecare.consultations.resources.meeting import moment
from telecare.consultations.resources.note import NotePart, Part
from telecare.tasks import resources as tasks

READ_BACK = "Read back and confirmed"  # in Task.note; pages say it in the reader's language
_KIND = "note draft"
_ID = "id of a note"  # purpose of the keyed HMAC
_MOST_VALUES = 40
_CATEGORY = {Part.DOCTOR: "clinical", Part.NURSE: "nursing"}


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed part: the text of its newest version, and its signature."""

    part: NotePart
    reference: str
    version: int
    signed_by: str
    signed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Written:
    """An unsigned part, as far as the reader may see it."""

    part: Part
    author: str
    organisation: str
    version: int
    updated_at: datetime
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Order:
    """An order that came out of the call, with its reading back."""

    task: tasks.Task
    read_back_by: str
    read_back_at: datetime | None


def composition_id(consultation: str, part: Part) -> str:
    """A part has one document, whoever signs first: its id follows from the consultation, and cannot be guessed.

    Otherwise somebody who may write notes of another kind would take it first.
    """
    return _id(f"{consultation}/{part.value}")


def signature_id(document: Document) -> str:
    """One signature for each version."""
    return _id(f"{document.logical_id}/{document.version}")


def _id(words: str) -> str:
    return str(uuid.UUID(bytes=vault.mac(_ID, words)[:16], version=5))


def compositions(records: Repository, consultation: str) -> dict[Part, Document]:
    """The signed parts that the reader may see."""
    ids = {composition_id(consultation, part): part for part in Part}
    return {ids[ident]: document for ident, document in records.read_many("Composition", ids).items()}


def signed(records: Repository, consultation: str) -> dict[Part, Signed]:
    """The signed parts with their signatures, in two reads."""
    documents = compositions(records, consultation)
    proofs = records.read_many("Provenance", [signature_id(document) for document in documents.values()])
    found = {}
    for part, document in documents.items():
        text = note.read(document.content)
        if text is None:
            continue
        proof = proofs.get(signature_id(document))
        said = note.signs(proof.content) if proof else None
        by, at = (said[2], said[3]) if said and said[:2] == (document.reference, document.version) else ("", None)
        found[part] = Signed(text, document.reference, document.version, by, at)
    return found


def drafts(actor: Actor, card: Consultation) -> dict[Part, Written]:
    """What is written and not signed yet: one's own organisation's part, and others' as far as the role may read."""
    found = {}
    for row in Draft.objects.filter(consultation=card.id):
        part = Part(row.part)
        own = row.organisation == actor.organisation
        if own or allowed(actor, Action.READ, patient=card.patient, category=_CATEGORY[part]):
            found[part] = Written(part, row.author, row.organisation, row.version, row.updated_at, unseal(row))
    return found


def orders(records: Repository, consultation: str) -> list[Order]:
    """The orders of a consultation that stand, oldest first."""
    page = records.search("Task", [("encounter", f"Encounter/{consultation}"), ("_count", "50"), ("_total", "none")])
    found = []
    for document in page.rows:
        task = tasks.task(document.content)
        if task.kind is tasks.Kind.ORDER and task.status != tasks.Status.CANCELLED:
            by, at = read_back_of(document.content) or ("", None)
            found.append(Order(task, by, at))
    return sorted(found, key=lambda order: (order.task.authored_at is None, order.task.authored_at, order.task.id))


def read_back_of(task: Mapping[str, Any]) -> tuple[str, datetime | None] | None:
    """Who read an order back, and when."""
    for said in task.get("note", ()):
        if said.get("text") == READ_BACK:
            return said.get("authorReference", {}).get("reference", ""), moment(said.get("time"))
    return None


def values_during(records: Repository, card: Consultation) -> list[str]:
    """References to the measurements since the call began: what the nurse's part refers to."""
    encounter = records.read("Encounter", card.id).content
    begin = encounter.get("period", {}).get("start")
    if not begin:
        return []
    pairs = [
        ("patient", f"Patient/{card.patient}"),
        ("category", "vital-signs"),
        ("date", f"ge{begin}"),
        ("_sort", "-date"),
        ("_count", str(_MOST_VALUES)),
        ("_total", "none"),
    ]
    return [document.reference for document in records.search("Observation", pairs).rows]


def seal(row: Draft, texts: Mapping[str, str]) -> bytes:
    """The text of a draft as it is stored. `row.key` and `row.version` are set."""
    return vault.seal(row.key, _KIND, f"{row.consultation}/{row.part}", row.version, msgspec.json.encode(dict(texts)))


def unseal(row: Draft) -> dict[str, str]:
    """The text of a draft."""
    plain = vault.unseal(row.key, _KIND, f"{row.consultation}/{row.part}", row.version, bytes(row.body))
    return msgspec.json.decode(plain, type=dict[str, str])
