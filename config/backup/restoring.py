"""`telecare restore`: a backup becomes the data again, and who was erased meanwhile stays gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import DatabaseError, connection

from config.backup import manifest as manifests
from config.backup import postgresql, sqlite
from patients import audit, events, vault
from patients.accounts.actor import system
from patients.database import write
from patients.errors import Conflict, Denied, Invalid
from patients.records import erasure, ledger
from patients.records.models import Document
from patients.vault import table

NOT_ALLOWED: Final = "42501"  # https://www.postgresql.org/docs/current/errcodes-appendix.html


@dataclass(frozen=True, slots=True)
class Restored:
    """What is there now. `fault` names what in the log is not as it was written."""

    documents: int
    keys: int
    erased: int
    made_at: str
    log: int
    fault: str


def restore(folder: Path, keys: Path | None = None, *, ledgers: Sequence[Path] = ()) -> Restored:
    """Fill an empty deployment from a backup. Raises Invalid (it is not whole), Conflict (not empty), Locked,
    and Denied where another role owns the tables.

    The erasure ledger that was kept outside (`settings.ERASURES`) is followed, and further copies of it that are named.
    Sessions and tokens of then end, since nobody knows which of them were revoked meanwhile.
    """
    data, keys = folder / "data", keys or folder / "keys"
    said, code = manifests.read(data, "data")
    beside, beside_code = manifests.read(keys, "keys")
    if said.backup != beside.backup or said.vendor != connection.vendor:
        raise Invalid("Data and keys are of different backups, or of another kind of database than DATABASE_URL says.")
    engine = postgresql if connection.vendor == "postgresql" else sqlite
    if not engine.is_empty():
        raise Conflict("There are data already. Restore into an empty folder or database: nothing is overwritten.")
    with (keys / manifests.KEYS).open(encoding="utf-8") as lines:
        first = next(lines, "")
        for one, its in ((said, code), (beside, beside_code)):
            if not vault.same(table.code(first, manifests.PURPOSE, one.text), its):
                raise Invalid("The manifest of this backup was changed. Take another copy of it.")
        try:
            count = engine.load(data, chain([first], lines), said.migrations)
        except DatabaseError as problem:
            if not _not_allowed(problem):
                raise
            raise Denied("Only the owner of the tables may restore: set DATABASE_OWNER_URL.") from problem
    call_command("migrate", interactive=False, verbosity=0)
    vault.unlock()
    _bring_files(data / "files")
    erased = sum(
        erasure.follow(ledger.read(path)) for path in [data / "erasures.ndjson", *ledgers, Path(settings.ERASURES)]
    )
    ledger.export()
    with write():
        events.emit("data.restored")
        audit.record(system("restore"), action="restore", source="command", detail=said.backup)
    log = audit.verify()
    return Restored(Document.objects.filter(deleted=False).count(), count, erased, said.made_at, log.checked, log.fault)


def follow_ledger() -> int:
    """Erase what the ledger outside says and these data hold, however they came back; before anybody is served."""
    erased = erasure.follow(ledger.read(Path(settings.ERASURES)))
    ledger.export()
    return erased


def _not_allowed(problem: BaseException | None) -> bool:
    """Whether PostgreSQL refused it to this role."""
    while problem is not None:
        if getattr(problem, "sqlstate", "") == NOT_ALLOWED:
            return True
        problem = problem.__cause__ or problem.__context__
    return False


def _bring_files(folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                default_storage.save(str(path.relative_to(folder)), File(file))
