from __future__ import annotations

import base64
import itertools
import os
import threading
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from patients import vault
from patients.database import write
from patients.vault import Locked, Unreadable, master, services, state
from patients.vault.master import Master, NoKey
from patients.vault.models import DataKey, State

pytestmark = [pytest.mark.django_db, pytest.mark.storage]
BODY = ("Observation", "pulse", 1)


def seal_for(patient: str, custodian: str | None = None) -> tuple[str, bytes]:
    key = vault.key_for(patient=patient, custodian=custodian)
    return key, vault.seal(key, *BODY, b"72")


def restart() -> None:
    """What a new process would know: nothing."""
    master.forget()
    state.forget()


@pytest.fixture
def begun(key_file: Path) -> Path:
    """A deployment with a key file of its own, and an empty key table."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM vault_datakey")
        cursor.execute("DELETE FROM vault_state")
    services.unlock()
    return key_file


def test_an_empty_machine_gets_its_key_and_opens_again_after_a_restart(begun: Path) -> None:
    assert begun.exists()
    key, sealed = seal_for("heinrich")
    restart()
    services.unlock()
    assert vault.unseal(key, *BODY, sealed) == b"72"


def test_what_was_derived_in_an_undone_first_transaction_stays_the_same(key_file: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM vault_datakey")
        cursor.execute("DELETE FROM vault_state")
    with pytest.raises(ZeroDivisionError), write():
        number = vault.blind("Patient", "name", "brandt")
        raise ZeroDivisionError
    assert not State.objects.exists()
    with write():
        assert vault.blind("Patient", "name", "brandt") == number


def test_data_whose_key_file_is_missing_stay_closed_and_no_new_key_is_made(begun: Path) -> None:
    seal_for("heinrich")
    begun.unlink()
    restart()
    with pytest.raises(NoKey, match="bring the key file back"):
        services.unlock()
    assert not begun.exists()


def test_data_of_another_key_stay_closed_and_both_keys_are_named(begun: Path) -> None:
    seal_for("heinrich")
    right = master.ring().first.name
    wrong = master.replace_key_file([Master(os.urandom(32))]).first.name
    restart()
    with pytest.raises(Locked) as locked:
        services.unlock()
    assert right in str(locked.value)
    assert wrong in str(locked.value)


def test_beyond_one_machine_no_key_is_made_by_itself(key_file: Path, settings: Settings) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM vault_datakey")
        cursor.execute("DELETE FROM vault_state")
    settings.EMBEDDED = False
    with pytest.raises(NoKey):
        services.unlock()
    assert not key_file.exists()


def test_a_key_table_without_its_first_row_is_not_begun_anew(begun: Path) -> None:
    seal_for("heinrich")
    State.objects.all().delete()
    restart()
    with pytest.raises(Locked, match="Restore the key table"):
        services.unlock()


def test_a_first_row_that_was_changed_is_noticed(begun: Path) -> None:
    row = State.objects.get()
    changed = bytearray(row.root)
    changed[-1] ^= 1
    State.objects.update(root=bytes(changed))
    restart()
    with pytest.raises(Locked, match="changed from outside"):
        services.unlock()


def test_rotation_opens_everything_as_before_and_touches_no_body(
    begun: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    made = [seal_for(f"patient-{n}", "moorland") for n in range(5)]
    code, number = vault.mac("audit", b"x"), vault.blind("Patient", "name", "brandt")
    before = {row.id: bytes(row.wrapped) for row in DataKey.objects.all()}
    old = begun.read_text()
    with django_capture_on_commit_callbacks(execute=True):
        assert vault.rotate_master() == 5
    assert begun.read_text() != old
    assert old.strip() not in begun.read_text()
    assert begun.stat().st_mode & 0o777 == 0o600
    assert all(before[row.id] != bytes(row.wrapped) for row in DataKey.objects.all())
    restart()
    for key, sealed in made:
        assert vault.unseal(key, *BODY, sealed) == b"72"
    assert (vault.mac("audit", b"x"), vault.blind("Patient", "name", "brandt")) == (code, number)


def test_after_a_rotation_the_old_key_opens_nothing(
    begun: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    seal_for("heinrich")
    old = begun.read_text()
    with django_capture_on_commit_callbacks(execute=True):
        vault.rotate_master()
    begun.write_text(old)
    restart()
    with pytest.raises(Locked):
        services.unlock()


def test_a_rotation_that_stopped_halfway_leaves_everything_readable(begun: Path) -> None:
    key, sealed = seal_for("heinrich")
    with pytest.raises(ZeroDivisionError), write():
        vault.rotate_master()
        raise ZeroDivisionError
    assert len(begun.read_text().split()) == 2  # the new key is there, the old one not gone
    restart()
    services.unlock()
    assert vault.unseal(key, *BODY, sealed) == b"72"


def test_and_is_taken_up_again(begun: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> None:
    key, sealed = seal_for("heinrich")
    with pytest.raises(ZeroDivisionError), write():
        vault.rotate_master()
        raise ZeroDivisionError
    with django_capture_on_commit_callbacks(execute=True):
        assert vault.rotate_master() == 1
    assert len(begun.read_text().split()) == 1
    restart()
    assert vault.unseal(key, *BODY, sealed) == b"72"


def test_a_key_of_the_environment_is_rotated_once_both_are_given(begun: Path, settings: Settings) -> None:
    key, sealed = seal_for("heinrich")
    old, new = begun.read_text().strip(), base64.b64encode(b"n" * 32).decode()
    settings.MASTER_KEY = old
    with pytest.raises(Locked, match="followed by the old one"):
        vault.rotate_master()
    settings.MASTER_KEY = f"{new},{old}"
    restart()
    late = seal_for("erna")  # made before the rotation, by a process that knows both: still under the old key
    assert State.objects.get().master == Master(base64.b64decode(old)).name
    assert vault.rotate_master() == 2
    settings.MASTER_KEY = new
    restart()
    assert vault.unseal(key, *BODY, sealed) == b"72"
    assert vault.unseal(late[0], *BODY, late[1]) == b"72"


def test_a_destroyed_key_opens_nothing_and_is_not_made_again_under_its_id() -> None:
    key, sealed = seal_for("heinrich", "moorland")
    kept = seal_for("heinrich", "markt")
    other = seal_for("erna", "moorland")
    assert vault.destroy_keys(patient="heinrich", custodian="moorland") == 1
    with pytest.raises(Unreadable):
        vault.unseal(key, *BODY, sealed)
    assert bytes(DataKey.objects.get(id=key).wrapped) == b""
    assert vault.unseal(kept[0], *BODY, kept[1]) == b"72"
    assert vault.unseal(other[0], *BODY, other[1]) == b"72"
    assert vault.key_for(patient="heinrich", custodian="moorland") != key
    assert vault.destroy_keys(patient="heinrich") == 2


def test_another_process_sees_a_destroyed_key_in_its_next_transaction() -> None:
    key, sealed = seal_for("heinrich")
    assert vault.unseal(key, *BODY, sealed) == b"72"
    with connection.cursor() as cursor:  # as another process does it: our memory knows nothing of it
        cursor.execute("UPDATE vault_state SET epoch = epoch - 1")
        cursor.execute("UPDATE vault_datakey SET wrapped = %s, destroyed_at = created_at WHERE id = %s", [b"", key])
    with write(), pytest.raises(Unreadable):
        vault.unseal(key, *BODY, sealed)
    with write():
        assert vault.key_for(patient="heinrich") != key


def test_and_outside_of_one_within_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    key, sealed = seal_for("heinrich")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE vault_state SET epoch = epoch - 1")
        cursor.execute("UPDATE vault_datakey SET wrapped = %s, destroyed_at = created_at WHERE id = %s", [b"", key])
    now = state.time.monotonic() + state.SECONDS_OUTSIDE_OF_WRITES
    monkeypatch.setattr(state.time, "monotonic", lambda: now)
    with pytest.raises(Unreadable):
        vault.unseal(key, *BODY, sealed)


@pytest.mark.django_db(transaction=True)
def test_keys_made_while_the_master_changes_open_under_the_new_one(begun: Path) -> None:
    made: list[tuple[str, bytes]] = []
    failed: list[BaseException] = []
    stop = threading.Event()

    def work(name: str) -> None:
        try:
            for n in itertools.count():
                with write():
                    made.append(seal_for(f"{name}-{n}"))
                if stop.is_set():
                    return
        except BaseException as problem:
            failed.append(problem)
            raise
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(f"patient-{n}",)) for n in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        vault.rotate_master()
    stop.set()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(begun.read_text().split()) == 1
    restart()
    for key, sealed in made:
        assert vault.unseal(key, *BODY, sealed) == b"72"
