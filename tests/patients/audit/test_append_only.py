from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from patients import audit
from patients.audit.models import AuditEvent

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


@pytest.fixture
def row() -> int:
    return audit.record(None, action="sign-in", outcome="denied")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET outcome = 'done'",
        "UPDATE audit_event SET mac = mac",
        "DELETE FROM audit_event",
        "DELETE FROM audit_event WHERE id > 0",
    ],
)
def test_a_row_is_neither_changed_nor_taken_out(row: int, statement: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(statement)
    assert AuditEvent.objects.get().outcome == "denied"


def test_nor_through_the_models(row: int) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEvent.objects.update(outcome="done")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEvent.objects.all().delete()
    assert audit.verify().checked == 1


def test_the_whole_log_is_not_emptied_at_once(row: int) -> None:
    # SQLite knows no TRUNCATE; a DELETE without a condition stands in for it
    statement = "DELETE FROM audit_event" if connection.vendor == "sqlite" else "TRUNCATE audit_event"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(statement)
    assert AuditEvent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_committed_row_is_kept_as_well(row: int) -> None:
    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_event")
    assert AuditEvent.objects.count() == 1
