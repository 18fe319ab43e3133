"""Old periods of the log go as wholes: rows together with the seals over them, from the beginning on.

The row of the chain keeps the MAC of the last seal that went, so that what follows stays one provable chain. It takes
the owner of the tables, since the runtime role may not delete and triggers stand before it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection

from patients import vault
from patients.audit import append_only, seals
from patients.audit.models import AuditEvent, Chain, Seal
from patients.audit.row import first_at
from patients.database import write
from patients.errors import Conflict

AT_ONCE: Final = 20_000  # rows in one transaction, which keeps writers waiting
_SEALS: Final = 500
_IDS: Final = 2_000  # in one statement


@dataclass(frozen=True, slots=True)
class Dropped:
    """How much went: seals, and rows under them."""

    seals: int = 0
    rows: int = 0


def drop(before: datetime, *, told: Callable[[Dropped], None] = lambda _: None) -> Dropped:
    """Drop every whole seal, from the oldest on, whose rows were all written before this moment.

    Stops anywhere without harm; what is left is one chain. Raises Conflict where a seal is not as it was made.
    """
    whole = Dropped()
    while part := _drop_some(_id_at(before)):
        whole = Dropped(whole.seals + part.seals, whole.rows + part.rows)
        told(whole)
    return whole


def _drop_some(before: int) -> Dropped | None:
    with write():
        chain = Chain.objects.select_for_update().filter(id=1).first()
        if chain is None or not seals.is_whole(chain):
            raise Conflict("The chain of seals is not whole. Nothing was dropped; run `telecare verify-audit`.")
        some = _old_enough(chain, before)
        if not some:
            return None
        ids = [ident for seal in some for ident in seals.unpacked(bytes(seal.ids))]
        with append_only.suspended(connection):
            for begin in range(0, len(ids), _IDS):
                AuditEvent.objects.filter(id__in=ids[begin : begin + _IDS]).delete()
            Seal.objects.filter(number__lte=some[-1].number).delete()
        chain.start, chain.start_mac = some[-1].number, bytes(some[-1].mac)
        chain.dropped += len(ids)
        chain.proof = seals.proof_of(chain)
        chain.save(update_fields=["start", "start_mac", "dropped", "proof"])
        return Dropped(len(some), len(ids))


def _old_enough(chain: Chain, before: int) -> list[Seal]:
    """The next seals that may go together, each proved: a period that was tampered with is evidence, and stays."""
    found: list[Seal] = []
    number, mac, rows = chain.start, bytes(chain.start_mac), 0
    for seal in Seal.objects.filter(number__gt=chain.start).order_by("number")[:_SEALS]:
        rows += seal.rows
        if seal.last >= before or (found and rows > AT_ONCE):
            break
        good = seal.number == number + 1 and bytes(seal.previous) == mac
        if not good or not vault.same(seals.mac_of(seal), bytes(seal.mac)):
            raise Conflict(f"Seal {number + 1} is not as it was made. It stays; run `telecare verify-audit`.")
        found.append(seal)
        number, mac = seal.number, bytes(seal.mac)
    return found


def years_before(moment: datetime, years: int) -> datetime:
    """The same day so many years before; 28 February for a 29th that was none."""
    try:
        return moment.replace(year=moment.year - years)
    except ValueError:
        return moment.replace(year=moment.year - years, day=28)


def _id_at(moment: datetime) -> int:
    return first_at(int(moment.timestamp() * 1_000_000))
