"""What a backup says of itself: which version wrote it, and the digest of each file, under a code of its vault."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from patients.errors import Invalid

NAME: Final = "manifest.json"
FORMAT: Final = 1
PURPOSE: Final = "backup manifest"
KEYS: Final = "keys.ndjson"
CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Manifest:
    """`files`: size and SHA-256 by path. `kind` is "data" or "keys"; the two halves share their `backup` id."""

    backup: str
    kind: str
    made_at: str
    expires_at: str  # the day after which the keys are to be destroyed, so that an erasure becomes complete
    vendor: str
    master: str  # name of the master key that opens it; the key itself is never in it
    migrations: dict[str, str]  # the last one of each app
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def text(self) -> bytes:
        return json.dumps(asdict(self), sort_keys=True, indent=1).encode()


def digest(path: Path) -> dict[str, Any]:
    """Size and SHA-256 of a file, read in pieces."""
    found, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            found.update(piece)
            size += len(piece)
    return {"bytes": size, "sha256": found.hexdigest()}


def describe(folder: Path) -> dict[str, dict[str, Any]]:
    """All files below a folder but its manifest."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != NAME)
    return {str(path.relative_to(folder)): digest(path) for path in paths}


def write(folder: Path, manifest: Manifest, code: bytes) -> None:
    """Put it into its folder, last of all: a backup without it was cut off."""
    (folder / NAME).write_text(json.dumps({"manifest": asdict(manifest), "code": code.hex()}, sort_keys=True, indent=1))


def read(folder: Path, kind: str) -> tuple[Manifest, bytes]:
    """The manifest of a folder and its code, once all its files are as it says. Raises Invalid."""
    try:
        said = json.loads((folder / NAME).read_text("utf-8"))
        manifest, code = Manifest(**said["manifest"]), bytes.fromhex(said["code"])
    except FileNotFoundError as problem:
        raise Invalid(f"{folder} is no backup, or one that was cut off: it has no {NAME}.") from problem
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise Invalid(f"{folder / NAME} cannot be read ({type(problem).__name__}).") from problem
    if manifest.format != FORMAT or manifest.kind != kind:
        raise Invalid(
            f"{folder} holds {manifest.kind} in format {manifest.format}; expected {kind} in format {FORMAT}."
        )
    there = describe(folder)
    for name in sorted(manifest.files.keys() | there.keys()):
        if manifest.files.get(name) != there.get(name):
            raise Invalid(
                f"{folder / name} is not as it was when the backup was made. Take another copy of the backup."
            )
    return manifest, code
