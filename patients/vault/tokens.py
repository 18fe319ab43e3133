"""Message authentication codes and opaque tokens."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import time
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from patients.vault.chance import random_bytes
from patients.vault.codes import code, prepared
from patients.vault.derived import derived, derived_from
from patients.vault.master import NONCE, Unreadable
from patients.vault.state import current


def mac(purpose: str, data: bytes | str) -> bytes:
    """32 bytes: a keyed HMAC-SHA-256, with a key of its own for each purpose."""
    vault, name = current(), ("mac", purpose)
    key = vault.codes.get(name)
    if key is None:
        key = prepared(derived_from(vault.root, *name))
        vault.codes.put(name, key)
    return code(key, data.encode() if isinstance(data, str) else data)


def same(one: bytes | str, other: bytes | str) -> bool:
    """Whether they are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(
        one.encode() if isinstance(one, str) else one, other.encode() if isinstance(other, str) else other
    )


def sealed_token(purpose: str, payload: dict[str, Any], *, seconds: int | None = None) -> str:
    """An opaque text for cursors, cookies and links: signed, encrypted, of use for this purpose and time only."""
    nonce = random_bytes(NONCE)
    until = int(time.time()) + seconds if seconds is not None else None
    plaintext = json.dumps([until, payload], separators=(",", ":")).encode()
    sealed = nonce + AESGCM(derived("token", purpose)).encrypt(nonce, plaintext, purpose.encode())
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def opened_token(purpose: str, token: str) -> dict[str, Any]:
    """The payload of a token. Raises Unreadable when it was changed, is for another purpose, or is over."""
    try:
        sealed = base64.b64decode(token.encode("ascii") + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
        plaintext = AESGCM(derived("token", purpose)).decrypt(sealed[:NONCE], sealed[NONCE:], purpose.encode())
    except (InvalidTag, ValueError, binascii.Error) as problem:
        raise Unreadable("This token was not made here.") from problem
    until, payload = json.loads(plaintext)
    if until is not None and until < time.time():
        raise Unreadable("This token is over.")
    opened: dict[str, Any] = payload
    return opened
