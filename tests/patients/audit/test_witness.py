"""A row that is taken out before its seal is missed by the process that wrote it."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator

import pytest
from django.db import DatabaseError, connection

from config import cli
from patients import audit
from patients.audit import append_only, sealer, witness, written
from patients.audit.models import AuditEvent
from patients.audit.queries import missed
from patients.database import write

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.storage]


@pytest.fixture(autouse=True)
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As in a process that serves; the test itself looks, and when."""
    monkeypatch.setattr(written, "watched", True)
    written.rows.clear()
    yield
    written.rows.clear()


def soon() -> float:
    """When all that was committed until now is due."""
    return time.monotonic() + witness.WAIT


def taken_out(ident: int) -> None:
    """Somebody owns the database, switches the triggers off, and is quicker than the sealer."""
    with write():
        append_only.release(connection)
        AuditEvent.objects.filter(id=ident).delete()
        append_only.protect(connection)


def test_whoever_wrote_it_misses_it_once_and_for_all_to_read() -> None:
    ids = audit.record_many(None, [audit.Entry("read"), audit.Entry("search")])
    taken_out(ids[0])
    sealer.seal("test")
    assert audit.verify().fault == "", "rows and seals alone do not show it"
    assert witness.look(soon()) == [ids[0]]
    assert missed() == [f"audit-{ids[0]}"]
    assert witness.look(soon()) == []
    out = io.StringIO()
    assert cli.run(["verify-audit", "--no-bodies"], out) == 1
    assert f"audit-{ids[0]}" in out.getvalue()


def test_what_is_there_is_not_missed_and_what_is_not_due_is_not_looked_for() -> None:
    kept = audit.record(None, action="read")
    ((written_at, ident),) = written.rows
    assert ident == kept
    assert witness.look(written_at) == []
    assert len(written.rows) == 1
    assert witness.look(soon()) == []
    assert not written.rows


def test_what_was_undone_is_not_missed() -> None:
    with pytest.raises(ZeroDivisionError), write():
        audit.record(None, action="create")
        raise ZeroDivisionError
    with write():
        with pytest.raises(ZeroDivisionError), write():
            audit.record(None, action="create")
            raise ZeroDivisionError
        kept = audit.record(None, action="read")
    assert [ident for _at, ident in written.rows] == [kept]


def test_when_the_database_does_not_answer_it_is_asked_again() -> None:
    ident = audit.record(None, action="read")
    taken_out(ident)
    with pytest.raises(DatabaseError), connection.execute_wrapper(away):
        witness.look(soon())
    assert witness.look(soon()) == [ident]


def away(*_said: object) -> object:
    raise DatabaseError


def test_the_thread_looks_for_what_was_written_last_before_it_ends() -> None:
    one = witness.Witness()
    one.start()
    ident = audit.record(None, action="read")
    taken_out(ident)
    one.stop(patience=60)
    assert missed() == [f"audit-{ident}"]
