"""Sealed files that no row names any more, and rows whose file is gone.

A file is stored before its row (`services.put`) and taken away after its row was erased: whoever dies in between leaves
a file that nobody finds. Sealed with a destroyed key or not, it must not lie there for ever.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.core.files.storage import default_storage

from patients.attachments.models import Attachment

BELOW: Final = "attachments"
YOUNG: Final = timedelta(days=1)  # its transaction may still be on its way
_NAME: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Swept:
    """`removed`: files without a row that were deleted; `missing`: rows whose file is not there."""

    removed: int
    missing: int


def sweep(now: datetime) -> Swept:
    """Delete files without a row that are older than a day, and count rows without a file. Safe to repeat."""
    removed, there = 0, 0
    kept = set(Attachment.objects.values_list("id", flat=True))
    for place, ident in _files():
        if ident in kept:
            there += 1
        elif _older(place, now - YOUNG) and not Attachment.objects.filter(id=ident).exists():
            default_storage.delete(place)
            removed += 1
    return Swept(removed, len(kept) - there)


def _files() -> Iterator[tuple[str, UUID]]:
    """What is ours below the folder of sealed files; whatever else lies there is left alone."""
    for folder in _listed(BELOW)[0]:
        for name in _listed(f"{BELOW}/{folder}")[1]:
            if _NAME.fullmatch(name) and name.startswith(folder):
                yield f"{BELOW}/{folder}/{name}", UUID(name)


def _listed(place: str) -> tuple[list[str], list[str]]:
    try:
        return default_storage.listdir(place)
    except FileNotFoundError:
        return [], []


def _older(place: str, than: datetime) -> bool:
    try:
        return default_storage.get_modified_time(place) < than
    except FileNotFoundError:  # taken away meanwhile
        return False
