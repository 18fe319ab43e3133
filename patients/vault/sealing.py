"""Sealed texts: AES-256-GCM with a random 96-bit nonce, bound to what the text is."""

from __future__ import annotations

from cryptography.exceptions import InvalidTag

from patients.vault.chance import random_bytes
from patients.vault.keys import cipher
from patients.vault.master import NONCE, Unreadable

_FORMAT = b"\x01"


def seal(key: str, kind: str, ident: str, version: int, plaintext: bytes) -> bytes:
    """The text under this data key. It opens only as the same kind, id and version, and with the same key."""
    nonce = random_bytes(NONCE)
    return _FORMAT + nonce + cipher(key).encrypt(nonce, plaintext, _bound(key, kind, ident, version))


def unseal(key: str, kind: str, ident: str, version: int, sealed: bytes | memoryview) -> bytes:
    """What `seal` was given. Raises Unreadable."""
    sealed = bytes(sealed)
    if sealed[:1] != _FORMAT:
        raise Unreadable(f"{kind}/{ident} version {version}: of an unknown form.")
    try:
        return cipher(key).decrypt(sealed[1 : 1 + NONCE], sealed[1 + NONCE :], _bound(key, kind, ident, version))
    except (InvalidTag, ValueError) as problem:
        raise Unreadable(f"{kind}/{ident} version {version}: changed, or belongs elsewhere.") from problem


def _bound(key: str, kind: str, ident: str, version: int) -> bytes:
    return f"{len(kind)}:{kind}{len(ident)}:{ident}{version}:{key}".encode()
