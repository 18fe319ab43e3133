"""How the database goes about a search: nothing that an index leads to is looked for in a whole table."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.test.utils import CaptureQueriesContext

from patients.records import search
from patients.records.models import Document
from patients.records.search.include import included, parse_includes
from tests.patients.records.conftest import ERNA, HEINRICH, Store, person, pulse
from tests.patients.records.search.test_run import condition, found

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

SEARCHES = [
    ("Observation", f"patient={HEINRICH}&code=8867-4&date=ge2026"),
    ("Observation", "code=8867-4"),
    ("Observation", "date=2026-11-20"),
    ("Observation", "identifier=x"),
    ("Observation", "performer=Practitioner/anna"),
    ("Observation", f"patient={HEINRICH}&value-quantity=gt70"),
    ("Observation", f"patient={HEINRICH}&code-value-quantity=8867-4$gt70"),
    ("Observation", "subject:Patient.name=brandt"),
    ("Observation", "patient.identifier=X110411941&code=8867-4&date=ge2026"),
    ("Observation", "code=8867-4&patient.gender=male"),
    ("Observation", f"patient={HEINRICH}&patient.general-practitioner:Practitioner.name=voss"),
    ("Observation", f"patient={HEINRICH}&encounter:Encounter.participant:Practitioner.name=voss"),
    ("Observation", "performer.name=voss"),
    ("Patient", "name=brandt&_has:Observation:patient:code=8867-4"),
    ("Patient", "_has:Observation:patient:identifier=x"),
    ("Patient", "_has:Condition:patient:code=I10"),
    ("Patient", f"_id={HEINRICH}&_has:Observation:patient:_has:Provenance:target:agent:Practitioner.name=voss"),
    ("Condition", f"patient={HEINRICH}&code:in=http://hl7.org/fhir/ValueSet/observation-category"),
]


@pytest.fixture
def records(stored: Store) -> list[Document]:
    made = [stored(person(), logical_id=HEINRICH), stored(person("Siemer"), logical_id=ERNA)]
    for patient in (HEINRICH, ERNA):
        made += [stored(pulse(of=patient)), stored(condition(of=patient))]
    return made


def whole_tables(statement: str) -> list[str]:
    """The tables that the database means to read from one end to the other, though it is told to avoid that."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {statement}")
            text = "\n".join(row[0] for row in cursor.fetchall())
            return re.findall(r"Seq Scan on (records_\w+|access_\w+)", text)
        cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
        text = "\n".join(row[3] for row in cursor.fetchall())
        return re.findall(r"SCAN (?:TABLE )?([dtx]|[ety]\d)\b", text)


@pytest.mark.parametrize(("type_", "asked"), SEARCHES)
def test_an_index_leads_to_what_is_sought(records: list[Document], type_: str, asked: str) -> None:
    with CaptureQueriesContext(connection) as statements:
        found(type_, f"{asked}&_total=accurate")
    for statement in [one["sql"] for one in statements if "FROM records_" in one["sql"]]:
        assert whole_tables(statement) == [], statement


def as_if_many(cursor: CursorWrapper) -> None:
    """Let PostgreSQL take what is there for a sample of a million: among five rows any way is as good as any other."""
    cursor.execute("SET LOCAL enable_seqscan = off")
    cursor.execute("SELECT relname FROM pg_class WHERE relname LIKE 'records\\_%' AND relkind = 'r'")
    for (table,) in cursor.fetchall():
        cursor.execute(f"ANALYZE {table}")
    cursor.execute(
        "UPDATE pg_class SET reltuples = 1e6, relpages = 1 WHERE relname LIKE 'records\\_%' AND reltuples > 0"
    )


def told(statement: str) -> str:
    """How the database means to go about it."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            as_if_many(cursor)
        cursor.execute(f"EXPLAIN {'QUERY PLAN ' if connection.vendor == 'sqlite' else ''}{statement}")
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


@pytest.mark.parametrize(
    "asked", ["value-date=ne2026", "value-date:missing=true", "_sort=value-date", "_sort=-value-date"]
)
def test_the_dates_of_a_document_are_found_by_the_document(records: list[Document], asked: str, stored: Store) -> None:
    """Among the dates of all documents, each document would take as long as all of them."""
    dated = {name: value for name, value in pulse(of=ERNA).items() if name != "valueQuantity"}
    stored({**dated, "valueDateTime": "2026-11-20"})
    with CaptureQueriesContext(connection) as statements:
        found("Observation", f"{asked}&_total=none")
    plan = told(statements.captured_queries[0]["sql"])
    assert "date_by_value" not in plan, plan
    assert "date_of_document" in plan, plan


@pytest.mark.parametrize(
    ("type_", "asked", "index"),
    [
        ("Condition", "onset-date=1990", "date_by_value"),
        ("Condition", "onset-date=lt1990", "date_by_value"),
        ("Observation", "_lastUpdated=lt2020", "document_by_change"),
        ("Observation", "_lastUpdated=lt2020&_sort=-date", "document_by_change"),
    ],
)
def test_what_few_have_is_found_among_the_values(records: list[Document], type_: str, asked: str, index: str) -> None:
    with CaptureQueriesContext(connection) as statements:
        assert found(type_, f"{asked}&_total=none").rows == []
    assert index in told(statements.captured_queries[-1]["sql"])


def test_an_index_leads_to_what_stands_beside_a_page(records: list[Document]) -> None:
    asked = [("_include", "Observation:subject"), ("_revinclude", "Observation:patient")]
    with CaptureQueriesContext(connection) as statements:
        included(records[:3], parse_includes(["Patient", "Observation"], asked), search.Everything())
    assert statements.captured_queries
    for statement in statements.captured_queries:
        assert whole_tables(statement["sql"]) == [], statement


def test_an_index_leads_through_the_pages(records: list[Document]) -> None:
    for asked in ("_count=1", "_count=1&_sort=-_lastUpdated", f"_count=1&patient={HEINRICH},{ERNA}"):
        cursor = found("Observation", asked).next
        assert cursor is not None
        with CaptureQueriesContext(connection) as statements:
            found("Observation", f"{asked}&_cursor={cursor}")
        assert whole_tables(statements.captured_queries[0]["sql"]) == []


def test_a_whole_table_would_be_noticed(records: list[Document]) -> None:
    assert len(whole_tables("SELECT 1 FROM records_token t WHERE t.h_full = 5")) == 1
