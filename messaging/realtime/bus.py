"""How the processes of one deployment tell each other news. The row is the truth; what travels here is a hint."""

from __future__ import annotations

from typing import Any

import msgspec

CHANNEL = "telecare:news"


class News(msgspec.Struct, tag="news", array_like=True, frozen=True):
    """Something happened on a topic. With a seq, each process reads the row itself; `data` carries ids only."""

    topic: str
    on: str
    seq: int | None = None
    data: Any = None
    urgent: bool = False


class Cut(msgspec.Struct, tag="cut", array_like=True, frozen=True):
    """An account (or one of its sessions) may have lost its right to be here: ask again at once."""

    account: int | None
    session: str | None = None


class Changed(msgspec.Struct, tag="changed", array_like=True, frozen=True):
    """The rights on a patient have changed (None: on any): ask again at once who may listen."""

    patient: str | None = None


class Present(msgspec.Struct, tag="present", array_like=True, frozen=True):
    """Who listens to a topic in one process. Told on change and with every beat; a silent process is forgotten."""

    process: str
    topic: str
    persons: list[str]


class Resync(msgspec.Struct, tag="resync", array_like=True, frozen=True):
    """News may have been lost: catch up from the rows."""


Message = News | Cut | Changed | Present | Resync


class Letter(msgspec.Struct, array_like=True, frozen=True):
    """What travels: messages of one process. A process does not read its own letters."""

    process: str
    messages: list[Message]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Letter)


def sealed(letter: Letter) -> bytes:
    return _encoder.encode(letter)


def opened(content: bytes) -> Letter:
    """Raises msgspec.MsgspecError for what is no letter of ours."""
    return _decoder.decode(content)
