"""Everything that is derived from the documents, derived anew: for `telecare reindex`.

It is run after an update that reads documents in a new way, and whenever doubt exists. Memory stays bounded whatever
the number of documents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from django.db import connection

from patients import vault
from patients.database import write
from patients.database.rows import places
from patients.records import definitions, projections, turns
from patients.records.index import rows
from patients.records.index.extract import Rows, extract
from patients.records.models import Document
from patients.records.store import CHANGING, SELECT, insert_compartments, loaded

BATCH: Final = 200

Progress = Callable[[int], None]


@dataclass(slots=True)
class Reindexed:
    """What was done."""

    documents: int = 0
    unreadable: int = 0  # their keys were destroyed: they are no longer found by anything but their id


def reindex(progress: Progress | None = None) -> Reindexed:
    """Write all index rows, compartments and projections anew. `progress` is told the documents done so far.

    Index rows are replaced batch by batch, each in a transaction of its own, so that the system goes on working.
    Projections are replaced in one transaction: rights are never seen half derived.
    """
    done = index_anew(progress)
    project_anew()
    return done


def index_anew(progress: Progress | None = None) -> Reindexed:
    """The index rows and compartments alone."""
    done = Reindexed()
    last = 0
    while True:
        with write():
            batch = _batch("d.id > %s", [last])
            if not batch:
                break
            _replace(batch, done)
        last = batch[-1].pk
        done.documents += len(batch)
        if progress is not None:
            progress(done.documents)
    return done


def project_anew() -> None:
    """Empty all projections and tell them of every living document again."""
    with write():
        turns.of_all()
        projections.reset()
        for document in _all(projections.types()):
            try:
                content = document.content
            except vault.Unreadable:
                continue
            projections.run(document, content, None)


def _replace(batch: list[Document], done: Reindexed) -> None:
    rows.remove(batch[0].pk, batch[-1].pk)
    vault.open_keys(document.key for document in batch)
    found, dates, concerned = [], [], []
    for document in batch:
        index = Rows()
        if not document.deleted:
            try:
                content = document.content
            except vault.Unreadable:
                done.unreadable += 1
            else:
                own = None if document.type == "Patient" or document.type in CHANGING else document.patient
                index = extract(content, own)
                found.append((document.pk, index))
                concerned.append((document, definitions.patients_of(content)))
        if (index.moment, index.until) != (document.moment, document.until):
            dates.append((index.moment, index.until, document.pk))
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM records_compartment WHERE document_id BETWEEN %s AND %s", [batch[0].pk, batch[-1].pk]
        )
        cursor.executemany("UPDATE records_document SET moment = %s, until = %s WHERE id = %s", dates)
    insert_compartments(concerned)
    rows.write(found)


def _all(types: tuple[str, ...]) -> Iterator[Document]:
    """All living documents of these types, in the order in which they were first written."""
    last = 0
    while types:
        batch = _batch(f"d.id > %s AND NOT d.deleted AND d.type IN ({places(len(types))})", [last, *types])
        if not batch:
            return
        vault.open_keys(document.key for document in batch)
        yield from batch
        last = batch[-1].pk


def _batch(condition: str, params: list[int | str]) -> list[Document]:
    lock = " FOR UPDATE" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"{SELECT} WHERE {condition} ORDER BY d.id LIMIT %s{lock}", [*params, BATCH])
        return [loaded(row) for row in cursor.fetchall()]
