"""Roots to keep elsewhere: one line per seal. With it nobody can cut off or rewrite what was sealed before, not even
somebody who holds the database and the keys.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

from patients import vault
from patients.audit import seals
from patients.audit.models import Seal
from patients.errors import Invalid

_PURPOSE = "audit root"


def newest() -> Iterator[str]:
    """One line: the newest seal, which binds all before. None while there is no seal."""
    for seal in Seal.objects.order_by("-number")[:1]:
        yield _line(seal)


def after(number: int) -> Iterator[str]:
    """One line for each seal behind this number."""
    for seal in Seal.objects.filter(number__gt=number).order_by("number").iterator(chunk_size=2000):
        yield _line(seal)


def read(path: Path) -> dict[int, bytes]:
    """The MACs of seals by number, from a file of such lines. Raises Invalid where a line was not written by us."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise Invalid(f"{path} cannot be read as a file of roots.") from problem
    found: dict[int, bytes] = {}
    for place, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            content = json.loads(line)
            proof = bytes.fromhex(content.pop("proof"))
            number, root = int(content["seal"]), bytes.fromhex(content["root"])
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as problem:
            raise Invalid(
                f"{path}, line {place} is no root. Give the file as `telecare audit-roots` wrote it."
            ) from problem
        if not vault.same(proof, vault.mac(_PURPOSE, _canonical(content))):
            raise Invalid(f"{path}, line {place} was changed, or written by another Telecare.")
        found[number] = root
    if not found:
        raise Invalid(f"{path} holds no root.")
    return found


def _line(seal: Seal) -> str:
    content = {
        "seal": seal.number,
        "made_at": seal.made_at.astimezone(UTC).isoformat(),
        "rows": seal.rows,
        "first": seal.first,
        "last": seal.last,
        "root": seals.mac_of(seal).hex(),
    }
    return json.dumps({**content, "proof": vault.mac(_PURPOSE, _canonical(content)).hex()})


def _canonical(content: dict[str, Any]) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"))
