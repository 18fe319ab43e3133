"""Proving the log: every row is as it was written, none is missing, and the seals form one chain to its head.

One walk over rows and seals in pages, so that neither a long read transaction nor much memory is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from django.db import connection
from django.db.models import QuerySet

from patients import vault
from patients.audit import append_only, seals
from patients.audit.models import AuditEvent, Chain, Seal
from patients.audit.row import COLUMNS, Row
from patients.audit.seals import Mark

_FIELDS = tuple(COLUMNS)
_PAGE = 2000


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found, up to the first fault.

    `checked` rows and `sealed` seals were good; `bad` is the id of the first row that was changed or is missing;
    `fault` says in words what is wrong (for operators). Rows of the last moments may wait for their seal: `waiting`.
    """

    checked: int = 0
    sealed: int = 0
    waiting: int = 0
    bad: int | None = None
    fault: str = ""


class _Fault(Exception):
    def __init__(self, words: str, bad: int | None = None) -> None:
        super().__init__(words)
        self.bad = bad


def verify(roots: Mapping[int, bytes] | None = None) -> Verified:
    """Check rows and seals, oldest first, and stop at the first fault; then whether the triggers are in place.

    `roots`: MACs of seals by number, as they were kept elsewhere. A seal that differs or is gone is a fault.
    """
    chain = Chain.objects.filter(id=1).first()
    walk = _Walk(chain, dict(roots or {}))
    try:
        walk.check_chain()
        for seal in _seals(chain.start if chain else 0):
            walk.check(seal)
        walk.finish()
        if missing := append_only.missing(connection):
            raise _Fault(f"The trigger {missing[0]} is missing: the database would not refuse a change of the log.")
    except _Fault as fault:
        return replace(walk.so_far(), bad=fault.bad, fault=str(fault))
    return walk.so_far()


class _Walk:
    """Where the walk is: the rows read but not yet found in a seal, and the seal before."""

    def __init__(self, chain: Chain | None, roots: dict[int, bytes]) -> None:
        self.chain = chain
        self.roots = roots
        self.checked = self.sealed = 0
        self.number = chain.start if chain else 0
        self.mac = bytes(chain.start_mac) if chain else seals.BEGINNING
        self.open: dict[int, bytes] = {}  # rows whose seal comes later, or not yet
        self.waiting = 0
        self.rows = _rows()
        self.ahead: tuple[Row, bytes] | None = None

    def so_far(self) -> Verified:
        return Verified(self.checked, self.sealed, self.waiting)

    def check_chain(self) -> None:
        if self.chain is None:
            if Seal.objects.exists():
                raise _Fault("The row of the chain of seals was taken out.")
            return
        if not seals.is_whole(self.chain):
            raise _Fault("The row that says where the chain of seals begins and ends was changed.")

    def check(self, seal: Seal) -> None:
        """One seal: its place in the chain, itself, then its rows."""
        if seal.number != self.number + 1:
            raise _Fault(f"Seal {self.number + 1} is missing.")
        if bytes(seal.previous) != self.mac or not vault.same(seals.mac_of(seal), bytes(seal.mac)):
            raise _Fault(f"Seal {seal.number} was changed after it was made.")
        kept = self.roots.pop(seal.number, None)
        if kept is not None and kept != bytes(seal.mac):
            raise _Fault(f"Seal {seal.number} is another one than the root that was kept elsewhere.")
        ids = seals.unpacked(bytes(seal.ids))
        changed = self._read_up_to(seal.last)
        until = changed.bad if changed and changed.bad is not None else seal.last + 1
        late = self._late([ident for ident in ids if ident not in self.open and ident < until])
        if changed:
            raise changed
        marks = [Mark(ident, self.open.pop(ident, b"") or late[ident]) for ident in ids]
        if seals.digest_of(marks) != bytes(seal.digest):
            raise _Fault(f"The rows of seal {seal.number} are not those that were sealed.", ids[0])
        self.number, self.mac = seal.number, bytes(seal.mac)
        self.sealed += 1

    def finish(self) -> None:
        """The end: the head of the chain, the roots kept elsewhere, and rows that no seal has yet."""
        if self.chain and (
            self.number < self.chain.head or (self.number == self.chain.head and self.mac != bytes(self.chain.head_mac))
        ):
            raise _Fault(f"The newest seals are missing: the chain ends at {self.number}, not at {self.chain.head}.")
        start = self.chain.start if self.chain else 0
        gone = sorted(number for number in self.roots if number > start)
        if gone:
            raise _Fault(f"Seal {gone[0]}, whose root was kept elsewhere, is missing: the log was cut off.")
        self.waiting = len(self.open)
        while following := self._next():
            self.ahead = None
            self._prove(*following)
            self.waiting += 1

    def _read_up_to(self, last: int) -> _Fault | None:
        """Read the rows up to this id into `open`; the first one that was changed ends it."""
        while (following := self._next()) and following[0].id <= last:
            row, mac = following
            self.ahead = None
            try:
                self._prove(row, mac)
            except _Fault as fault:
                return fault
            self.open[row.id] = mac
        return None

    def _next(self) -> tuple[Row, bytes] | None:
        """The next row, without going on to it."""
        if self.ahead is None:
            self.ahead = next(self.rows, None)
        return self.ahead

    def _late(self, ids: list[int]) -> dict[int, bytes]:
        """Rows that were committed after the walk had passed them. Raises for those that are not there."""
        found: dict[int, bytes] = {}
        for begin in range(0, len(ids), _PAGE):
            for row, mac in _read(AuditEvent.objects.filter(id__in=ids[begin : begin + _PAGE])):
                self._prove(row, mac)
                found[row.id] = mac
        for ident in ids:
            if ident not in found:
                raise _Fault(f"Row {ident} was taken out of the log (seal {self.number + 1}).", ident)
        return found

    def _prove(self, row: Row, mac: bytes) -> None:
        if not vault.same(row.mac(), mac):
            raise _Fault(f"Row {row.id} was changed after it was written.", row.id)
        self.checked += 1


def _seals(after: int) -> Iterator[Seal]:
    """All seals behind this number, in their order."""
    while page := list(Seal.objects.filter(number__gt=after).order_by("number")[:_PAGE]):
        yield from page
        after = page[-1].number


def _rows() -> Iterator[tuple[Row, bytes]]:
    """All rows with their MACs, ascending by id."""
    last: int | None = None
    while True:
        rows = AuditEvent.objects.all() if last is None else AuditEvent.objects.filter(id__gt=last)
        page = list(_read(rows.order_by("id")[:_PAGE]))
        yield from page
        if len(page) < _PAGE:
            return
        last = page[-1][0].id


def _read(rows: QuerySet[AuditEvent]) -> Iterator[tuple[Row, bytes]]:
    for *values, mac in rows.values_list(*_FIELDS, "mac"):
        row = Row(*values)
        if row.digest is not None:
            row = row._replace(digest=bytes(row.digest))
        yield row, bytes(mac)
