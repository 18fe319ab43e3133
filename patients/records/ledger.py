"""The erasure ledger: what was made unreadable stays so, even when an older backup is brought back.

A line names nobody. It holds a keyed hash of patient and custodian, which only the vault of these data can compare, and
a code that shows that this vault wrote it. Lines stand in the database and, one JSON object per line, in
`settings.ERASURES`, by default beside the master key: it must outlive data and backups.
"""

from __future__ import annotations

import fcntl
import json
import os
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from patients import vault
from patients.database import write
from patients.errors import Invalid, Unavailable
from patients.records.models import Erasure

LONGEST: Final = 1000  # characters of a line


@dataclass(frozen=True, slots=True)
class Line:
    """One erasure."""

    id: uuid.UUID
    at: datetime
    subject: bytes

    @property
    def mac(self) -> bytes:
        """The code that shows that the vault of these data wrote it: 32 bytes."""
        return vault.mac("erasure ledger", f"{self.id} {self.at.isoformat()} {self.subject.hex()}")

    @property
    def text(self) -> str:
        """The line as it stands in the file."""
        said = {"id": str(self.id), "at": self.at.isoformat(), "subject": self.subject.hex(), "mac": self.mac.hex()}
        return json.dumps({"data": _data(), **said}) + "\n"


def subject(patient: str, custodian: str | None) -> bytes:
    """How a line names what one custodian keeps of a patient; without custodian, all that anybody keeps."""
    return vault.mac("erasure subject", f"{len(patient)}:{patient}{custodian or ''}")


def note(patient: str, custodian: str | None, line: Line | None = None) -> None:
    """Add a line inside `write()`; after the commit it stands in the file too. `line` is one that is followed again."""
    line = line or Line(uuid.uuid4(), timezone.now(), subject(patient, custodian))
    keep(line)
    transaction.on_commit(export)


def keep(line: Line) -> None:
    """Keep a line that was read from a file, so that it is not followed twice."""
    with write():
        Erasure.objects.get_or_create(id=line.id, defaults={"at": line.at, "subject": line.subject, "mac": line.mac})


def lines() -> list[Line]:
    """All lines of the database, the oldest first."""
    return [Line(one.id, one.at, bytes(one.subject)) for one in Erasure.objects.order_by("at", "id")]


def export(path: Path | None = None) -> int:
    """Append to the file what the database has beyond it; returns how many. Raises Unavailable with words."""
    place = path or Path(settings.ERASURES)
    missing = _missing(read(place))
    if not missing:
        return 0
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(place, "a+", encoding="ascii", opener=_private) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            missing = _missing(_parsed(file, place))  # others may have written meanwhile
            file.writelines(line.text for line in missing)
            file.flush()
            os.fsync(file.fileno())
    except OSError as problem:
        raise Unavailable(
            f"Erasures were carried out, but the ledger {place} cannot be written ({problem.strerror}). Mend that "
            "and run `telecare erase-subject --ledger`: without its lines, a restored backup would bring people back."
        ) from problem
    return len(missing)


def read(path: Path) -> list[Line]:
    """The lines of a file that are about these data; none when there is no file. Raises Invalid, Unavailable."""
    try:
        with path.open(encoding="ascii", errors="replace") as file:
            return _parsed(file, path)
    except FileNotFoundError:
        return []
    except OSError as problem:
        raise Unavailable(f"The erasure ledger {path} cannot be read ({problem.strerror}).") from problem


def _missing(there: Iterable[Line]) -> list[Line]:
    known = {line.id for line in there}
    return [line for line in lines() if line.id not in known]


def behind() -> int:
    """How many lines of the database are missing in the file."""
    return len(_missing(read(Path(settings.ERASURES))))


def unfollowed(found: Iterable[Line]) -> list[Line]:
    """Those of these lines that the database does not know, each once."""
    known = set(Erasure.objects.values_list("id", flat=True))
    return list({line.id: line for line in found if line.id not in known}.values())


def _parsed(file: Iterable[str], place: Path) -> list[Line]:
    found, ours = [], _data()
    for number, text in enumerate(file, start=1):
        try:
            said = json.loads(text[:LONGEST])
            if said["data"] != ours:
                continue  # of another deployment that uses the same file
            line = Line(uuid.UUID(said["id"]), datetime.fromisoformat(said["at"]), bytes.fromhex(said["subject"]))
            mac = bytes.fromhex(said["mac"])
        except (ValueError, KeyError, TypeError) as problem:
            words = f"Line {number} of the erasure ledger {place} cannot be read. Bring back a copy."
            raise Invalid(words) from problem
        if not vault.same(mac, line.mac):
            raise Invalid(f"Line {number} of the erasure ledger {place} was changed. Bring back a copy.")
        found.append(line)
    return found


def _data() -> str:
    """Names these data (their vault), so that several deployments may share a file."""
    return vault.mac("erasure ledger of", b"")[:8].hex()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)
