"""What makes the log append-only in the database itself, on SQLite and on PostgreSQL.

On PostgreSQL the first line is that the runtime role has only INSERT and SELECT (deploy/postgres); this is the second.
"""

from __future__ import annotations

from typing import Any

_SQLITE = (
    "CREATE TRIGGER audit_event_never_changes BEFORE UPDATE ON audit_event "
    "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END",
    "CREATE TRIGGER audit_event_never_goes BEFORE DELETE ON audit_event "
    "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END",
)
_SQLITE_OFF = (
    "DROP TRIGGER IF EXISTS audit_event_never_changes",
    "DROP TRIGGER IF EXISTS audit_event_never_goes",
)
_POSTGRESQL = (
    "CREATE OR REPLACE FUNCTION audit_event_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = '42501'; END $$",
    "CREATE TRIGGER audit_event_never_changes BEFORE UPDATE OR DELETE ON audit_event "
    "FOR EACH ROW EXECUTE FUNCTION audit_event_refuse()",
    "CREATE TRIGGER audit_event_never_emptied BEFORE TRUNCATE ON audit_event "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_event_refuse()",
)
_POSTGRESQL_OFF = (
    "DROP TRIGGER IF EXISTS audit_event_never_changes ON audit_event",
    "DROP TRIGGER IF EXISTS audit_event_never_emptied ON audit_event",
)


def protect(connection: Any) -> None:
    """Put the triggers in place."""
    _run(connection, _POSTGRESQL if connection.vendor == "postgresql" else _SQLITE)


def release(connection: Any) -> None:
    """Take them away: for a migration of the table by its owner, and for emptying a test database."""
    _run(connection, _POSTGRESQL_OFF if connection.vendor == "postgresql" else _SQLITE_OFF)


def _run(connection: Any, statements: tuple[str, ...]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
