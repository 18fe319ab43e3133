"""Writing what was imported: many documents in one transaction, validated before it, and nothing twice."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from django.db import DatabaseError

from patients import audit
from patients.access import categories, importing, reactions, turns
from patients.access import writing as access
from patients.access.models import Right
from patients.accounts.actor import Actor
from patients.database import write
from patients.errors import Conflict, Problem, Unavailable
from patients.fhir.ingest.identity import Key, Placed, bare
from patients.fhir.ingest.report import Report
from patients.network import resources
from patients.records import history, store, wire
from patients.records.models import Document
from patients.records.wire import Json

SOURCE: Final = "import"
_LINKS: Final = uuid.uuid5(uuid.NAMESPACE_URL, "https://telecare.example/fhir/import/link")


@dataclass(frozen=True, slots=True)
class Ready:
    """A resource that passed validation. `before` is the document whose next version it is, if there is one."""

    placed: Placed
    prepared: store.Prepared
    before: Document | None = None

    @property
    def patients(self) -> tuple[str, ...]:
        """The ids of all whom it concerns; a Patient concerns itself."""
        return (self.placed.key[1],) if self.prepared.type == "Patient" else self.prepared.patients


@dataclass(slots=True)
class Writer:
    """Writes for one custodian. `organisation` is its id if it is one of the network: it then cares for them."""

    actor: Actor
    custodian: str
    organisation: str | None
    report: Report
    own: bool = False  # not marked as imported, see `runs.run`
    run: str = field(default_factory=lambda: str(uuid.uuid4()))
    _told: set[str | None] = field(default_factory=set)  # patients who stand in the log for this run

    def take(self, found: Sequence[Placed]) -> None:
        """Write what is new or changed. Each is counted in the report."""
        stored = _stored(found)
        waiting: dict[Key, Ready] = {}
        for placed in found:
            if placed.key in waiting:  # the next version of what is not even written
                self._write(list(waiting.values()))
                stored.update(_stored([one.placed for one in waiting.values()]))
                waiting.clear()
            if ready := self._prepared(placed, stored.get(placed.key)):
                waiting[placed.key] = ready
        self._write(list(waiting.values()))

    def _prepared(self, placed: Placed, before: Document | None) -> Ready | None:
        """Ready to be written; None where there is nothing to write, which is counted."""
        try:
            if before is not None:
                if _is_known(placed.resource, before):
                    self.report.count(placed.key[0], placed.entry.origin, "unchanged")
                    return None
                if not importing.is_imported(before):
                    raise Conflict(f"{before.reference} exists and did not come by import: change it where it is kept.")
            if self.own and access.is_access_document(placed.resource):
                raise Conflict("Files of our own open no record: who may see what is written by the network services.")
            return Ready(placed, store.prepare(placed.resource), before)
        except Problem as problem:
            self._refuse(placed, problem)
            return None

    def _write(self, batch: Sequence[Ready]) -> None:
        """One transaction for all; where it fails, one for each, so that one bad apple spoils nothing."""
        if not batch:
            return
        links = self._links(batch)
        try:
            with write():
                self._written(batch, links)
        except Unavailable:
            raise
        except (Problem, DatabaseError) as problem:
            if len(batch) == 1:
                told = problem if isinstance(problem, Problem) else Conflict("The database refused it.")
                self._refuse(batch[0].placed, told)
                return
            for one in batch:
                self._write([one])
            return
        self._told.update(_concerned(batch))
        for one in batch:
            self.report.count(one.prepared.type, one.placed.entry.origin, "accepted")

    def _written(self, batch: Sequence[Ready], links: Sequence[store.New]) -> None:
        turns.to_write([*(one.prepared for one in links), *(one.prepared for one in batch)])
        news = [self._new(one) for one in batch if one.before is None]
        documents = store.create_many(links) + store.create_many(news, note=None if self.own else importing.mark)
        for one in batch:
            if one.before is not None:
                category = categories.stricter(one.before.category, categories.category_of(one.prepared.content))
                documents.append(store.update(one.before, one.prepared, category=category))
        fresh = _concerned(batch) - self._told
        audit.record_many(
            self.actor,
            [audit.Entry("import", patient=patient, source=SOURCE, detail=f"run {self.run}") for patient in fresh],
        )
        for document in documents:
            reactions.run(self.actor, document)

    def _new(self, one: Ready) -> store.New:
        category = categories.category_of(one.prepared.content)
        return store.New(one.prepared, self.custodian, category, logical_id=one.placed.key[1])

    def _links(self, batch: Sequence[Ready]) -> list[store.New]:
        """Care links of the custodian to patients whom it does not care for yet: without a basis, so that its staff see
        what it answers for and nothing else. A link that was ended is not begun again."""
        if self.organisation is None:
            return []
        patients = {patient for one in batch for patient in one.patients} - self._told
        held = Right.objects.filter(organisation=self.organisation, patient__in=patients, basis=Right.Basis.OWN)
        idents = {_link(self.organisation, patient): patient for patient in patients}
        once = store.get_many("CareTeam", idents)
        missing = patients - set(held.values_list("patient", flat=True)) - {idents[ident] for ident in once}
        made = []
        for patient in sorted(missing):
            link = resources.care_link(patient, self.organisation, manager=self.organisation)
            category = categories.category_of(link)
            ident = _link(self.organisation, patient)
            made.append(store.New(store.prepare(link), self.organisation, category, logical_id=ident))
        return made

    def _refuse(self, placed: Placed, problem: Problem) -> None:
        where = next((f" ({one.where})" for one in problem.findings if one.where), "")
        self.report.refuse(
            placed.entry.place, f"{problem.text}{where}", type_=placed.key[0], origin=placed.entry.origin
        )


def _stored(found: Sequence[Placed]) -> dict[Key, Document]:
    by_type: dict[str, list[str]] = {}
    for placed in found:
        by_type.setdefault(placed.key[0], []).append(placed.key[1])
    stored = {}
    for type_, idents in by_type.items():
        for ident, document in store.get_many(type_, idents).items():
            stored[type_, ident] = document
    return stored


def _is_known(resource: Json, before: Document) -> bool:
    """Whether the document says this now, or said it once: an import never goes back behind a later change."""
    said = wire.canonical(bare(resource))
    if not before.deleted and wire.canonical(bare(before.content)) == said:
        return True
    if before.version == 1:
        return False
    return any(not one.deleted and wire.canonical(bare(one.content)) == said for one in history.versions(before)[1:])


def _concerned(batch: Sequence[Ready]) -> set[str | None]:
    """All patients of a batch; None stands for what concerns nobody."""
    return {patient for one in batch for patient in one.patients or (None,)}


def _link(organisation: str, patient: str) -> str:
    return str(uuid.uuid5(_LINKS, f"{organisation}|{patient}"))
