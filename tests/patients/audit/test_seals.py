"""Every second new rows are sealed; what is done to sealed rows and to the seals is found and named."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.utils import timezone

from patients import audit
from patients.accounts.actor import Actor, Role
from patients.audit import Entry, append_only, roots, sealer, seals
from patients.audit.models import AuditEvent, Chain, Seal
from patients.audit.row import COLUMNS, Clock, Row
from patients.audit.sealer import Broken, Sealer, seal
from patients.errors import Invalid

pytestmark = [pytest.mark.django_db, pytest.mark.storage]
ANNA = Actor(role=Role.NURSE, account=7, person="Practitioner/anna", organisation="moorland")


def look(*patients: str) -> list[int]:
    """Anna looks at these patients; the ids of the rows."""
    return audit.record_many(ANNA, [Entry("read", patient=one) for one in patients])


@pytest.fixture
def sealed() -> list[int]:
    """Six looks in three seals."""
    ids = []
    for number in range(3):
        ids += look(f"patient-{number}", "heinrich")
        assert seal("here") == 2
    return ids


@pytest.fixture
def attacker() -> None:
    """Somebody who owns the database, and has taken the triggers away."""
    append_only.release(connection)


def put_the_triggers_back() -> None:
    append_only.protect(connection)


def test_what_anna_looked_at_is_sealed_in_one_chain(sealed):
    first, second, third = Seal.objects.order_by("number")
    assert (first.number, second.number, third.number) == (1, 2, 3)
    assert bytes(second.previous) == bytes(first.mac)
    assert seals.unpacked(bytes(first.ids)) == sealed[:2]
    assert (first.first, first.last, first.rows) == (sealed[0], sealed[1], 2)
    found = audit.verify()
    assert (found.checked, found.sealed, found.waiting, found.fault) == (6, 3, 0, "")


def test_without_new_rows_nothing_is_written(sealed):
    before = Chain.objects.values().get()
    assert seal("here", deep=False) == 0
    assert Seal.objects.count() == 3
    seal("here")  # moves the watermark once
    before = Chain.objects.values().get()
    assert seal("here") == 0
    assert Chain.objects.values().get() == before


def test_rows_of_the_last_moment_wait_for_their_seal(sealed):
    look("erna", "wilma")
    found = audit.verify()
    assert (found.checked, found.sealed, found.waiting, found.fault) == (8, 3, 2, "")


def test_a_log_from_before_the_seals_is_sealed_in_parts(monkeypatch):
    monkeypatch.setattr(sealer, "MOST", 40)
    look(*(f"patient-{number}" for number in range(100)))
    assert [seal("here") for _ in range(4)] == [40, 40, 20, 0]
    assert audit.verify().sealed == 3


def test_a_row_that_was_committed_late_is_sealed_with_those_that_follow(sealed, monkeypatch):
    late = late_row(monkeypatch, timedelta(seconds=3))
    assert late < sealed[0]
    assert seal("here", deep=False) == 1
    assert audit.verify().fault == ""
    newest = look("erna")[0]
    very_late = late_row(monkeypatch, timedelta(seconds=40))
    assert seal("here", deep=False) == 1  # Erna's
    assert seal("here") == 1  # the one that goes back to the watermark finds it
    assert seals.unpacked(bytes(Seal.objects.get(number=5).ids)) == [newest]
    assert seals.unpacked(bytes(Seal.objects.get(number=6).ids)) == [very_late]
    found = audit.verify()
    assert (found.sealed, found.waiting, found.fault) == (6, 0, "")


def late_row(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> int:
    """A row whose id was given so long ago, as by a transaction that took so long."""
    behind = Clock()
    with monkeypatch.context() as patch:
        patch.setattr("patients.audit.services.clock", behind)
        patch.setattr("patients.audit.row.time.time_ns", lambda: int((timezone.now() - by).timestamp() * 1e9))
        return look("late")[0]


def test_how_long_rows_wait_for_their_seal_is_known(sealed):
    assert sealer.behind(timezone.now()) is None
    look("erna")
    waited = sealer.behind(timezone.now() + timedelta(minutes=5))
    assert waited is not None
    assert timedelta(minutes=5) <= waited < timedelta(minutes=6)
    seal("here")
    assert sealer.behind(timezone.now() + timedelta(minutes=5)) is None


# -- what an attacker who owns the database does


def test_a_changed_row_is_named(sealed, attacker):
    AuditEvent.objects.filter(id=sealed[3]).update(patient="erna")
    put_the_triggers_back()
    found = audit.verify()
    assert (found.bad, found.checked) == (sealed[3], 3)
    assert "changed" in found.fault


def test_a_row_written_anew_by_somebody_with_the_key_of_rows_is_not_the_one_that_was_sealed(sealed, attacker):
    fields = AuditEvent.objects.values_list(*COLUMNS).get(id=sealed[3])
    forged = Row(*fields)._replace(patient="erna")
    AuditEvent.objects.filter(id=sealed[3]).update(patient="erna", mac=forged.mac())
    put_the_triggers_back()
    found = audit.verify()
    assert found.fault == "The rows of seal 2 are not those that were sealed."
    assert found.bad == sealed[2]


def test_a_seal_binds_the_one_before(sealed):
    third = Seal.objects.get(number=3)
    third.previous = b"\x01" * 32
    assert seals.mac_of(third) != bytes(third.mac)


def test_a_row_that_was_taken_out_is_named(sealed, attacker):
    AuditEvent.objects.filter(id=sealed[2]).delete()
    put_the_triggers_back()
    found = audit.verify()
    assert found.bad == sealed[2]
    assert "taken out" in found.fault


def test_of_a_row_taken_out_and_a_changed_one_behind_it_the_first_is_named(sealed, attacker):
    AuditEvent.objects.filter(id=sealed[2]).delete()
    AuditEvent.objects.filter(id=sealed[3]).update(patient="erna")
    put_the_triggers_back()
    assert audit.verify().bad == sealed[2]


def test_of_two_rows_that_changed_places_the_first_is_named(sealed, attacker):
    one, other = (AuditEvent.objects.values().get(id=ident) for ident in (sealed[1], sealed[4]))
    AuditEvent.objects.filter(id__in=[sealed[1], sealed[4]]).delete()
    AuditEvent.objects.create(**{**one, "id": sealed[4]})
    AuditEvent.objects.create(**{**other, "id": sealed[1]})
    put_the_triggers_back()
    assert audit.verify().bad == sealed[1]


def test_a_seal_that_was_taken_out_is_named_and_the_newest_as_well(sealed, attacker):
    newest = Seal.objects.values().get(number=3)
    Seal.objects.filter(number=3).delete()
    assert "newest seals are missing" in audit.verify().fault
    AuditEvent.objects.filter(id__in=sealed[4:]).delete()  # its rows go with it
    assert "newest seals are missing" in audit.verify().fault
    Seal.objects.create(**newest)
    Seal.objects.filter(number=2).delete()
    assert audit.verify().fault == "Seal 2 is missing."


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("made_at", timezone.now()),
        ("first", 5),
        ("last", 2**62),
        ("rows", 1),
        ("digest", b"\x01" * 32),
        ("previous", b"\x01" * 32),
        ("mac", b"\x01" * 32),
        ("ids", b"\x00" * 16),
    ],
)
def test_a_changed_seal_is_named(sealed, attacker, field, value):
    Seal.objects.filter(number=2).update(**{field: value})
    assert audit.verify().fault == "Seal 2 was changed after it was made."


@pytest.mark.parametrize("field", ["start", "start_mac", "head", "head_mac", "dropped", "proof"])
def test_the_ends_of_the_chain_cannot_be_moved(sealed, field):
    value = b"\x01" * 32 if field.endswith(("mac", "proof")) else 2
    Chain.objects.update(**{field: value})
    assert "was changed" in audit.verify().fault
    look("erna")
    with pytest.raises(Broken):
        seal("here")
    with pytest.raises(Broken):
        sealer.behind(timezone.now())


def test_a_chain_without_its_row_is_not_begun_anew(sealed):
    Chain.objects.all().delete()
    assert "taken out" in audit.verify().fault
    with pytest.raises(Broken):
        seal("here")


def test_a_tail_cut_off_with_all_its_traces_is_found_by_a_root_kept_elsewhere(sealed, tmp_path):
    before = Chain.objects.values().get()
    look("erna")
    seal("here")
    kept = tmp_path / "roots.jsonl"
    kept.write_text("\n".join(roots.newest()), "utf-8")
    assert audit.verify(roots.read(kept)).fault == ""
    append_only.release(connection)
    Seal.objects.filter(number=4).delete()
    AuditEvent.objects.filter(patient="erna").delete()
    Chain.objects.update(**before)  # an old backup of the row, with a proof that is good
    put_the_triggers_back()
    assert audit.verify().fault == ""  # nothing here tells
    assert "Seal 4" in audit.verify(roots.read(kept)).fault


def test_a_log_written_anew_differs_from_the_root_kept_elsewhere(sealed, attacker, tmp_path):
    kept = tmp_path / "roots.jsonl"
    kept.write_text("\n".join(roots.after(0)), "utf-8")
    for model in (AuditEvent, Seal, Chain):
        model.objects.all().delete()
    put_the_triggers_back()
    look("nobody")
    seal("here")  # by somebody who has the keys as well
    assert audit.verify().fault == ""
    assert "Seal 1 is another one" in audit.verify(roots.read(kept)).fault


@pytest.mark.parametrize("line", ["{", "[]", '{"seal": 1}', '{"seal": "x", "root": "00", "proof": "00"}', "", "\x00"])
def test_a_file_without_roots_is_refused_with_the_line(tmp_path, line):
    path = tmp_path / "roots.jsonl"
    path.write_text(line, "utf-8")
    with pytest.raises(Invalid, match="root"):
        roots.read(path)


def test_a_root_that_was_changed_is_refused(sealed, tmp_path):
    path = tmp_path / "roots.jsonl"
    path.write_text("\n".join(roots.newest()).replace('"seal": 3', '"seal": 2'), "utf-8")
    with pytest.raises(Invalid, match="line 1 was changed"):
        roots.read(path)


# -- triggers


@pytest.mark.parametrize("table", append_only.TABLES)
def test_after_all_migrations_no_table_of_the_log_can_be_changed(sealed, table):
    assert append_only.missing(connection) == []
    column = "outcome" if table == "audit_event" else "rows"
    statements = [f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"]
    if connection.vendor == "postgresql":
        statements.append(f"TRUNCATE {table}")
    for statement in statements:
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert audit.verify().fault == ""


@pytest.mark.parametrize("table", append_only.TABLES)
def test_a_trigger_that_is_missing_or_switched_off_is_named(sealed, table):
    on = f" ON {table}" if connection.vendor == "postgresql" else ""
    off = f"ALTER TABLE {table} DISABLE TRIGGER USER" if on else f"DROP TRIGGER {table}_never_goes"
    with connection.cursor() as cursor:
        cursor.execute(off)
    assert table in audit.verify().fault
    append_only.release(connection)
    put_the_triggers_back()
    assert audit.verify().fault == ""


# -- several processes


def test_while_one_process_seals_another_leaves_it_alone_until_the_lease_ends(sealed):
    now = timezone.now()
    look("erna")
    assert seal("elsewhere", now=now) == 0
    assert seal("elsewhere", now=now + sealer.LEASE * 2) == 1
    look("erna")
    assert seal("here", now=now + sealer.LEASE * 2) == 0


@pytest.mark.django_db(transaction=True)
def test_processes_that_seal_at_once_seal_each_row_once(monkeypatch):
    """Without a lease, so that only the end of the chain keeps them apart."""
    monkeypatch.setattr(sealer, "LEASE", timedelta(seconds=-1))
    look("heinrich")
    failures: list[BaseException] = []

    def work(name: str) -> None:
        try:
            for number in range(15):
                look(f"{name}-{number}")
                seal(name)
        except BaseException as problem:
            failures.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(name,)) for name in ("one", "two", "three")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    seal("one")
    listed = [ident for one in Seal.objects.all() for ident in seals.unpacked(bytes(one.ids))]
    assert sorted(listed) == sorted(AuditEvent.objects.values_list("id", flat=True))
    assert audit.verify().fault == ""


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_ends_after_later_rows_were_sealed_is_sealed_as_well():
    """On SQLite transactions wait for each other, so there it ends before."""
    written, go_on = threading.Event(), threading.Event()
    alone = connection.vendor == "sqlite"
    look("before")
    assert seal("here") == 1  # the first use of keys and chain writes rows, which others would wait for

    def slow() -> None:
        from patients.database import write

        with write():
            look("slow")
            written.set()
            if not alone:
                go_on.wait(20)
        connections.close_all()

    thread = threading.Thread(target=slow)
    thread.start()
    written.wait(20)
    look("fast")
    seal("here")
    go_on.set()
    thread.join()
    seal("here")
    found = audit.verify()
    assert (found.checked, found.waiting, found.fault) == (3, 0, "")
    assert Seal.objects.count() == (2 if alone else 3)


@pytest.mark.django_db(transaction=True)
def test_the_sealer_seals_what_there_is_before_it_ends():
    one = Sealer()
    one.start()
    look("heinrich", "erna")
    one.stop()
    assert audit.verify().waiting == 0
    assert Chain.objects.get().holder == ""


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path):
    with pytest.raises(Invalid, match="cannot be read"):
        roots.read(tmp_path / "nothing")
