"""PostgreSQL: each table as its server copies it (COPY, binary), all of one moment, without the key table."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from patients.database import write
from patients.errors import Invalid
from patients.vault import table

HOLD_PEOPLE: Final = ("vault_state", "vault_datakey", "records_document", "audit_event", "accounts_user")
CHUNK: Final = 1 << 20


def save(data: Path, keys: Path) -> None:
    """All tables as of one snapshot, while others write."""
    (data / "tables").mkdir(mode=0o700)
    with write(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for name in connection.introspection.table_names(cursor):
            if name in table.TABLES:
                continue
            quoted = connection.ops.quote_name(name)
            columns = [column.name for column in connection.introspection.get_table_description(cursor, name)]
            (data / "tables" / f"{name}.columns").write_text("\n".join(columns))
            listed = ", ".join(map(connection.ops.quote_name, columns))
            with (data / "tables" / f"{name}.copy").open("xb") as file:
                with cursor.copy(f"COPY {quoted} ({listed}) TO STDOUT (FORMAT binary)") as pieces:
                    for piece in pieces:
                        file.write(piece)
        with keys.open("x", encoding="utf-8") as file:
            file.writelines(table.rows_of(cursor))


def is_empty() -> bool:
    """Whether no table holds anybody or any key."""
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        for name in there.intersection(HOLD_PEOPLE):
            cursor.execute(f"SELECT 1 FROM {name} LIMIT 1")
            if cursor.fetchone():
                return False
    return True


def load(data: Path, keys: Iterable[str], migrations: dict[str, str]) -> int:
    """Bring the database to the form that the backup has, then fill it in one transaction; the number of keys."""
    executor = MigrationExecutor(connection)
    targets = sorted(migrations.items())
    if unknown := [f"{app} {name}" for app, name in targets if (app, name) not in executor.loader.graph.nodes]:
        raise Invalid(f"This backup is of a newer version ({', '.join(unknown)}). Install that version, then restore.")
    executor.migrate(targets)
    with write(), connection.cursor() as cursor:
        files = sorted((data / "tables").glob("*.copy"))
        for file in files:
            cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(file.stem)} LIMIT 1")
            if cursor.fetchone():  # what the making of the tables wrote
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(file.stem)}")
        for file in files:
            _fill(cursor, file)
        for statement in connection.ops.sequence_reset_sql(
            no_style(), list(apps.get_models(include_auto_created=True))
        ):
            cursor.execute(statement)
        return table.load(cursor, keys)


def _fill(cursor: object, file: Path) -> None:
    columns = file.with_suffix(".columns").read_text().split("\n")
    listed = ", ".join(map(connection.ops.quote_name, columns))
    statement = f"COPY {connection.ops.quote_name(file.stem)} ({listed}) FROM STDIN (FORMAT binary)"
    with file.open("rb") as source, cursor.copy(statement) as target:  # type: ignore[attr-defined]
        while piece := source.read(CHUNK):
            target.write(piece)
