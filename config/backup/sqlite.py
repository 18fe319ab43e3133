"""SQLite: the database as a file of its own, without key table and without what was deleted."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Final

from django.db import connection, connections

from patients.vault import table

FILE: Final = "telecare.sqlite3"


def save(data: Path, keys: Path) -> None:
    """A consistent copy while others write (VACUUM INTO): unlike the backup API it leaves free pages behind."""
    copy = data / FILE
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(copy)])
    with closing(sqlite3.connect(copy)) as one:
        with keys.open("x", encoding="utf-8") as file:
            file.writelines(table.rows_of(one.cursor()))
        one.execute("PRAGMA secure_delete = ON")
        with one:
            for name in reversed(table.TABLES):
                one.execute(f"DELETE FROM {name}")
    _sync(copy)


def is_empty() -> bool:
    """Whether there is no database yet."""
    return not _place().exists()


def load(data: Path, keys: Iterable[str], _migrations: dict[str, str]) -> int:
    """Put the copy in its place with its keys, whole or not at all; returns the number of keys."""
    place = _place()
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = place.with_name(place.name + ".restoring")
    shutil.copyfile(data / FILE, fresh)
    fresh.chmod(0o600)
    with closing(sqlite3.connect(fresh)) as one, one:
        count = table.load(one.cursor(), keys, "?")
    _sync(fresh)
    connections.close_all()
    fresh.rename(place)
    _sync(place.parent)
    return count


def _place() -> Path:
    return Path(connection.settings_dict["NAME"])


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
