"""`telecare backup`: a consistent copy while everything goes on."""

from __future__ import annotations

import shutil
import uuid
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.files.storage import Storage, default_storage
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from config.backup import manifest as manifests
from config.backup import postgresql, sqlite
from config.backup.manifest import Manifest
from patients import audit, vault
from patients.accounts.actor import system
from patients.errors import Conflict, Unavailable
from patients.records import ledger


@dataclass(frozen=True, slots=True)
class Saved:
    """How much was written, in bytes, and when its keys are to be destroyed."""

    data: int
    keys: int
    expires: str


def save(folder: Path, keys: Path | None = None) -> Saved:
    """Write a backup into a new folder: `data`, and `keys` beside or elsewhere. Raises Conflict and Unavailable."""
    data, keys = folder / "data", keys or folder / "keys"
    for place in (data, keys):
        if place.exists() and any(place.iterdir()):
            raise Conflict(f"{place} is not empty. Name a new folder: nothing is overwritten.")
    try:
        for place in (data, keys):
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
        engine = postgresql if connection.vendor == "postgresql" else sqlite
        engine.save(data, keys / manifests.KEYS)
        (keys / manifests.KEYS).chmod(0o600)
        copy_files(default_storage, data / "files")
        ledger.export(data / "erasures.ndjson")
        now = timezone.now()
        said = Manifest(
            backup=str(uuid.uuid4()),
            kind="data",
            made_at=now.isoformat(),
            expires_at=(now + timedelta(days=settings.BACKUP_DAYS)).date().isoformat(),
            vendor=connection.vendor,
            master=vault.master_name(),
            migrations=applied(),
        )
        for place, kind in ((data, "data"), (keys, "keys")):
            one = replace(said, kind=kind, files=manifests.describe(place))
            manifests.write(place, one, vault.mac(manifests.PURPOSE, one.text))
    except OSError as problem:
        raise Unavailable(
            f"The backup could not be written ({problem.strerror}). Remove what is there of it."
        ) from problem
    audit.record(system("backup"), action="backup", source="command")
    return Saved(_size(data), _size(keys), said.expires_at)


def applied() -> dict[str, str]:
    """The last migration of each app that the database has."""
    recorded = MigrationRecorder(connection).applied_migrations()
    return {app: max(name for other, name in recorded if other == app) for app, _name in recorded}


def copy_files(storage: Storage, to: Path, below: str = "") -> None:
    """Sealed attachments, as they are. They never change, so that the database's copy finds all that it names."""
    try:
        folders, files = storage.listdir(below)
    except (FileNotFoundError, NotImplementedError):
        return
    for name in files:
        path = to / below / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with storage.open(f"{below}/{name}".lstrip("/")) as source, path.open("xb") as target:
            shutil.copyfileobj(source, target, manifests.CHUNK)
    for name in folders:
        copy_files(storage, to, f"{below}/{name}".lstrip("/"))


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
