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
        key = derived_from(vault.root, *purpose)
        vault.derived.put(purpose, key)
    return key


def derived_from(root: bytes, *purpose: str) -> bytes:
    """The same from a root that is not the open one: that of a backup."""
    info = "telecare root: " + "".join(f"{len(part)}:{part}" for part in purpose)
    return HKDFExpand(SHA256(), SIZE, info.encode("utf-8", "surrogatepass")).derive(root)
