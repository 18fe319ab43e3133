"""The blind index: equal values give equal numbers, and a number says nothing about its value without the vault."""

from __future__ import annotations

from patients.vault.codes import code, prepared
from patients.vault.derived import derived_from
from patients.vault.state import current


def blind(type: str, parameter: str, value: str, *, patient: str | None = None, beside: bool = False) -> int:
    """A signed 64-bit keyed HMAC. Keys differ per type and parameter, and per patient where one is named.

    `beside`: with the other key, while the key of the index changes (`two_indexes`).
    """
    vault = current()
    purpose = ("index", type, parameter, "" if patient is None else f"patient {patient}")
    name = ("beside", *purpose) if beside else purpose
    key = vault.codes.get(name)
    if key is None:
        key = prepared(derived_from(vault.beside or vault.index if beside else vault.index, *purpose))
        vault.codes.put(name, key)
    mac = code(key, value.encode("utf-8", "surrogatepass"))
    return int.from_bytes(mac[:8], "big", signed=True)


def two_indexes() -> bool:
    """Whether the key of the index changes now: what is written is then hashed with both."""
    return current().beside is not None
