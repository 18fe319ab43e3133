"""All that is derived can be derived again."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from patients import vault
from patients.database import write
from patients.records import projections, search, store
from patients.records.index.rows import TABLES
from patients.records.models import Compartment, Document, Token
from patients.records.reindex import BATCH, reindex
from tests.patients.records.conftest import ERNA, HEINRICH, MOORLAND, Store, person, pulse

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

COUPLE = {
    "resourceType": "Appointment",
    "status": "proposed",
    "participant": [{"actor": {"reference": f"Patient/{each}"}, "status": "accepted"} for each in (HEINRICH, ERNA)],
}


def index() -> dict[str, list[tuple[Any, ...]]]:
    """All derived rows, but for their own numbers."""
    found = {}
    with connection.cursor() as cursor:
        for table, columns in {**TABLES, "records_compartment": ("document_id", "patient")}.items():
            cursor.execute(f"SELECT {', '.join(columns)} FROM {table}")
            found[table] = sorted(cursor.fetchall(), key=str)
        cursor.execute("SELECT id, moment, until FROM records_document ORDER BY id")
        found["documents"] = cursor.fetchall()
    return found


def test_the_index_is_the_same_when_it_is_built_again(stored: Store) -> None:
    stored(person(), logical_id=HEINRICH)
    stored(COUPLE)
    document = stored(pulse())
    with write():
        store.update(document, pulse("80", at="2026-11-21"), category="clinical")
        store.delete(stored(pulse("55")))
    before = index()
    assert all(before[table] for table in ("records_token", "records_reference", "records_composite"))
    with write():
        Token.objects.all().delete()
        Compartment.objects.all().delete()
        Document.objects.update(moment=0)
    assert index() != before
    assert reindex().documents == 4
    assert index() == before


def test_more_documents_than_fit_into_one_batch(stored: Store) -> None:
    news = [store.New(store.prepare(pulse(str(60 + n % 40))), MOORLAND, "clinical") for n in range(BATCH + 3)]
    with write():
        store.create_many(news)
        Token.objects.all().delete()
    told: list[int] = []
    reindex(told.append)
    assert told == [BATCH, BATCH + 3]
    found = search.run(search.parse("Observation", [("code", "8867-4"), ("_total", "accurate")]), search.Everything())
    assert found.total == BATCH + 3


def test_projections_are_emptied_and_told_of_every_living_document(stored: Store) -> None:
    stored(person(), logical_id=HEINRICH)
    stored(person("Siemer", "Erna"), logical_id=ERNA)
    with write():
        store.delete(stored(person("Weg", "Karl")))
    families: list[str] = ["left over"]

    def project(document: Document, content: dict[str, Any] | None, previous: dict[str, Any] | None) -> None:
        assert content is not None
        families.append(content["name"][0]["family"])

    projections.on("Patient", project, reset=families.clear)
    try:
        reindex()
    finally:
        projections.forget("Patient", project)
    assert families == ["Brandt", "Siemer"]


def test_what_was_erased_is_left_out(stored: Store) -> None:
    stored(pulse())
    stored(pulse(of=ERNA))
    vault.destroy_keys(patient=HEINRICH)
    assert reindex().unreadable == 1
    found = search.run(search.parse("Observation", [("code", "8867-4")]), search.Everything())
    assert [document.patient for document in found.rows] == [ERNA]
