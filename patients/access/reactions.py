"""What must follow a write hangs on the type of the document, not on who wrote it or by which way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from patients.accounts.actor import Actor
from patients.records.models import Document

Reaction = Callable[[Actor, Document], None]

_reactions: dict[str, list[Reaction]] = defaultdict(list)


def on(type_: str, reaction: Reaction) -> None:
    """Call `reaction(actor, document)` inside the transaction of every create, update and delete of this type.

    A reaction that must read what the actor may not uses `actor.as_system(reason)`. Its exception undoes the write.
    """
    if reaction not in _reactions[type_]:
        _reactions[type_].append(reaction)


def forget(type_: str, reaction: Reaction) -> None:
    """Take a reaction back."""
    if reaction in _reactions[type_]:
        _reactions[type_].remove(reaction)


def run(actor: Actor, document: Document) -> None:
    """Called by the repository after every write."""
    for reaction in tuple(_reactions[document.type]):
        reaction(actor, document)
