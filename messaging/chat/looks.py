"""One look is one line in the log: a page with its socket and its reconnections within a quarter of an hour."""

from __future__ import annotations

import time
from uuid import UUID

from patients.accounts.actor import Actor

LASTS = 15 * 60.0  # seconds
MOST = 20_000

_until: dict[tuple[int | None, str | None, UUID], float] = {}


def is_new(actor: Actor, thread: UUID) -> bool:
    """Whether this person has not been looking already. Per process: two may log a look twice, never none."""
    now = time.monotonic()
    key = (actor.account, actor.organisation, thread)
    known = _until.get(key, 0.0) > now
    if len(_until) > MOST:
        _until.clear()
    _until[key] = now + LASTS
    return not known
