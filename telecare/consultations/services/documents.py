"""Steps on the Encounter and Appointment of a consultation that several services share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from messaging.realtime import publish
from patients.access import Repository
from patients.errors import Conflict
from patients.records.models import Document
from telecare.consultations import topics
from telecare.consultations.models import Consultation

Content = dict[str, Any]

_TRIES = 3


def revise(records: Repository, type_: str, ident: str, change: Callable[[Content], Content | None]) -> Document:
    """Change a document step by step with others: read, change, write; again when somebody else wrote meanwhile.

    `change` gives the new content, or None when there is nothing to do.
    """
    for tries in range(_TRIES):
        document = records.read(type_, ident)
        after = change(document.content)
        if after is None:
            return document
        try:
            return records.update(after, if_match=document.version)
        except Conflict:
            if tries == _TRIES - 1:
                raise
    raise AssertionError


def news(card: Consultation) -> None:
    """Tell, after commit, everybody whom a consultation concerns that something about it changed."""
    publish.on_commit(topics.room(card.id), "consultation.changed")
    for organisation in {card.organisation, card.caller} - {""}:
        publish.on_commit(topics.waiting(organisation), "waiting.changed")
