"""How a message is written: sealed as a row, and in words for sockets and pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec

from messaging.chat.models import Message, Thread
from patients import vault
from patients.access.codes import OURS

KIND = "ChatMessage"
THREAD_SYSTEM = f"{OURS}/sid/thread"


class Body(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is sealed of a message."""

    text: str


class Said(Protocol):
    """What an event tells of a message, stored or just written."""

    @property
    def person(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def organisation(self) -> str: ...
    @property
    def cid(self) -> UUID: ...
    @property
    def sent_at(self) -> datetime: ...


def logical_id(thread: UUID, seq: int) -> str:
    """The id of the Communication that FHIR clients read."""
    return f"chat-{thread.hex}-{seq}"


def sealed(key: str, thread: UUID, seq: int, body: Body) -> bytes:
    """The body as it is stored: it opens only at this place of this thread."""
    return vault.seal(key, KIND, str(thread), seq, msgspec.json.encode(body))


def opened(thread: Thread, message: Message) -> Body:
    """What was sealed. Raises vault.Unreadable when the thread was erased or the row was changed."""
    content = vault.unseal(thread.key, KIND, str(thread.pk), message.seq, message.body)
    return msgspec.json.decode(content, type=Body)


def communication(message: Message, body: Body, patient: str) -> dict[str, Any]:
    """A message as a Communication; without a payload where its words were erased. It has one version."""
    at = moment(message.sent_at)
    resource: dict[str, Any] = {
        "resourceType": "Communication",
        "id": logical_id(message.thread_id, message.seq),
        "meta": {"versionId": "1", "lastUpdated": at},
        "partOf": [{"identifier": {"system": THREAD_SYSTEM, "value": str(message.thread_id)}}],
        "status": "completed",
        "subject": {"reference": f"Patient/{patient}"},
        "sent": at,
    }
    if message.person:
        resource["sender"] = {"reference": message.person}
    if body.text:
        resource["payload"] = [{"contentString": body.text}]
    return resource


def event(message: Said, body: Body, names: Mapping[str, str]) -> dict[str, Any]:
    """The data of a `thread.message` event. The role is a code, since its readers read different languages."""
    return {
        "cid": message.cid,
        "text": body.text,
        "sent_at": moment(message.sent_at),
        "sender": {
            "person": message.person,
            "name": names.get(message.person, ""),
            "role": message.role,
            "organisation": message.organisation,
        },
    }


def moment(at: datetime) -> str:
    """ISO 8601 with the offset of UTC."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def ident(value: str) -> UUID | None:
    """The id of a thread as clients write it; None for anything else."""
    try:
        return UUID(value)
    except ValueError:
        return None


def persons(messages: Iterable[Said]) -> set[str]:
    """Who wrote these messages."""
    return {message.person for message in messages}
