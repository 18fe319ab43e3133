"""Documents with their versions: the only way in which FHIR resources are written and read. It knows no actor.

`prepare` does what costs time and needs no table: validation and the values of the index. It is called before
`write()`; `create`, `update` and `delete` are called inside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from patients import vault
from patients.database import rows as many
from patients.database import transaction_number
from patients.errors import Conflict, Invalid, Missing, numbered
from patients.records import definitions, projections, successions, validation, wire
from patients.records.index import rows
from patients.records.index.extract import Rows, extract
from patients.records.models import NO_MOMENT, Document

# one key per patient for what all organisations share; anything else has a key per patient and custodian (DESIGN §4)
SHARED: Final = frozenset({"Patient", "RelatedPerson", "CareTeam", "Consent"})
CHANGING: Final = frozenset({"Group"})  # its members come and go: it concerns them all and belongs to none
COLUMNS: Final = {  # with the types of PostgreSQL
    "type": "text", "logical_id": "text", "version": "integer", "updated_at": "timestamptz", "deleted": "boolean",
    "patient": "text", "custodian": "text", "category": "text", "moment": "bigint", "until": "bigint", "key": "text",
    "body": "bytea",
}  # fmt: skip
_UNLESS_TAKEN: Final = "ON CONFLICT (type, logical_id) DO NOTHING"
_COMPARTMENT: Final = {"document_id": "bigint", "patient": "text"}
_CHANGE: Final = {
    "document_id": "bigint", "type": "text", "version": "integer", "deleted": "boolean", "at": "timestamptz",
}  # fmt: skip
SELECTED: Final = ", ".join(f"d.{column}" for column in ("id", *COLUMNS))  # what `loaded` takes
SELECT: Final = f"SELECT {SELECTED} FROM records_document d"
_UPDATED_AT, _DELETED, _BODY = (1 + list(COLUMNS).index(name) for name in ("updated_at", "deleted", "body"))


Note = Callable[[Sequence[Document]], None]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A resource that was validated and read for the index, ready to be written."""

    type: str
    content: dict[str, Any]
    patients: tuple[str, ...]  # whom it concerns as it says itself; not known yet for a new Patient
    rest: bytes  # its JSON text without id and meta
    rows: Rows
    indexed_for: str | None  # the patient whose key the index rows are hashed with
    epoch: int  # of the vault, when they were


@dataclass(frozen=True, slots=True)
class New:
    """One of many documents to be created."""

    prepared: Prepared
    custodian: str | None
    category: str
    patient: str | None = None
    logical_id: str | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """One of many documents to be updated: what stands there now, and what shall."""

    before: Document
    prepared: Prepared
    category: str


def prepare(resource: dict[str, Any], *, patient: str | None = None, valid: bool = False) -> Prepared:
    """Validate a resource and find what the index holds of it; raises Invalid. Touches no table: call it first.

    `patient` is given where the resource itself names none (a Binary, an answer to an anonymous form). `valid`: it
    passed `validation.check` already, but for its id.
    """
    if not valid:
        validation.check(resource)
    type_ = resource["resourceType"]
    patients = definitions.patients_of(resource)
    own = None if type_ == "Patient" or type_ in CHANGING else (patients[0] if patients else patient)
    rest = wire.text({name: value for name, value in resource.items() if name not in ("resourceType", "id", "meta")})
    epoch = vault.epoch()
    return Prepared(type_, resource, patients, rest, extract(resource, own), own, epoch)


def create(
    resource: Prepared | dict[str, Any],
    *,
    custodian: str | None,
    category: str,
    patient: str | None = None,
    logical_id: str | None = None,
    note: Note | None = None,
    along: Note | None = None,
) -> Document:
    """Store version 1. Raises Conflict when the id is taken (also by a deleted document). For `note` see below."""
    prepared = resource if isinstance(resource, Prepared) else prepare(resource, patient=patient)
    return create_many([New(prepared, custodian, category, patient, logical_id)], note=note, along=along)[0]


def create_many(news: Sequence[New], *, note: Note | None = None, along: Note | None = None) -> list[Document]:
    """Store version 1 of each, with few statements for many. Raises Conflict, naming the first id that is taken.

    `note` is told of the new documents before anything is derived from them: what it writes about them holds from
    their first projection on. `along` is told while their rows are on the way: what it sends goes with them.
    """
    _in_a_transaction()
    now = _now()
    made = [_first_version(new, now) for new in news]
    _insert_documents([document for document, _, _ in made])
    with many.at_once():
        rows.write((document.pk, index) for document, index, _ in made)
        insert_compartments((document, patients) for document, _, patients in made)
        _note_changes([document for document, _, _ in made])
        if along is not None:
            along([document for document, _, _ in made])
    if note is not None:
        note([document for document, _, _ in made])
    for document, _, _ in made:
        projections.run(document, document.content, None)
    return [document for document, _, _ in made]


def update(
    document: Document, resource: Prepared | dict[str, Any], *, category: str, along: Note | None = None
) -> Document:
    """Store the next version and return it; brings a deleted document back. `along` as in `create_many`.

    Raises Conflict when another version was written meanwhile, Invalid when it would belong to another patient.
    """
    prepared = resource if isinstance(resource, Prepared) else prepare(resource, patient=document.patient)
    return update_many([Changed(document, prepared, category)], along=along)[0]


def update_many(changed: Sequence[Changed], *, along: Note | None = None) -> list[Document]:
    """Store the next version of each, with few statements for many. What it raises says by `number` about which one."""
    _in_a_transaction()
    if not changed:
        return []
    made = []
    for number, one in enumerate(changed):
        with numbered(number):
            made.append(_next_version(one))
    previous = [
        one.before.content if projections.wanted(one.before.type) and not one.before.deleted else None
        for one in changed
    ]
    successions.follow([(one.before, after) for one, (after, _) in zip(changed, made, strict=True)])
    with many.at_once():
        rows.remove_of([after.pk for after, _ in made])
        rows.write([(after.pk, index) for after, index in made])
        insert_compartments((after, one.prepared.patients) for one, (after, _) in zip(changed, made, strict=True))
        _note_changes([after for after, _ in made])
        if along is not None:
            along([after for after, _ in made])
    for (after, _), past in zip(made, previous, strict=True):
        projections.run(after, after.content, past)
    return [after for after, _ in made]


def _next_version(one: Changed) -> tuple[Document, Rows]:
    document, prepared = one.before, one.prepared
    if prepared.type != document.type:
        raise Invalid(f"This is a {prepared.type}, and {document.reference} cannot become one.")
    _check_patient(document, prepared)
    index = _index_for(prepared, document.patient)
    after = _next(document, category=one.category, deleted=False, moment=index.moment, until=index.until)
    _seal(after, prepared)
    return after, index


def delete(document: Document, *, along: Note | None = None) -> Document:
    """Store a tombstone and return it. What was before stays as versions. Raises Conflict as `update`."""
    _in_a_transaction()
    if document.deleted:
        return document
    previous = document.content if projections.wanted(document.type) else None
    after = _next(document, category=document.category, deleted=True, moment=NO_MOMENT, until=NO_MOMENT)
    after.body = b""
    successions.follow([(document, after)])
    with many.at_once():
        rows.remove_of([document.pk], compartments=False)
        _note_changes([after])
        if along is not None:
            along([after])
    projections.run(after, None, previous)
    return after


def get(type_: str, logical_id: str, *, for_update: bool = False) -> Document:
    """The current version, or the tombstone (`deleted`). Raises Missing.

    `for_update` keeps others from writing it until the end of this transaction.
    """
    lock = " FOR UPDATE" if for_update and connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"{SELECT} WHERE d.type = %s AND d.logical_id = %s{lock}", [type_, logical_id])
        row = cursor.fetchone()
    if row is None:
        raise Missing(f"{type_}/{logical_id} is not known here.")
    return loaded(row)


def is_current(document: Document) -> bool:
    """Whether nothing was written to it since it was loaded; inside `write()` it then stays so."""
    return get(document.type, document.logical_id, for_update=True).version == document.version


def existing(type_: str, logical_ids: Iterable[str]) -> set[str]:
    """Those of these ids under which something stands, tombstones among them."""
    found = Document.objects.filter(type=type_, logical_id__in=list(logical_ids))
    return set(found.values_list("logical_id", flat=True))


def get_many(type_: str, logical_ids: Iterable[str], *, for_update: bool = False) -> dict[str, Document]:
    """Those of these documents that exist, by logical id; with one statement. Tombstones are among them.

    `for_update` as for `get`; everybody takes them in the same order.
    """
    wanted = list(dict.fromkeys(logical_ids))
    if not wanted:
        return {}
    lock = " ORDER BY d.logical_id FOR UPDATE" if for_update and connection.vendor == "postgresql" else ""
    found = where(f"d.type = %s AND d.logical_id IN ({many.places(len(wanted))}){lock}", [type_, *wanted])
    return {document.logical_id: document for document in found}


def where(condition: str, params: Sequence[Any]) -> list[Document]:
    """The documents `d` for which this holds (SQL, and what may follow it), with one statement; ready to be read."""
    with connection.cursor() as cursor:
        cursor.execute(f"{SELECT} WHERE {condition}", params)
        found = [loaded(row) for row in cursor.fetchall()]
    if len(found) > 1:
        vault.open_keys(document.key for document in found)
    return found


def loaded(row: Sequence[Any]) -> Document:
    """A Document from a row of SELECTED."""
    values = list(row)
    values[_UPDATED_AT] = aware(values[_UPDATED_AT])
    values[_DELETED] = bool(values[_DELETED])
    values[_BODY] = bytes(values[_BODY])
    document: Document = Document.from_db(connection.alias, ("id", *COLUMNS), values)
    return document


def _in_a_transaction() -> None:
    if transaction_number() is None:
        raise RuntimeError("documents are written inside patients.database.write() only")


def _now() -> datetime:
    now = timezone.now()
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def _first_version(new: New, now: datetime) -> tuple[Document, Rows, tuple[str, ...]]:
    prepared = new.prepared
    logical_id = new.logical_id or vault.random_id()
    if not definitions.ID.fullmatch(logical_id):
        text = "An id has 1 to 64 letters, digits, hyphens and dots."
        raise Invalid(text, code="value", where=f"{prepared.type}.id")
    patients = (logical_id,) if prepared.type == "Patient" else prepared.patients
    if new.patient is not None and patients and new.patient not in patients:
        raise Invalid(f"This {prepared.type} concerns another patient.")
    patient = None if prepared.type in CHANGING else (patients[0] if patients else new.patient)
    index = _index_for(prepared, patient)
    document = Document(
        type=prepared.type,
        logical_id=logical_id,
        version=1,
        updated_at=now,
        patient=patient,
        custodian=new.custodian,
        category=new.category,
        moment=index.moment,
        until=index.until,
    )
    _seal(document, prepared)
    return document, index, patients


def _index_for(prepared: Prepared, patient: str | None) -> Rows:
    """The index rows, hashed for this patient; done anew where `prepare` could not know whom it concerns.

    And where keys have changed since: rows of an old key would not be found.
    """
    own = None if prepared.type == "Patient" else patient
    if prepared.indexed_for == own and prepared.epoch == vault.epoch():
        return prepared.rows
    return extract(prepared.content, own)


def _seal(document: Document, prepared: Prepared) -> None:
    """Give the document its text (only id and meta are set) and its sealed body."""
    meta = {
        **(prepared.content.get("meta") or {}),
        "versionId": str(document.version),
        "lastUpdated": wire.instant(document.updated_at),
    }
    head = wire.text({"resourceType": document.type, "id": document.logical_id, "meta": meta})
    text = head if prepared.rest == b"{}" else head[:-1] + b"," + prepared.rest[1:]
    if document.type in SHARED and document.patient:
        document.key = vault.key_for(patient=document.patient)
    else:
        document.key = vault.key_for(patient=document.patient, custodian=document.custodian)
    document.body = vault.seal(document.key, document.type, document.logical_id, document.version, text)
    document.text = text
    document.content = {
        "resourceType": document.type,
        "id": document.logical_id,
        "meta": meta,
        **{name: value for name, value in prepared.content.items() if name not in ("resourceType", "id", "meta")},
    }


def _check_patient(document: Document, prepared: Prepared) -> None:
    """Whom a document concerns is said by its first version and never changes."""
    if document.type == "Patient" or document.type in CHANGING:
        return
    if prepared.patients:
        same = document.patient in prepared.patients
    else:
        same = document.patient is None or document.deleted or not definitions.patients_of(document.content)
    if not same:
        text = f"{document.reference} cannot be moved to another patient. Delete it and create a new one."
        raise Invalid(text, code="business-rule", where=document.type)


def _next(document: Document, *, category: str, deleted: bool, moment: int, until: int) -> Document:
    after = document.unread()
    after.version = document.version + 1
    after.revived = document.deleted and not deleted
    after.updated_at = max(_now(), document.updated_at)
    after.category, after.deleted, after.moment, after.until = category, deleted, moment, until
    return after


def _insert_documents(documents: Sequence[Document]) -> None:
    new = {(document.type, document.logical_id): document for document in documents}
    values = [_row(document) for document in new.values()]
    written = many.insert("records_document", COLUMNS, values, _UNLESS_TAKEN, returning="id, type, logical_id")
    for pk, type_, logical_id in written:
        new[type_, logical_id].pk = pk
    for document in documents:
        if document.pk is None:
            raise Conflict(f"{document.reference} exists already.")
        document._state.adding = False


def _row(document: Document) -> tuple[Any, ...]:
    return (
        document.type, document.logical_id, document.version, _stored(document.updated_at), document.deleted,
        document.patient, document.custodian, document.category, document.moment, document.until, document.key,
        document.body,
    )  # fmt: skip


def insert_compartments(concerned: Iterable[tuple[Document, tuple[str, ...]]]) -> None:
    """Note the patients of the documents that concern several."""
    found = [
        (document.pk, patient)
        for document, patients in concerned
        if len(patients) > 1 or document.type in CHANGING
        for patient in patients
    ]
    many.insert("records_compartment", _COMPARTMENT, found)


def _note_changes(documents: Sequence[Document]) -> None:
    changed = [
        (document.pk, document.type, document.version, document.deleted, _stored(document.updated_at))
        for document in documents
    ]
    many.insert("records_change", _CHANGE, changed)


def _stored(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)


def aware(moment: datetime) -> datetime:
    """SQLite gives moments back without their time zone, which is UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
