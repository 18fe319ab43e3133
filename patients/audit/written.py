"""The rows that this process has added to the log within the last seconds, remembered for its witness."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable
from functools import partial
from typing import Final

from django.db import transaction

_MOST: Final = 100_000  # ids remembered

rows: Final[deque[tuple[float, int]]] = deque(maxlen=_MOST)  # when each was committed (`time.monotonic`), and its id
watched = False  # whether there is a witness, which forgets them again


def remember(ids: Iterable[int]) -> None:
    """Called inside `write()`, by whoever adds to the log: once this is committed, these rows must stay."""
    if watched:
        transaction.on_commit(partial(_committed, list(ids)))


def _committed(ids: list[int]) -> None:
    now = time.monotonic()
    rows.extend((now, ident) for ident in ids)
