"""Old periods go as wholes, and what is left is one chain that can be proved."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from config import cli
from patients import audit
from patients.accounts.actor import Actor, Role
from patients.audit import append_only, retention, roots
from patients.audit.models import AuditEvent, Chain, Seal
from patients.audit.retention import Dropped, drop
from patients.audit.row import Clock
from patients.audit.sealer import seal
from patients.errors import Conflict

pytestmark = [pytest.mark.django_db, pytest.mark.storage]
ANNA = Actor(role=Role.NURSE, account=7, person="Practitioner/anna", organisation="moorland")
NOW = datetime(2037, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def years(monkeypatch) -> list[int]:
    """A look of Anna's in each year from 2026 to 2037, each under a seal of its own; the ids."""
    monkeypatch.setattr("patients.audit.services.clock", Clock())  # that of the process never goes back
    ids = []
    for year in range(2026, 2038):
        moment = NOW.replace(year=year, month=1)
        monkeypatch.setattr("patients.audit.row.time.time_ns", lambda at=moment: int(at.timestamp() * 1e9))
        ids.append(audit.record(ANNA, action="read", patient="heinrich"))
        assert seal("here", now=moment) == 1
    return ids


def test_what_is_older_than_ten_years_goes_with_its_seals(years):
    assert drop(retention.years_before(NOW, 10)) == Dropped(seals=2, rows=2)
    assert list(AuditEvent.objects.order_by("id").values_list("id", flat=True)) == years[2:]
    assert Seal.objects.order_by("number").first().number == 3
    found = audit.verify()
    assert (found.checked, found.sealed, found.fault) == (10, 10, "")


def test_what_follows_is_sealed_on_and_drops_later_too(years):
    drop(retention.years_before(NOW, 10))
    audit.record(ANNA, action="read", patient="heinrich")
    assert seal("here", now=NOW) == 1
    assert drop(retention.years_before(NOW, 8)) == Dropped(seals=2, rows=2)
    assert Chain.objects.get().dropped == 4
    assert audit.verify().fault == ""


def test_a_seal_with_a_younger_row_stays_whole(years):
    assert drop(NOW.replace(year=2027, month=1)) == Dropped(1, 1)
    assert drop(NOW.replace(year=2027, month=1, hour=11)) == Dropped(0, 0)
    assert years[1] in AuditEvent.objects.values_list("id", flat=True)


def test_rows_without_a_seal_are_never_dropped(years):
    drop(NOW + timedelta(days=365))
    audit.record(ANNA, action="read", patient="erna")
    assert drop(NOW + timedelta(days=365)) == Dropped(0, 0)
    assert AuditEvent.objects.get().patient == "erna"
    assert audit.verify().fault == ""


def test_many_rows_go_in_several_transactions(years, monkeypatch):
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    parts: list[Dropped] = []
    assert drop(NOW, told=parts.append).rows == 12
    assert [part.rows for part in parts] == [2, 4, 6, 8, 10, 12]


def test_afterwards_the_log_refuses_changes_again(years):
    drop(retention.years_before(NOW, 10))
    assert append_only.missing(connection) == []
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEvent.objects.all().delete()


def test_a_period_that_was_tampered_with_stays_as_evidence(years):
    append_only.release(connection)
    Seal.objects.filter(number=2).update(digest=b"\x01" * 32)
    append_only.protect(connection)
    with pytest.raises(Conflict, match="Seal 2"):
        drop(NOW)
    assert AuditEvent.objects.count() == 12


def test_a_root_of_a_dropped_period_is_no_fault_but_one_beyond_it_counts(years, tmp_path):
    kept = tmp_path / "roots.jsonl"
    kept.write_text("\n".join(roots.after(0)), "utf-8")
    drop(retention.years_before(NOW, 10))
    assert audit.verify(roots.read(kept)).fault == ""


def test_nobody_can_take_off_the_beginning_without_the_keys(years):
    append_only.release(connection)
    AuditEvent.objects.filter(id__in=years[:2]).delete()
    Seal.objects.filter(number__lte=2).delete()
    append_only.protect(connection)
    assert audit.verify().fault == "Seal 1 is missing."
    Chain.objects.update(start=2, start_mac=Seal.objects.get(number=3).previous)
    assert "was changed" in audit.verify().fault


def test_a_leap_day_has_a_day_ten_years_before():
    assert retention.years_before(datetime(2036, 2, 29, tzinfo=UTC), 10) == datetime(2026, 2, 28, tzinfo=UTC)


def test_the_command_keeps_what_the_deployment_keeps_and_leaves_a_row(cast):
    audit.record(ANNA, action="read", patient="heinrich")
    seal("here")
    out = io.StringIO()
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    assert cli.run(["audit-retention", "--before", tomorrow], out) == 1
    assert f"kept for {settings.AUDIT_YEARS} years" in out.getvalue()
    assert cli.run(["audit-retention"], out) == 0
    assert "0 rows under 0 seals" in out.getvalue()
    assert AuditEvent.objects.count() == 1
