"""Django's SECRET_KEY, derived from the master key: there is no second secret."""

from __future__ import annotations

from patients.vault.master import NoKey, ring
from patients.vault.services import unlock


def secret_key() -> str:
    """Of the newest master key. An empty machine gets its key file first."""
    try:
        return ring().django[0]
    except NoKey:
        unlock()
        return ring().django[0]


def older_secret_key() -> str:
    """For Django's SECRET_KEY_FALLBACKS: while the old master is still given, sessions begun under it live on."""
    return ring().django[1]
