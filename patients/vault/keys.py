"""Data keys: one per patient and custodian, per thread, per organisation. Ids are handed out, keys never."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connection, transaction
from django.utils import timezone

from patients.database import write
from patients.database.rows import places
from patients.vault import master, state
from patients.vault.master import Unreadable
from patients.vault.state import State, current

Slot = tuple[str, str, str]


def key_for(*, patient: str | None = None, custodian: str | None = None, thread: str | None = None) -> str:
    """The id of the data key of this patient at this custodian (or thread, or organisation); made when missing."""
    slot = (patient or "", custodian or "", thread or "")
    vault = current()
    if known := vault.slots.get(slot):
        return known
    key = _find(vault, slot)
    if key is None:
        with write():
            vault = _held_against_rotation()
            key = _find(vault, slot) or _create(vault, slot)
    found = key
    transaction.on_commit(lambda: vault.slots.put(slot, found))  # not before: the creation may be undone
    return key


def cipher(key: str) -> AESGCM:
    """The opened key. Raises Unreadable when it is unknown or destroyed."""
    vault = current()
    opened = vault.ciphers.get(key)
    if opened is None:
        open_keys([key])
        opened = vault.ciphers.get(key) or current().ciphers.get(key)
    if opened is None:
        raise Unreadable(f"The key {key} is unknown or was destroyed.")
    return opened


def open_keys(keys: Iterable[str]) -> None:
    """Open these keys with one statement, before a list is read. Unknown and destroyed ones are left out."""
    vault = current()
    closed = [key for key in dict.fromkeys(keys) if vault.ciphers.get(key) is None]
    for at in range(0, len(closed), 500):
        part = closed[at : at + 500]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id, patient, custodian, thread, wrapped FROM vault_datakey "
                f"WHERE destroyed_at IS NULL AND id IN ({places(len(part))})",
                part,
            )
            for key, patient, custodian, thread, wrapped in cursor.fetchall():
                _open(vault, key, (patient, custodian, thread), wrapped)


def label(key: str, slot: Slot) -> str:
    """What a wrapped key is bound to: put in the row of another patient, it does not open."""
    return "data key " + "".join(f"{len(part)}:{part}" for part in (key, *slot))


def _open(vault: State, key: str, slot: Slot, wrapped: bytes) -> None:
    vault.ciphers.put(key, AESGCM(master.unwrap(wrapped, label(key, slot))))


def _find(vault: State, slot: Slot) -> str | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, wrapped FROM vault_datakey "
            "WHERE patient = %s AND custodian = %s AND thread = %s AND destroyed_at IS NULL",
            slot,
        )
        row = cursor.fetchone()
    if row is None:
        return None
    key, wrapped = row
    if vault.ciphers.get(key) is None:
        _open(vault, key, slot, wrapped)
    return str(key)


def _create(vault: State, slot: Slot) -> str:
    key, secret = str(uuid.uuid4()), os.urandom(master.SIZE)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO vault_datakey (id, patient, custodian, thread, wrapped, created_at) "
            "VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [key, *slot, vault.wraps.wrap(secret, label(key, slot)), _now()],
        )
        if cursor.rowcount == 1:
            vault.ciphers.put(key, AESGCM(secret))
            return key
    found = _find(vault, slot)
    assert found is not None
    return found


def _now() -> Any:
    """As the ORM writes it: SQLite compares moments as text."""
    return connection.ops.adapt_datetimefield_value(timezone.now())


def _held_against_rotation() -> State:
    """A key made now must be wrapped by the master that holds when we commit: a rotation waits for us, or we for it."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT epoch FROM vault_state WHERE id = 1 FOR SHARE")
            row = cursor.fetchone()
        if row and row[0] != current().epoch:
            state.forget()
    return current()
