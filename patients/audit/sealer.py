"""Seals new rows every second. Any number of processes may run one: a lease lets one work, and the head of the chain
moves by compare-and-swap, so that no two ever make the same seal.

Ids grow with time, commits do not keep their order: on PostgreSQL a long transaction may commit rows below others that
are sealed already. So each look goes back a few seconds, and every half minute one goes back to the watermark: the
moment before which no transaction is still open.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import DatabaseError, close_old_connections, connection
from django.utils import timezone

from patients.audit import seals
from patients.audit.models import Chain, Seal
from patients.audit.row import first_at, moment_of
from patients.audit.seals import Mark
from patients.database import write
from patients.errors import Problem, Unavailable
from patients.vault import Locked

log = logging.getLogger(__name__)

PAUSE: Final = 1.0  # seconds between two looks
AFTER_FAILURE: Final = 10.0
LEASE: Final = timedelta(seconds=15)
BACK: Final = timedelta(seconds=5)  # how far each look goes back
SKEW: Final = timedelta(seconds=60)  # how far the clocks of processes may differ from the database's
DEEP: Final = 30.0  # seconds between two looks back to the watermark
MOST: Final = 10_000  # rows in one seal
_PAGE: Final = 10_000
_LOWEST: Final = -(2**63) + 1
_HIGHEST: Final = 2**63 - 1


class Broken(Unavailable):
    """The row of the chain was changed or taken out: sealing on would hide it."""


class Sealer:
    """A thread that seals. It is an edge: whatever fails is logged, and tried again."""

    def __init__(self) -> None:
        self.name = uuid.uuid4().hex
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="sealer", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, patience: float = 10.0) -> None:
        """Seal what there is, then end."""
        self._stopping.set()
        self._thread.join(patience)

    def _loop(self) -> None:
        deep_at = 0.0
        while True:
            last = self._stopping.is_set()
            deep = last or time.monotonic() >= deep_at
            worked = self._look(deep=deep)
            if worked and deep:
                deep_at = time.monotonic() + DEEP
            if last:
                break
            self._stopping.wait(PAUSE if worked else AFTER_FAILURE)
        self._hand_over()
        connection.close()

    def _hand_over(self) -> None:
        """Let another process seal at once."""
        try:
            with write():
                Chain.objects.filter(id=1, holder=self.name).update(holder="", leased_until=None)
        except (DatabaseError, Problem):
            log.info("The lease of the sealer ends by itself")

    def _look(self, *, deep: bool) -> bool:
        close_old_connections()
        try:
            while seal(self.name, deep=deep) == MOST:
                deep = True  # so many wait that we are behind
        except (DatabaseError, Problem, Locked) as problem:
            log.error("New rows of the audit log could not be sealed (%s), trying again", type(problem).__name__)
            connection.close()
            return False
        return True


def seal(holder: str, *, deep: bool = True, now: datetime | None = None) -> int:
    """Make one seal over rows that have none, at most `MOST`; how many these were. 0 while another process seals.

    `deep` looks back to the watermark, otherwise a few seconds. Raises Broken.
    """
    moment = now or timezone.now()
    chain = _chain()
    if chain.holder not in ("", holder) and chain.leased_until and chain.leased_until > moment:
        return 0
    settled = _settled(moment)  # before the rows are read
    recent = _id_at(moment - BACK)
    floor = min(chain.watermark, recent) if deep else recent
    marks, lowest = _unsealed(floor)
    if len(marks) == MOST:
        settled = min(settled, marks[-1].id)
    watermark = max(settled, chain.watermark) if deep else chain.watermark
    if not marks and lowest >= watermark:
        return 0  # and the watermark would pass no row
    return _extended(chain, marks, holder, moment, watermark)


def behind(now: datetime) -> timedelta | None:
    """How long the oldest row that has no seal has waited; None when every row has one. Raises Broken.

    Looks back as far as the sealer does: a server or worker that seals leaves rows waiting for a second or two.
    """
    chain = Chain.objects.filter(id=1).first()
    if chain is not None and not seals.is_whole(chain):
        raise Broken("The row of the audit's chain was changed. `telecare verify-audit` says more.")
    floor = min(chain.watermark, _id_at(now - BACK)) if chain else _LOWEST
    marks, _lowest = _unsealed(floor)
    if not marks:
        return None
    return now - datetime.fromtimestamp(moment_of(marks[0].id) / 1_000_000, tz=UTC)


def begin() -> Chain:
    """The row of the chain, made when there is none yet. Raises Broken where it was taken out."""
    with write():
        if Seal.objects.exists():
            raise Broken("The audit's chain lost its row. Restore the table audit_chain from the backup.")
        chain = Chain(id=1, start_mac=seals.BEGINNING, head_mac=seals.BEGINNING, watermark=_LOWEST)
        chain.proof = seals.proof_of(chain)
        Chain.objects.bulk_create([chain], ignore_conflicts=True)
        return Chain.objects.get(id=1)


def _chain() -> Chain:
    chain = Chain.objects.filter(id=1).first() or begin()
    if not seals.is_whole(chain):
        raise Broken("The row of the audit's chain was changed. `telecare verify-audit` says more.")
    return chain


def _extended(chain: Chain, marks: list[Mark], holder: str, now: datetime, watermark: int) -> int:
    """Store the next seal, if the chain still ends where it did."""
    before = chain.head
    seal_ = seals.made(before + 1, bytes(chain.head_mac), marks, now) if marks else None
    if seal_:
        chain.head, chain.head_mac = seal_.number, seal_.mac
    with write():
        moved = Chain.objects.filter(id=1, head=before, start=chain.start).update(
            head=chain.head,
            head_mac=chain.head_mac,
            proof=seals.proof_of(chain),
            watermark=watermark,
            holder=holder,
            leased_until=now + LEASE,
        )
        if not moved:
            return 0
        if seal_:
            Seal.objects.bulk_create([seal_])
    return len(marks)


def _unsealed(floor: int) -> tuple[list[Mark], int]:
    """Rows from id `floor` on that no seal has, ascending, at most `MOST`; and the lowest id from there on."""
    sealed: set[int] = set()
    for ids in Seal.objects.filter(last__gte=floor).values_list("ids", flat=True):
        sealed.update(seals.unpacked(bytes(ids)))
    found: list[Mark] = []
    lowest = _HIGHEST
    for mark in _rows_from(floor):
        lowest = min(lowest, mark.id)
        if mark.id not in sealed:
            found.append(mark)
            if len(found) == MOST:
                break
    return found, lowest


def _rows_from(floor: int) -> Iterator[Mark]:
    statement = "SELECT id, mac FROM audit_event WHERE id >= %s ORDER BY id LIMIT %s"
    while True:
        with connection.cursor() as cursor:
            cursor.execute(statement, [floor, _PAGE])
            page = cursor.fetchall()
        for ident, mac in page:
            yield Mark(ident, bytes(mac))
        if len(page) < _PAGE:
            return
        floor = page[-1][0] + 1


def _settled(now: datetime) -> int:
    """The id below which no row can be added any more: no transaction is open that began before."""
    oldest = now
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT MIN(xact_start) FROM pg_stat_activity WHERE datname = current_database() "
                "AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
            (found,) = cursor.fetchone()
        oldest = min(now, found or now)
    return _id_at(oldest - SKEW)


def _id_at(moment: datetime) -> int:
    return first_at(int(moment.timestamp() * 1_000_000))
