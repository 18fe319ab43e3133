"""What can be listened to. Features register a kind of topic; a topic is written `kind:id`, or `me` alone.

A topic with rows gives each event a gap-free `seq` and can be resumed. One without rows only tells what happens now.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from patients.accounts.actor import Actor
from patients.errors import Missing

LONGEST_NAME = 120


class Head(NamedTuple):
    """The seq of the last event, and the epoch: seqs of another epoch (a restored backup) mean nothing here."""

    seq: int
    epoch: str


class Standing(NamedTuple):
    """What holds beside the rows, as the event that once told of it."""

    on: str
    data: Any


class Event(NamedTuple):
    """One event of a topic with rows. `data` is what msgspec writes as JSON, or is JSON already (msgspec.Raw)."""

    seq: int
    on: str
    data: Any


Ask = Callable[[Actor, str], Sequence[Standing]]


@dataclass(frozen=True, slots=True)
class Topic:
    """What the gateway must know of a kind of topic. All callables are sync and run in the database pool.

    `authorize(actor, id)` raises Missing when the actor may not listen; it is asked again at least every 30 s.
    `head(id)` and `since(id, after, limit)` read the rows: events with `seq > after`, in order, at most `limit`.
    `about(id)` names the patient concerned: a change of that patient's rights asks `authorize` again at once.
    `standing(actor, id)` is what holds besides, and is told to whoever begins to listen or may have missed news. What
    was heard meanwhile may be newer: its events must say themselves which of two counts. For an id that
    is gone it is nothing.
    `opened(actor, id)` runs when somebody begins to listen: for the log. `presence` tells who else listens.
    `ended(actor, id)` runs when somebody who listens may not any more, to end what hung on it. The actor is None for
    who is nobody any more (signed out, switched off).
    """

    authorize: Callable[[Actor, str], None]
    head: Callable[[str], Head] | None = None
    since: Callable[[str, int, int], Sequence[Event]] | None = None
    standing: Ask | None = None
    about: Callable[[str], str | None] | None = None
    opened: Callable[[Actor, str], None] | None = None
    ended: Callable[[Actor | None, str], None] | None = None
    presence: bool = False


_kinds: dict[str, Topic] = {}


def register(kind: str, topic: Topic) -> None:
    """Let `kind:<id>` be opened. Called from `apps.py`; the last registration counts."""
    if (topic.head is None) != (topic.since is None):
        raise ValueError(f"{kind}: a topic has both head and since, or neither.")
    _kinds[kind] = topic


def find(name: str) -> tuple[Topic, str]:
    """The kind and the id of a topic's name. Raises Missing when there is no such kind."""
    kind, _colon, ident = name.partition(":")
    topic = _kinds.get(kind)
    if topic is None or len(name) > LONGEST_NAME:
        raise Missing(_("There is no such topic."))
    return topic, ident


def me(account: int | None) -> str:
    """The topic of one person's notices. A client writes `me`; inside it carries the account."""
    return f"me:{account}"


def patient(patient_id: str) -> str:
    """The topic of what happens around a patient."""
    return f"patient:{patient_id}"


def worklist(organisation: str) -> str:
    """The topic of an organisation's worklist."""
    return f"worklist:{organisation}"


def shown(name: str) -> str:
    """The name as clients write it."""
    return "me" if name.startswith("me:") else name
