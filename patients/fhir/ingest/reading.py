"""From files and folders to JSON objects: whole files, or NDJSON by lines. What cannot be read says where and why."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from patients.errors import Invalid
from patients.records import wire

JSON: Final = (".json",)
LINES: Final = (".ndjson", ".jsonl")
MOST_OF_A_FILE: Final = 512 * 1024 * 1024  # bytes of one JSON file, which is read whole
MOST_OF_A_LINE: Final = 16 * 1024 * 1024
_MARK: Final = b"\xef\xbb\xbf"  # some editors write it before UTF-8


@dataclass(frozen=True, slots=True)
class Piece:
    """One JSON object of a file, or the reason why there is none. `size`: bytes that were read for it."""

    place: str
    size: int
    is_line: bool = False
    resource: wire.Json | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """One file that was named, or found in a folder that was named."""

    path: Path
    named: bool
    problem: str = ""

    @property
    def size(self) -> int:
        """Bytes, for the progress."""
        return 0 if self.problem else self.path.stat().st_size


def sources(paths: Iterable[Path]) -> list[Source]:
    """All files, folders opened, in a stable order. Hidden files are left out."""
    found: list[Source] = []
    for path in paths:
        if path.is_dir():
            for folder, inner, names in os.walk(path):
                inner[:] = sorted(name for name in inner if not name.startswith("."))
                found += [Source(Path(folder, name), False) for name in sorted(names) if not name.startswith(".")]
        elif path.is_file():
            found.append(Source(path, True))
        else:
            found.append(Source(path, True, "There is no such file or folder."))
    return [one if one.problem or one.path.is_file() else Source(one.path, one.named, "No file.") for one in found]


def is_fhir(source: Source) -> bool:
    """Whether a file is to be read: by its name if it was found in a folder; what was named is always tried."""
    return source.named or source.path.suffix.lower() in (*JSON, *LINES)


def pieces(source: Source) -> Iterator[Piece]:
    """The JSON objects of a file, one after the other."""
    if source.problem:
        yield Piece(str(source.path), 0, problem=source.problem)
        return
    try:
        if source.path.suffix.lower() in LINES:
            yield from _lines(source.path)
        else:
            yield _whole(source.path)
    except OSError as problem:
        yield Piece(str(source.path), 0, problem=f"It cannot be read: {problem.strerror}.")


def _whole(path: Path) -> Piece:
    size = path.stat().st_size
    if size > MOST_OF_A_FILE:
        return Piece(str(path), size, problem=f"It has more than {MOST_OF_A_FILE:,} bytes. Split it, or send NDJSON.")
    data = path.read_bytes().removeprefix(_MARK)
    if data.lstrip()[:1] == b"<":
        return Piece(str(path), size, problem="This is XML; only JSON is read.")
    return _read(str(path), size, data, most=MOST_OF_A_FILE)


def _lines(path: Path) -> Iterator[Piece]:
    number = 0
    with path.open("rb") as file:
        while line := file.readline(MOST_OF_A_LINE + 1):
            number += 1
            size, place = len(line), f"{path}, line {number}"
            if size > MOST_OF_A_LINE and not line.endswith(b"\n"):
                while rest := file.readline(MOST_OF_A_LINE):
                    size += len(rest)
                    if rest.endswith(b"\n"):
                        break
                yield Piece(place, size, True, problem=f"It has more than {MOST_OF_A_LINE:,} bytes.")
            elif text := line.removeprefix(_MARK).strip():
                yield _read(place, size, text, is_line=True, most=MOST_OF_A_LINE)


def _read(place: str, size: int, data: bytes, *, most: int, is_line: bool = False) -> Piece:
    try:
        return Piece(place, size, is_line, wire.parse(data, most=most))
    except Invalid as problem:
        where = next((f" ({finding.where})" for finding in problem.findings if finding.where), "")
        return Piece(place, size, is_line, problem=f"{problem.text}{where}")
