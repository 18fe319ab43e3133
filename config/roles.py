"""On PostgreSQL two roles: the owner, who migrates and drops old periods of the log, and the one that serves.

The serving role may read and write, but of the audit log it may only read and add: so whoever takes over a server can
neither change the log nor switch its triggers off. `deploy/postgres` makes the roles, `telecare migrate` gives rights.
"""

from __future__ import annotations

from django.db import connection

from patients.audit import append_only
from patients.database import write

READ_ONLY = ("django_migrations",)


def grant(role: str) -> int:
    """Give `role` exactly what serving takes, on all tables of the present owner; how many tables these are.

    One transaction: a server that runs meanwhile never lacks a right. Raises ProgrammingError for an unknown role.
    """
    name = connection.ops.quote_name(role)
    with write(), connection.cursor() as cursor:
        cursor.execute("SELECT current_schema(), current_user")
        schema, owner = cursor.fetchone()
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s AND tableowner = %s", [schema, owner])
        tables = [table for (table,) in cursor.fetchall()]
        where = connection.ops.quote_name(schema)
        cursor.execute(f"GRANT USAGE ON SCHEMA {where} TO {name}")
        for table in tables:
            whole = f"{where}.{connection.ops.quote_name(table)}"
            cursor.execute(f"REVOKE ALL ON {whole} FROM {name}")
            cursor.execute(f"GRANT {_rights(table)} ON {whole} TO {name}")
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {where} TO {name}")
    return len(tables)


def may_change_log() -> bool:
    """Whether the role of this process could change the audit log, triggers aside. Always so on SQLite."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        for table in append_only.TABLES:
            cursor.execute(
                "SELECT has_table_privilege(%s, 'UPDATE, DELETE, TRUNCATE, TRIGGER') "
                "OR pg_has_role(relowner, 'MEMBER') FROM pg_class WHERE oid = %s::regclass",
                [table, table],
            )
            if cursor.fetchone()[0]:
                return True
    return False


def _rights(table: str) -> str:
    if table in READ_ONLY:
        return "SELECT"
    return "SELECT, INSERT" if table in append_only.TABLES else "SELECT, INSERT, UPDATE, DELETE"
