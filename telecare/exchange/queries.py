"""The files of a patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from patients.access import Action, Wish, allowed_among, repository
from patients.accounts.actor import Actor
from patients.network import queries as network
from patients.records.models import Document
from telecare.exchange.kinds import BY_CODE, KINDS, Kind


@dataclass(frozen=True, slots=True)
class Row:
    """One file in words. `has_file`: it is kept here; a document of others may only point elsewhere."""

    id: str
    title: str
    kind: str
    by: str
    at: datetime | None
    is_photo: bool
    has_file: bool
    size: int


@dataclass(frozen=True, slots=True)
class FilesPage:
    """exchange/files.html. `kinds`: those that the reader may add."""

    patient: str
    name: str
    rows: tuple[Row, ...]
    kinds: tuple[Kind, ...]


def files_page(actor: Actor, patient: str) -> FilesPage:
    """All files of a patient that the actor may see, the newest first. Raises Missing."""
    with repository(actor).look("files") as records:
        name = network.card(records.read("Patient", patient)).name
        found = records.search("DocumentReference", [("patient", patient), ("_sort", "-date"), ("_count", "100")]).rows
    names = network.names(filter(None, map(_author, found)))
    wishes = {kind.name: Wish(Action.CREATE, kind.category, "DocumentReference", own=True) for kind in KINDS}
    may = allowed_among(actor, wishes, patient=patient)
    return FilesPage(
        patient, name, tuple(_row(one, names) for one in found), tuple(kind for kind in KINDS if kind.name in may)
    )


def _row(document: Document, names: Mapping[str, str]) -> Row:
    content = document.content
    shown: dict[str, Any] = next((one.get("attachment", {}) for one in content.get("content", ())), {})
    codes = [coding.get("code") for coding in content.get("type", {}).get("coding", ())]
    kind = next((BY_CODE[code] for code in codes if code in BY_CODE), None)
    return Row(
        id=document.logical_id,
        title=str(content.get("description") or shown.get("title") or _("Document")),
        kind=str(kind.word) if kind else _("Document"),
        by=names.get(_author(document), ""),
        at=_moment(content.get("date")),
        is_photo=str(shown.get("contentType", "")).startswith("image/"),
        has_file=str(shown.get("url", "")).endswith(f"/documents/{document.logical_id}/file/"),
        size=int(shown.get("size", 0)),
    )


def _author(document: Document) -> str:
    return str(next((one.get("reference", "") for one in document.content.get("author", ())), ""))


def _moment(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) and "T" in text else None
