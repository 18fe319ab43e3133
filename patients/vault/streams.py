"""Sealed files: AES-256-GCM in pieces of 64 KiB, in constant memory, whatever their size.

Each file has a key of its own, sealed in its head under the data key and bound to kind and id. Pieces are numbered by
their nonce, and the last one says that it is the last: a file that was cut off, lengthened, or whose pieces were moved
does not open (the STREAM construction, https://eprint.iacr.org/2015/189). What was given out before a wrong piece was
met is genuine; who needs all or nothing writes to a temporary file first.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from patients.vault.master import SIZE, Unreadable
from patients.vault.sealing import seal, unseal

PIECE: Final = 64 * 1024  # of the open text
TAG: Final = 16
_FORMAT: Final = b"\x01"
_HEAD: Final = 1 + 1 + 12 + SIZE + TAG  # format, and the sealed key of the file


def seal_stream(key: str, kind: str, ident: str, source: Iterable[bytes]) -> Iterator[bytes]:
    """The file under this data key, piece by piece; `source` may come in pieces of any size."""
    secret = os.urandom(SIZE)
    yield _FORMAT + seal(key, kind, ident, 1, secret)
    own = AESGCM(secret)
    number, pieces = 0, _of_equal_size(source)
    piece = next(pieces, b"")
    for following in pieces:
        yield own.encrypt(_nonce(number), piece, None)
        number, piece = number + 1, following
    yield own.encrypt(_nonce(number, last=True), piece, None)


def open_stream(key: str, kind: str, ident: str, sealed: BinaryIO) -> Iterator[bytes]:
    """What `seal_stream` was given, piece by piece. Raises Unreadable; at once for a wrong key or head."""
    head = _exactly(sealed, _HEAD)
    if head[:1] != _FORMAT:
        raise Unreadable(f"{kind}/{ident}: of an unknown form.")
    return _opened(AESGCM(unseal(key, kind, ident, 1, head[1:])), f"{kind}/{ident}", sealed)


def _opened(own: AESGCM, name: str, sealed: BinaryIO) -> Iterator[bytes]:
    number, piece = 0, _exactly(sealed, PIECE + TAG)
    while True:
        following = _exactly(sealed, PIECE + TAG) if len(piece) == PIECE + TAG else b""
        try:
            yield own.decrypt(_nonce(number, last=not following), piece, None)
        except (InvalidTag, ValueError) as problem:
            raise Unreadable(f"{name}: piece {number} was changed, moved, or the end is missing.") from problem
        if not following:
            return
        number, piece = number + 1, following


def _nonce(number: int, *, last: bool = False) -> bytes:
    """Never used twice: the key is this file's alone."""
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


def _of_equal_size(source: Iterable[bytes]) -> Iterator[bytes]:
    waiting = bytearray()
    for part in source:
        waiting += part
        while len(waiting) >= PIECE:
            yield bytes(waiting[:PIECE])
            del waiting[:PIECE]
    if waiting:
        yield bytes(waiting)


def _exactly(source: BinaryIO, size: int) -> bytes:
    """As many bytes as there are, at most `size`: a source may give fewer at a time."""
    found = source.read(size)
    while 0 < len(found) < size and (more := source.read(size - len(found))):
        found += more
    return found
