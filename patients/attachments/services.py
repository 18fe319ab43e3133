"""Keeping a file with a document, and giving it out again."""

from __future__ import annotations

import base64
import hashlib
import io
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import IO, Any, Final, cast

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from patients import audit, vault
from patients.access import Action, decide, repository, turns, writing
from patients.access.categories import category_of
from patients.access.refusals import answering
from patients.accounts.actor import Actor
from patients.attachments.content import Content, checked
from patients.attachments.models import Attachment
from patients.database import write
from patients.errors import Invalid, Missing
from patients.records import store
from patients.records.models import Document

KIND: Final = "DocumentReference"
LONGEST: Final = 120  # characters of a title


@dataclass(frozen=True, slots=True)
class Opened:
    """A file on its way out, piece by piece."""

    title: str
    type: str
    size: int
    pieces: Iterator[bytes]


def put(actor: Actor, patient: str, *, code: str, title: str, data: bytes, source: str = "page") -> Document:
    """Keep a file of this kind (LOINC `code`) for a patient; returns its DocumentReference.

    It is sealed and stored before the transaction, and taken away again should that fail. Raises Missing and Denied as
    any other record, Invalid for what may not be kept (`content.checked`).
    """
    title = title.strip()
    if not title or len(title) > LONGEST:
        words = _("Please say in at most %(most)d characters what it is.") % {"most": LONGEST}
        raise Invalid(words, code="required", where="title")
    ident = str(uuid.uuid4())
    empty = store.prepare(_resource(actor, patient, ident, code, title, None))
    _check(actor, empty, source)
    content = checked(data)
    prepared = store.prepare(_resource(actor, patient, ident, code, title, content))
    with write():  # again: looking at a file takes its time, and an erased patient gets no new key
        turns.to_write([prepared])
        key = vault.key_for(patient=patient, custodian=_check(actor, prepared, source))
    kept = Attachment(key=key, type=content.type, size=len(content.data))
    sealed = vault.seal_stream(kept.key, "Attachment", str(kept.id), [content.data])
    default_storage.save(kept.place, File(cast("IO[bytes]", _Reader(sealed))))
    with ExitStack() as undo:
        undo.callback(default_storage.delete, kept.place)
        with write():
            document = repository(actor, source=source).create(prepared, logical_id=ident)
            kept.document = document
            kept.save(force_insert=True)
        undo.pop_all()  # committed: it stays
    return document


def _check(actor: Actor, prepared: store.Prepared, source: str) -> str:
    """Who would answer for it; a refusal is logged. Raises Denied and Missing."""
    with answering(audit.Entry("create", "denied", None, KIND, None, source=source)):
        custodian = writing.custodian_of(actor, prepared.patients, None)
        writing.check_new(actor, prepared.content, category_of(prepared.content), prepared.patients, custodian)
    return custodian


def get(actor: Actor, document_id: str, *, source: str = "page") -> Opened:
    """The file of a document, for who may read that: the look is logged. Raises Missing."""
    document = repository(actor, source=source).read(KIND, document_id)
    kept = Attachment.objects.filter(document=document.pk).first()
    if kept is None:
        raise Missing(_("There is no file."))
    shown = document.content["content"][0]["attachment"]
    try:
        file = default_storage.open(kept.place)
    except FileNotFoundError as problem:
        raise Missing(_("There is no file.")) from problem
    return Opened(str(shown.get("title", "")), kept.type, kept.size, _opened(kept, file))


def may_get(actor: Actor, document_id: str) -> bool:
    """Whether the actor may have this file now: asked again while it is on its way out."""
    document = Document.objects.filter(type=KIND, logical_id=document_id, deleted=False).first()
    return document is not None and decide(actor, Action.READ, document)


def forget_patient(patient: str, custodian: str) -> None:
    """The patient was erased: the files go with their documents, once that is committed. Their keys are destroyed."""
    theirs = Q(document__patient=patient) & (Q(document__custodian=custodian) if custodian else Q())
    places = [kept.place for kept in Attachment.objects.filter(theirs)]

    def remove() -> None:
        for place in places:
            default_storage.delete(place)

    transaction.on_commit(remove)


def _resource(actor: Actor, patient: str, ident: str, code: str, title: str, content: Content | None) -> dict[str, Any]:
    """https://hl7.org/fhir/R4/documentreference.html"""
    attachment: dict[str, Any] = {"title": title}
    if content is not None:
        digest = hashlib.sha1(content.data, usedforsecurity=False).digest()  # the standard's choice
        attachment = {
            "contentType": content.type,
            "url": f"{settings.PUBLIC_URL}/documents/{ident}/file/",
            "size": len(content.data),
            "hash": base64.b64encode(digest).decode(),
            "title": title + content.ending,
            "creation": timezone.localtime().isoformat(timespec="seconds"),
        }
    return {
        "resourceType": KIND,
        "status": "current",
        "type": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": {"reference": f"Patient/{patient}"},
        "date": timezone.localtime().isoformat(timespec="milliseconds"),
        **({"author": [{"reference": actor.person}]} if actor.person else {}),
        "description": title,
        "content": [{"attachment": attachment}],
    }


def _opened(kept: Attachment, file: Any) -> Iterator[bytes]:
    """The first piece is opened at once, so that what is wrong is said before anything is sent."""
    pieces = _closing(kept, file)
    next(pieces)
    return pieces


def _closing(kept: Attachment, file: Any) -> Iterator[bytes]:
    with file:
        pieces = vault.open_stream(kept.key, "Attachment", str(kept.id), file)
        first = next(pieces)
        yield b""
        yield first
        yield from pieces


class _Reader(io.RawIOBase):
    """What is sealed piece by piece, as a file that a storage can read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while size < 0 or len(self._rest) < size:
            piece = next(self._pieces, None)
            if piece is None:
                break
            self._rest += piece
        end = len(self._rest) if size < 0 else size
        found, self._rest = self._rest[:end], self._rest[end:]
        return found
