"""Keys derived from the root secret. They survive a change of the master key, which only wraps the root anew."""

from __future__ import annotations

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from patients.vault.master import SIZE
from patients.vault.state import current


def derived(*purpose: str) -> bytes:
    """32 bytes for one purpose (HKDF-Expand, RFC 5869)."""
    vault = current()
    key = vault.derived.get(purpose)
    if key is None:
        info = "telecare root: " + "".join(f"{len(part)}:{part}" for part in purpose)
        key = HKDFExpand(SHA256(), SIZE, info.encode("utf-8", "surrogatepass")).derive(vault.root)
        vault.derived.put(purpose, key)
    return key
