"""What all tests share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.db.backends.base.operations import BaseDatabaseOperations

from config import words
from patients.audit import append_only


@pytest.fixture(scope="session", autouse=True)
def pages_have_their_words_and_files(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Catalogues are compiled; static files come from their sources, without a collected copy."""
    words.compile_all()
    settings.STATIC_ROOT = tmp_path_factory.mktemp("static")


@pytest.fixture(scope="session", autouse=True)
def only_the_flush_of_a_test_database_empties_the_audit_log() -> Iterator[None]:
    """The log refuses to be emptied, which Django does after each test that commits. It gives way to that alone."""
    refused = BaseDatabaseOperations.execute_sql_flush

    def flush(self: Any, sql_list: Any) -> None:
        append_only.release(self.connection)
        refused(self, sql_list)
        append_only.protect(self.connection)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", flush)
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, tmp_path_factory: pytest.TempPathFactory) -> None:
    """SQLite in a file, as in production: in memory, threads would share one cache and lock whole tables."""
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")
