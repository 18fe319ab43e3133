"""Index rows into and out of their tables, many at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.db import connection

from patients.database import rows
from patients.records.index.extract import Rows

TABLES: Final[dict[str, dict[str, str]]] = {  # columns with the types of PostgreSQL
    "records_token": dict.fromkeys(
        ("document_id", "moment", "until", "slot", "h_code", "h_full", "h_system", "h_patient"), "bigint"
    ),
    "records_date": dict.fromkeys(("document_id", "slot", "lo", "hi"), "bigint"),
    "records_quantity": {
        "document_id": "bigint", "slot": "bigint", "lo": "float8", "hi": "float8", "u_code": "bigint",
        "u_full": "bigint", "u_text": "bigint",
    },
    "records_reference": {
        "document_id": "bigint", "moment": "bigint", "slot": "bigint", "target_type": "text", "target_id": "text",
    },
    "records_composite": {
        "document_id": "bigint", "slot": "bigint", "h_code": "bigint", "h_full": "bigint", "h_system": "bigint",
        "lo": "float8", "hi": "float8", "o_code": "bigint", "o_full": "bigint", "o_third": "bigint",
    },
}  # fmt: skip


def write(documents: Iterable[tuple[int, Rows]]) -> None:
    """Insert the rows of these documents (by primary key)."""
    found = list(documents)
    _insert("records_token", [(pk, each.moment, each.until, *token) for pk, each in found for token in each.tokens])
    _insert("records_date", [(pk, *date) for pk, each in found for date in each.dates])
    _insert("records_quantity", [(pk, *quantity) for pk, each in found for quantity in each.quantities])
    _insert("records_reference", [(pk, each.moment, *target) for pk, each in found for target in each.references])
    _insert("records_composite", [(pk, *pair) for pk, each in found for pair in each.composites])


def _insert(table: str, found: list[tuple[Any, ...]]) -> None:
    rows.insert(table, TABLES[table], found)


def remove_of(documents: Sequence[int], *, compartments: bool = True) -> None:
    """Delete the rows of these documents; among them whom they concern, if there are several."""
    with connection.cursor() as cursor:
        for table in (*TABLES, *(["records_compartment"] if compartments else [])):
            cursor.execute(f"DELETE FROM {table} WHERE document_id IN ({rows.places(len(documents))})", list(documents))


def remove(first: int, last: int | None = None) -> None:
    """Delete the rows of the documents with these primary keys, both ends included."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(
                f"DELETE FROM {table} WHERE document_id BETWEEN %s AND %s", [first, first if last is None else last]
            )
