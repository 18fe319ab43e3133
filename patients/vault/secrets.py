"""Secrets that the system itself uses: those of a second factor (TOTP), of OAuth clients and tokens, of push keys.

They belong to an account or a client, not to a patient: they go when their row goes, so they need no key of their own
that could be destroyed. Bound to purpose and owner: copied into another account's row, they do not open.
"""

from __future__ import annotations

import base64
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from patients.vault.derived import derived
from patients.vault.master import NONCE, Unreadable

_FORM: Final = "s1."  # tells a sealed secret from one in clear


def seal_secret(purpose: str, owner: str | int, secret: str) -> str:
    """The secret as printable text (4/3 of its length and 42 characters) for a column of the owner's row.

    `purpose` names the column ("totp", "oauth refresh token"), `owner` whose it is, by a name that never changes.
    """
    nonce = os.urandom(NONCE)
    sealed = nonce + _cipher(purpose).encrypt(nonce, secret.encode(), _bound(purpose, owner))
    return _FORM + base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def open_secret(purpose: str, owner: str | int, sealed: str) -> str:
    """What `seal_secret` was given. Raises Unreadable when it was changed or is another purpose's or owner's."""
    if not sealed.startswith(_FORM):
        raise Unreadable(f"The {purpose} of {owner} is not sealed.")
    try:
        raw = base64.b64decode(sealed[len(_FORM) :] + "=" * (-len(sealed[len(_FORM) :]) % 4), b"-_", validate=True)
        return _cipher(purpose).decrypt(raw[:NONCE], raw[NONCE:], _bound(purpose, owner)).decode()
    except (InvalidTag, ValueError) as problem:
        raise Unreadable(f"The {purpose} of {owner} was changed, or belongs elsewhere.") from problem


def _cipher(purpose: str) -> AESGCM:
    return AESGCM(derived("secret", purpose))


def _bound(purpose: str, owner: str | int) -> bytes:
    return f"{len(purpose)}:{purpose}{owner}".encode()
