"""What makes the log append-only in the database itself, on SQLite and on PostgreSQL.

On PostgreSQL the first line is that the runtime role has only INSERT and SELECT (deploy/postgres); this is the second.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

TABLES: Final = ("audit_event", "audit_seal")

_WORDS: Final = "the audit log is append-only"
_SQLITE: Final = {
    "{table}_never_changes": "CREATE TRIGGER {name} BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '{words}'); END",
    "{table}_never_goes": "CREATE TRIGGER {name} BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '{words}'); END",
}
_POSTGRESQL: Final = {
    "{table}_never_changes": "CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table} "
    "FOR EACH ROW EXECUTE FUNCTION audit_event_refuse()",
    "{table}_never_emptied": "CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_event_refuse()",
}
_FUNCTION: Final = (
    "CREATE OR REPLACE FUNCTION audit_event_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{_WORDS}' USING ERRCODE = '42501'; END $$"
)


def protect(connection: Any, *tables: str) -> None:
    """Put the triggers in place: on these tables, or on all of the log."""
    statements = [_FUNCTION] if connection.vendor == "postgresql" else []
    for table in tables or TABLES:
        statements += [
            text.format(name=name.format(table=table), table=table, words=_WORDS)
            for name, text in _triggers(connection).items()
        ]
    _run(connection, statements)


def release(connection: Any, *tables: str) -> None:
    """Take them away: for its owner, who changes the table or drops old periods, and to empty a test database."""
    behind = " ON {table}" if connection.vendor == "postgresql" else ""
    statements = [
        f"DROP TRIGGER IF EXISTS {name}{behind}".format(table=table)
        for table in tables or TABLES
        for name in _triggers(connection)
    ]
    _run(connection, statements)


@contextmanager
def suspended(connection: Any) -> Iterator[None]:
    """Let the owner of the tables take old periods out in the running transaction. Nobody else may, on PostgreSQL."""
    if connection.vendor == "postgresql":
        _run(connection, [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in TABLES])
        yield
        _run(connection, [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in TABLES])
    else:
        release(connection)
        yield
        protect(connection)


def missing(connection: Any) -> list[str]:
    """The triggers that should be there and are not, or are switched off: nothing stops a change then."""
    if connection.vendor == "postgresql":
        found = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
    else:
        found = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    with connection.cursor() as cursor:
        cursor.execute(found)
        there = {name for (name,) in cursor.fetchall()}
    wanted = [name.format(table=table) for table in TABLES for name in _triggers(connection)]
    return [name for name in wanted if name not in there]


def _triggers(connection: Any) -> dict[str, str]:
    return _POSTGRESQL if connection.vendor == "postgresql" else _SQLITE


def _run(connection: Any, statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
