"""The repository that an actor holds carries the actor's rights: policy, audit and reactions are done here, once.

Every read, write and refusal is logged. What an actor may not see is Missing, exactly as what does not exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from patients import audit
from patients.access import importing, reactions, turns, updating, versions, writing
from patients.access.categories import category_of, stricter
from patients.access.ceilings import Action
from patients.access.looking import concerned
from patients.access.permit import Permit
from patients.access.reading import Reader
from patients.access.rules import decide
from patients.access.updating import Update
from patients.access.versions import Expected
from patients.accounts.actor import Actor, Role
from patients.database import write
from patients.errors import Missing, numbered
from patients.records import store
from patients.records.models import Document


def repository(actor: Actor, *, source: str = "") -> Repository:
    """The records as this actor may see and change them. `source` (page, fhir, socket …) goes into the log."""
    return Repository(actor, source=source)


class Repository(Reader):
    """Reads and writes documents as one actor. Every method raises Missing, Denied, Invalid or Conflict."""

    def create(
        self,
        resource: dict[str, Any] | store.Prepared,
        *,
        logical_id: str | None = None,
        custodian: str | None = None,
        permit: Permit | None = None,
    ) -> Document:
        """Store a new document. Its patient must be somebody for whom the actor may record.

        `custodian` is for the system and for network services; anybody else answers for what they record. A resource
        that was given to `store.prepare` before is not validated again: callers who open `write()` do that first.
        """
        prepared = _prepared(resource)
        with self._answering("create", prepared.type, logical_id, prepared.patients), write():
            turns.to_write([prepared])
            return self._create(prepared, logical_id, custodian, permit)

    def create_many(self, news: Sequence[tuple[store.Prepared, str]]) -> list[Document]:
        """Store new documents, each under its id, with few statements: inside `write()`, all or none.

        A resource that names its id was given it by the client, see `update`. What is raised says by its `number`
        which one it is about, where it is about one.
        """
        turns.to_write(prepared for prepared, _ in news)
        made = []
        for number, (prepared, logical_id) in enumerate(news):
            with numbered(number), self._answering("create", prepared.type, logical_id, prepared.patients):
                if "id" in prepared.content:
                    writing.check_free(self.actor, logical_id)
                category = category_of(prepared.content)
                custodian = writing.custodian_of(self.actor, prepared.patients, None)
                writing.check_new(self.actor, prepared.content, category, prepared.patients, custodian)
                made.append(store.New(prepared, custodian, category, logical_id=logical_id))
        logged = Logged(self, ["create"] * len(made))
        documents = store.create_many(made, note=self._note(), along=logged.send)
        logged.settle()
        for number, document in enumerate(documents):
            with numbered(number):
                reactions.run(self.actor, document)
        return documents

    def update(
        self,
        resource: dict[str, Any] | store.Prepared,
        *,
        if_match: Expected | None = None,
        only_new: bool = False,
        permit: Permit | None = None,
    ) -> Document:
        """Store the next version of the document that `resource.id` names, or create it there.

        Ordinary actors create under UUIDs only, so that nobody learns from an answer which other ids are taken.
        Raises Conflict if `if_match` is not met by what stands there, or if it exists and is to be `only_new`; Missing
        if `if_match` is given and nothing is there.
        """
        prepared = _prepared(resource)
        type_, content, logical_id = prepared.type, prepared.content, str(prepared.content.get("id", ""))
        with self._answering("update", type_, logical_id, prepared.patients), write():
            turns.to_write([prepared])
            document = _stored(type_, logical_id)
            if document is None:
                return self._create_there(prepared, logical_id, if_match, permit)
            self._check(document, if_match, only_new=only_new)
            category = stricter(document.category, category_of(content))
            if permit is None:
                writing.check_change(self.actor, document, content, category, prepared.patients)
            logged = Logged(self, ["create" if document.deleted else "update"])
            after = store.update(document, prepared, category=category, along=logged.send)
            self._wrote(logged, after)
            return after

    def update_many(self, wanted: Sequence[Update]) -> list[Document]:
        """Store the next versions, with few statements: inside `write()`, all or none, each judged as by `update`.

        What is raised says by its `number` which one it is about, where it is about one.
        """
        turns.to_write(one.prepared for one in wanted)
        there = updating.found(wanted)
        may = updating.judged(self.actor, wanted, there)
        changed = []
        for number, (one, document, leave) in enumerate(zip(wanted, there, may, strict=True)):
            prepared = one.prepared
            with numbered(number), self._answering("update", prepared.type, one.ident, prepared.patients):
                if document is None or not leave.seen:
                    raise writing.missing()
                versions.check(document, one.if_match, only_new=one.only_new)
                writing.check_change(
                    self.actor, document, prepared.content, leave.category, prepared.patients, may=leave.may
                )
                changed.append(store.Changed(document, prepared, leave.category))
        logged = Logged(self, ["create" if one.before.deleted else "update" for one in changed])
        documents = store.update_many(changed, along=logged.send)
        logged.settle()
        for number, document in enumerate(documents):
            with numbered(number):
                reactions.run(self.actor, document)
        return documents

    def delete(
        self, type_: str, logical_id: str, *, if_match: Expected | None = None, permit: Permit | None = None
    ) -> Document:
        """Delete it and return the tombstone; its versions remain. Deleting twice is no error."""
        with self._answering("delete", type_, logical_id), write():
            turns.to_change(type_, logical_id)
            document = _stored(type_, logical_id)
            if document is None:
                raise writing.missing()
            self._check(document, if_match)
            if permit is None:
                writing.check_deletion(self.actor, document)
            if document.deleted:
                return document
            logged = Logged(self, ["delete"])
            after = store.delete(document, along=logged.send)
            self._wrote(logged, after)
            return after

    def _create_there(
        self, prepared: store.Prepared, logical_id: str, if_match: Expected | None, permit: Permit | None
    ) -> Document:
        if if_match is not None:  # alike, whether it does not exist or may not be seen
            raise writing.missing()
        writing.check_free(self.actor, logical_id)
        return self._create(prepared, logical_id, None, permit)

    def _create(
        self, prepared: store.Prepared, logical_id: str | None, custodian: str | None, permit: Permit | None
    ) -> Document:
        category = category_of(prepared.content)
        if permit is None or custodian is None:
            custodian = writing.custodian_of(self.actor, prepared.patients, custodian)
        if permit is None:
            writing.check_new(self.actor, prepared.content, category, prepared.patients, custodian)
        logged = Logged(self, ["create"])
        document = store.create(
            prepared,
            custodian=custodian,
            category=category,
            logical_id=logical_id,
            note=self._note(),
            along=logged.send,
        )
        self._wrote(logged, document)
        return document

    # -- what they share

    def _check(self, document: Document, if_match: Expected | None, *, only_new: bool = False) -> None:
        """Visible first, then the version: what may not be seen answers alike whatever version is named."""
        if not decide(self.actor, Action.READ, document):
            raise writing.missing()
        versions.check(document, if_match, only_new=only_new)

    def _note(self) -> store.Note | None:
        return importing.mark if self.actor.role is Role.SYSTEM_CLIENT else None

    def _wrote(self, logged: Logged, document: Document) -> None:
        logged.settle()
        reactions.run(self.actor, document)

    def entries(self, action: str, document: Document) -> list[audit.Entry]:
        """What the log says of a write: one entry for each patient."""
        written = audit.Entry(
            action,
            type=document.type,
            ident=document.logical_id,
            version=document.version,
            digest=document.digest,
            source=self._source,
        )
        return [replace(written, patient=patient) for patient in concerned(document)]


class Logged:
    """What the log says of a write, sent with the rows of the documents: on PostgreSQL in the same round trip."""

    def __init__(self, records: Repository, actions: Sequence[str]) -> None:
        self._records = records
        self._actions = actions
        self._underway: audit.Underway | None = None

    def send(self, documents: Sequence[Document]) -> None:
        """Called by the store, see `along` there."""
        entries = [self._records.entries(*one) for one in zip(self._actions, documents, strict=True)]
        self._underway = audit.send_many(self._records.actor, [entry for each in entries for entry in each])

    def settle(self) -> None:
        """Before anything else is logged of it: that the rows are there."""
        if self._underway is not None:
            self._underway.settle()


def _prepared(resource: dict[str, Any] | store.Prepared) -> store.Prepared:
    return resource if isinstance(resource, store.Prepared) else store.prepare(resource)


def _stored(type_: str, logical_id: str) -> Document | None:
    try:
        return store.get(type_, logical_id, for_update=True)
    except Missing:
        return None
