"""The blind index: equal values give equal numbers, and a number says nothing about its value without the vault."""

from __future__ import annotations

import hmac

from patients.vault.derived import derived


def blind(type: str, parameter: str, value: str, *, patient: str | None = None) -> int:
    """A signed 64-bit keyed HMAC. Keys differ per type and parameter, and per patient where one is named."""
    key = derived("index", type, parameter, "" if patient is None else f"patient {patient}")
    mac = hmac.digest(key, value.encode("utf-8", "surrogatepass"), "sha256")
    return int.from_bytes(mac[:8], "big", signed=True)
