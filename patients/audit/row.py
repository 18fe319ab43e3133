"""The row as it is written and as its MAC covers it: one order of fields for both."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec

from patients import vault

MISSING = "row-missing"  # action of a row that says of another that it is gone, see `witness`
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_SINCE_1970 = int(_EPOCH.timestamp()) * 1_000_000
_LOW_BITS = 10
_MOST = 2**63 - 1

COLUMNS = {
    "id": "bigint", "at": "timestamptz", "account": "bigint", "person": "text", "role": "text", "organisation": "text",
    "purpose": "text", "reason": "text", "action": "text", "outcome": "text", "patient": "text", "type": "text",
    "ident": "text", "version": "integer", "digest": "bytea", "source": "text", "detail": "text",
}  # fmt: skip


class Row(NamedTuple):
    """All that a row says, in the order of `COLUMNS`; the MAC comes behind."""

    id: int
    at: datetime
    account: int | None
    person: str
    role: str
    organisation: str
    purpose: str
    reason: str
    action: str
    outcome: str
    patient: str
    type: str
    ident: str
    version: int | None
    digest: bytes | None
    source: str
    detail: str

    def mac(self) -> bytes:
        """32 bytes over every field."""
        return vault.mac("audit row", msgspec.json.encode(self._replace(at=self.at.astimezone(UTC))))


def first_at(moment: int) -> int:
    """The least id that a row may have which was written then or later (microseconds since 1970)."""
    return max(min((moment - _SINCE_1970) << _LOW_BITS, _MOST), -_MOST)


def moment_of(ident: int) -> int:
    """When the row of this id was written, in microseconds since 1970."""
    return (ident >> _LOW_BITS) + _SINCE_1970


class Clock:
    """Gives ids that grow: microseconds since 2020, then ten random bits, so that processes rarely meet."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._last = 0

    def next(self) -> tuple[int, datetime]:
        """An id and its moment."""
        with self._guard:
            microseconds = time.time_ns() // 1000 - _SINCE_1970
            ident = microseconds << _LOW_BITS | int.from_bytes(vault.random_bytes(2), "big") >> 16 - _LOW_BITS
            self._last = max(ident, self._last + 1)
            return self._last, _EPOCH + timedelta(microseconds=self._last >> _LOW_BITS)


clock = Clock()
