"""What this process holds open: the root secret, opened data keys, derived keys; dropped whenever the epoch moves.

The epoch is compared once per `write()`, and outside of one at most once a second: so a key destroyed by another
process seals nothing any more, and opens nothing after a second.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Hashable
from hmac import HMAC
from typing import Generic, TypeVar

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import connection

from patients.database import transaction_number, write
from patients.vault import master
from patients.vault.master import Locked, Master, NoKey, Unreadable

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

OPENED_KEYS = 8192
SECONDS_OUTSIDE_OF_WRITES = 1.0
ROOT = "root"
INDEX = "index"
BEFORE = b"0"  # stands for the root, from which the first key of the index is derived
_COLUMNS = "epoch, master, root, index_root, index_beside"


class Bounded(Generic[K, V]):
    """A mapping that forgets what was not used for longest."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._items: OrderedDict[K, V] = OrderedDict()
        self._guard = threading.Lock()

    def get(self, key: K) -> V | None:
        """What is remembered under this key, which is thereby the last to be forgotten."""
        with self._guard:
            value = self._items.get(key)
            if value is not None:
                self._items.move_to_end(key)
            return value

    def put(self, key: K, value: V) -> None:
        """Remember it; what was not used for longest may go."""
        with self._guard:
            self._items[key] = value
            self._items.move_to_end(key)
            if len(self._items) > self._most:
                self._items.popitem(last=False)

    def __len__(self) -> int:
        return len(self._items)


class State:
    """The open vault at one epoch."""

    def __init__(
        self, epoch: int, wraps: Master, root: bytes, index: bytes | None = None, beside: bytes | None = None
    ) -> None:
        self.epoch = epoch
        self.wraps = wraps
        self.root = root
        self.index = index or root  # the blind index is read and written with it
        self.beside = beside  # and written with this one, while the key changes
        self.ciphers: Bounded[str, AESGCM] = Bounded(OPENED_KEYS)  # by key id
        self.slots: Bounded[tuple[str, str, str], str] = Bounded(OPENED_KEYS)  # key id by patient, custodian, thread
        self.derived: Bounded[tuple[str, ...], bytes] = Bounded(OPENED_KEYS)
        self.codes: Bounded[tuple[str, ...], HMAC] = Bounded(2 * OPENED_KEYS)  # of the index, and of MACs


class _Here(threading.local):
    compared_in: int | None = None  # number of the write transaction in which this thread compared last


_here = _Here()
_known: State | None = None
_compared_at = 0.0
_root_made_here: bytes | None = None


def current() -> State:
    """The open vault, compared with the epoch in the key table. Raises Locked."""
    known, number = _known, transaction_number()
    if known is not None:
        if number is None:
            if time.monotonic() - _compared_at < SECONDS_OUTSIDE_OF_WRITES:
                return known
        elif _here.compared_in == number:
            return known
    return _compared(known, number)


def epoch() -> int:
    """Another number after keys were destroyed or wrapped anew: whoever keeps opened texts drops them then."""
    return current().epoch


def master_name() -> str:
    """Which master key opens the key table."""
    return current().wraps.name


def forget() -> None:
    """Drop everything opened; the next use reads the key table again."""
    global _known
    _known = None


def new_epoch() -> int:
    """A number that no epoch had before."""
    return int.from_bytes(os.urandom(8), "big", signed=True)


def _compared(known: State | None, number: int | None) -> State:
    global _known, _compared_at
    row = _row("epoch") if known else None
    if known is None or row is None or row[0] != known.epoch:
        known = _opened()
        _known = known
    _here.compared_in, _compared_at = number, time.monotonic()
    return known


def _row(columns: str) -> tuple[object, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM vault_state WHERE id = 1")
        row: tuple[object, ...] | None = cursor.fetchone()
        return row


def _opened() -> State:
    """Read the row, or make it in an empty key table."""
    row = _row(_COLUMNS) or _made()
    epoch, name, wrapped, index, beside = row
    assert isinstance(epoch, int)
    wraps = master.named(str(name))
    try:
        root = master.unwrap(wrapped, ROOT)  # type: ignore[arg-type]
        keys = [_index(value, root) for value in (index, beside)]
    except Unreadable as problem:
        raise Locked("The key table was changed from outside: its first key does not open. Restore it.") from problem
    return State(epoch, wraps, root, *keys)


def _index(wrapped: object, root: bytes) -> bytes | None:
    """A key of the index as the row holds it."""
    held = bytes(wrapped)  # type: ignore[call-overload]
    return (root if held == BEFORE else master.unwrap(held, INDEX)) if held else None


def _made() -> tuple[object, ...]:
    """Begin an empty key table. A root made in a transaction that was undone is offered again, never a second one."""
    global _root_made_here
    with write():
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM vault_datakey LIMIT 1")
            if cursor.fetchone():
                if begun := _row(_COLUMNS):  # by another process, between our two looks
                    return begun
                raise Locked("The key table has keys but lost its first row. Restore the key table from the backup.")
            try:
                ring = master.ring()
            except NoKey:
                if not (settings.EMBEDDED and master.uses_key_file()):
                    raise
                ring = master.create_key_file()
            _root_made_here = _root_made_here or os.urandom(master.SIZE)
            cursor.execute(
                "INSERT INTO vault_state (id, epoch, master, root) VALUES (1, %s, %s, %s) ON CONFLICT DO NOTHING",
                [new_epoch(), ring.first.name, ring.first.wrap(_root_made_here, ROOT)],
            )
        row = _row(_COLUMNS)
    assert row is not None
    return row
