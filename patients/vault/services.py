"""What is done to the vault as a whole."""

from __future__ import annotations

import os

from django.db import connection, transaction
from django.utils import timezone

from patients.database import write
from patients.vault import master, state
from patients.vault.keys import label
from patients.vault.master import Locked, Master, Ring


def unlock() -> None:
    """Open the vault, or refuse with words what to do; `serve`, `worker` and every command call it before they work.

    The embedded key file is made here when there are no keys yet.
    """
    state.forget()
    state.current()


def rotate_master() -> int:
    """Wrap all keys under a new master; no sealed text is touched. Returns the number of keys.

    The key file gets its new key by itself. Other providers must give the new key and then the old one, in every
    process, before; the old one may go when this has returned.
    """
    ring = _with_new_master()
    with write():
        with connection.cursor() as cursor:
            # first of all: who makes a key meanwhile waits for this row, and then sees the new master
            cursor.execute(
                "UPDATE vault_state SET epoch = %s, master = %s WHERE id = 1", [state.new_epoch(), ring.first.name]
            )
            cursor.execute("SELECT root, index_root, index_beside FROM vault_state WHERE id = 1")
            root, index, beside = map(bytes, cursor.fetchone())
            cursor.execute(
                "UPDATE vault_state SET root = %s, index_root = %s, index_beside = %s WHERE id = 1",
                [_anew(ring, root, state.ROOT), _anew(ring, index, state.INDEX), _anew(ring, beside, state.INDEX)],
            )
            cursor.execute(
                "SELECT id, patient, custodian, thread, wrapped FROM vault_datakey "
                "WHERE destroyed_at IS NULL ORDER BY id"
            )
            rows = [
                (ring.first.wrap(master.unwrap(wrapped, bound), bound), key)
                for key, patient, custodian, thread, wrapped in cursor.fetchall()
                for bound in [label(key, (patient, custodian, thread))]
            ]
            cursor.executemany("UPDATE vault_datakey SET wrapped = %s WHERE id = %s", rows)
        state.forget()
        transaction.on_commit(_drop_old_masters)
    return len(rows)


def destroy_keys(*, patient: str, custodian: str | None = None) -> int:
    """Make everything unreadable that was sealed for this patient (at this custodian, or everywhere). Final.

    With an empty `custodian`, what is shared: documents of all, and threads. On SQLite the wrapped keys are overwritten
    in the file and in its log as well; PostgreSQL keeps the old rows until its own cleaning and archiving forget them,
    and a rotation of the master makes those of no use.
    """
    with write():
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA secure_delete = ON")
            cursor.execute("UPDATE vault_state SET epoch = %s WHERE id = 1", [state.new_epoch()])
            cursor.execute(
                "UPDATE vault_datakey SET wrapped = %s, destroyed_at = %s WHERE destroyed_at IS NULL AND patient = %s"
                + ("" if custodian is None else " AND custodian = %s"),
                [b"", timezone.now(), patient, *([] if custodian is None else [custodian])],
            )
            destroyed: int = cursor.rowcount
        state.forget()
        transaction.on_commit(_after_destruction)
    return destroyed


def _after_destruction() -> None:
    state.forget()
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _anew(ring: Ring, wrapped: bytes, bound: str) -> bytes:
    return wrapped if wrapped in (b"", state.BEFORE) else ring.first.wrap(master.unwrap(wrapped, bound), bound)


def _with_new_master() -> Ring:
    now = state.current()
    ring = master.ring(again=True)
    if ring.first.name != now.wraps.name:
        return ring  # the provider gives a new one already, or an earlier rotation was interrupted
    if not master.uses_key_file():
        raise Locked(
            f"{ring.source} gives no new master key. Give the new key followed by the old one (parted by a comma) to "
            f"every process, then rotate. {master.HOW_TO_MAKE}"
        )
    return master.replace_key_file([Master(os.urandom(master.SIZE)), *ring.masters])


def _drop_old_masters() -> None:
    state.forget()
    if master.uses_key_file():
        master.replace_key_file([master.ring().first])
