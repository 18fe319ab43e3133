"""What a seal is, without a database: which rows, in which order, after which seal; and what proves it."""

from __future__ import annotations

import hashlib
import sys
from array import array
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from patients import vault
from patients.audit.models import Chain, Seal

BEGINNING = b"\0" * 32  # what stands as `previous` in the first seal


class Mark(NamedTuple):
    """A row as the seals see it."""

    id: int
    mac: bytes


def packed(ids: Iterable[int]) -> bytes:
    """Ids as 8 bytes each, big-endian, two's complement."""
    numbers = array("q", ids)
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers.tobytes()


def unpacked(ids: bytes) -> list[int]:
    """The reverse of `packed`. Raises ValueError where the length is not a multiple of 8."""
    numbers = array("q")
    numbers.frombytes(bytes(ids))
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers.tolist()


def digest_of(marks: Iterable[Mark]) -> bytes:
    """SHA-256 over the MACs of the rows, in the order given: ascending by id."""
    whole = hashlib.sha256()
    for mark in marks:
        whole.update(mark.mac)
    return whole.digest()


def made(number: int, previous: bytes, marks: Sequence[Mark], at: datetime) -> Seal:
    """The seal over these rows, not yet stored. The rows are given ascending by id, and there is at least one."""
    seal = Seal(
        number=number,
        made_at=at,
        first=marks[0].id,
        last=marks[-1].id,
        rows=len(marks),
        ids=packed(mark.id for mark in marks),
        digest=digest_of(marks),
        previous=previous,
    )
    seal.mac = mac_of(seal)
    return seal


def mac_of(seal: Seal) -> bytes:
    """32 bytes over every field of a seal. One that follows binds it in turn: it is the root of all before."""
    content = (
        seal.number,
        seal.made_at.astimezone(UTC),
        seal.first,
        seal.last,
        seal.rows,
        hashlib.sha256(seal.ids).digest(),
        bytes(seal.digest),
        bytes(seal.previous),
    )
    return vault.mac("audit seal", msgspec.json.encode(content))


def proof_of(chain: Chain) -> bytes:
    """32 bytes over where the chain begins and ends, so that neither end is moved unnoticed."""
    content = (chain.start, bytes(chain.start_mac), chain.head, bytes(chain.head_mac), chain.dropped)
    return vault.mac("audit chain", msgspec.json.encode(content))


def is_whole(chain: Chain) -> bool:
    """Whether the row of the chain is as it was written."""
    return vault.same(proof_of(chain), bytes(chain.proof))
