"""The key table as text, for a backup apart from the data. Keys are wrapped in it; the master is never there."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from patients.vault import master, state
from patients.vault.derived import derived_from
from patients.vault.master import Locked, Unreadable

TABLES: Final = ("vault_state", "vault_datakey")  # in the order in which they are written
_COLUMNS: Final = {
    "vault_state": ("id", "epoch", "master", "root", "index_root", "index_beside", "index_stage"),
    "vault_datakey": ("id", "patient", "custodian", "thread", "wrapped", "created_at", "destroyed_at"),
}
_BYTES: Final = {"root", "wrapped", "index_root", "index_beside"}
_LATER: Final = {"index_root", "index_beside", "index_stage"}  # missing in backups of older versions
_MOMENTS: Final = {"created_at", "destroyed_at"}


def rows_of(cursor: Any) -> Iterator[str]:
    """The key table as JSON lines, as this database cursor sees it."""
    for table in TABLES:
        cursor.execute(f"SELECT {', '.join(_COLUMNS[table])} FROM {table} ORDER BY id")
        for row in iter(cursor.fetchone, None):
            values = {name: _text(name, value) for name, value in zip(_COLUMNS[table], row, strict=True)}
            yield json.dumps({"table": table, **values}) + "\n"


def load(cursor: Any, lines: Iterable[str], place: str = "%s") -> int:
    """Insert such lines into empty tables; returns the number of keys. `place` stands for a value in the statement."""
    count = 0
    for line in lines:
        table, row = _row(line)
        names = list(row)
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join([place] * len(names))})",
            [_value(name, row[name]) for name in names],
        )
        count += table == "vault_datakey"
    return count


def code(first: str, purpose: str, data: bytes) -> bytes:
    """`tokens.mac` as the vault of this key table makes it, by its first line. Raises Locked without its master."""
    table, row = _row(first)
    if table != "vault_state":
        raise Locked("This key table lost its first row. Take another backup of it.")
    named = master.named(row["master"])
    try:
        root = named.unwrap(base64.b64decode(row["root"]), state.ROOT)
    except Unreadable as problem:
        raise Locked("This key table was changed: its first key does not open. Take another backup of it.") from problem
    return hmac.digest(derived_from(root, "mac", purpose), data, "sha256")


def _row(line: str) -> tuple[str, dict[str, Any]]:
    try:
        row = json.loads(line)
        return row["table"], {name: row[name] for name in _COLUMNS[row["table"]] if name in row or name not in _LATER}
    except (ValueError, KeyError, TypeError) as problem:
        raise Locked("This is no key table of Telecare, or it was cut off. Take another backup of it.") from problem


def _text(name: str, value: Any) -> Any:
    if name in _BYTES:
        return base64.b64encode(bytes(value)).decode()
    return None if value is None else str(value) if name in _MOMENTS else value


def _value(name: str, value: Any) -> Any:
    return base64.b64decode(value) if name in _BYTES else value
