"""Index rows into and out of their tables, many at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Final

from django.db import connection

from patients.records.index.extract import Rows

TABLES: Final[dict[str, tuple[str, ...]]] = {
    "records_token": ("document_id", "moment", "until", "slot", "h_code", "h_full", "h_system", "h_patient"),
    "records_date": ("document_id", "slot", "lo", "hi"),
    "records_quantity": ("document_id", "slot", "lo", "hi", "u_code", "u_full", "u_text"),
    "records_reference": ("document_id", "moment", "slot", "target_type", "target_id"),
    "records_composite": (
        "document_id", "slot", "h_code", "h_full", "h_system", "lo", "hi", "o_code", "o_full", "o_third",
    ),
}  # fmt: skip
MOST_VALUES: Final = 20_000  # of one statement; SQLite accepts 32,766


def write(rows: Iterable[tuple[int, Rows]]) -> None:
    """Insert the rows of these documents (by primary key)."""
    rows = list(rows)
    insert("records_token", [(pk, each.moment, each.until, *token) for pk, each in rows for token in each.tokens])
    insert("records_date", [(pk, *date) for pk, each in rows for date in each.dates])
    insert("records_quantity", [(pk, *quantity) for pk, each in rows for quantity in each.quantities])
    insert("records_reference", [(pk, each.moment, *target) for pk, each in rows for target in each.references])
    insert("records_composite", [(pk, *pair) for pk, each in rows for pair in each.composites])


def insert(table: str, rows: Sequence[tuple[Any, ...]], columns: tuple[str, ...] = ()) -> None:
    """Insert the rows with as few statements as the number of values allows."""
    columns = columns or TABLES[table]
    most = MOST_VALUES // len(columns)
    with connection.cursor() as cursor:
        for at in range(0, len(rows), most):
            part = rows[at : at + most]
            cursor.execute(_statement(table, columns, len(part)), [value for row in part for value in row])


@lru_cache(maxsize=512)
def _statement(table: str, columns: tuple[str, ...], count: int) -> str:
    row = f"({', '.join(['%s'] * len(columns))})"
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([row] * count)}"


def remove(first: int, last: int | None = None) -> None:
    """Delete the rows of the documents with these primary keys, both ends included."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(
                f"DELETE FROM {table} WHERE document_id BETWEEN %s AND %s", [first, first if last is None else last]
            )
