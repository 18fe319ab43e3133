"""Who is on the other side of a socket. A credential is kept with the socket, so that it can be asked again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from patients.accounts.actor import Actor

Kind = Literal["session", "token"]
Find = Callable[[str], Actor | None]


@dataclass(frozen=True, slots=True)
class Credential:
    """What the client showed: the key of a session, or a bearer token."""

    kind: Kind
    value: str


_finders: dict[Kind, list[Find]] = {"session": [], "token": []}


def register(kind: Kind, find: Find) -> None:
    """Let `find(session key | token)` say who that is, or None. Several may be registered: the first answer counts."""
    if find not in _finders[kind]:
        _finders[kind].append(find)


def actor_of(credential: Credential) -> Actor | None:
    """Who this is now; None when signed out, deactivated or unknown. Reads the database."""
    for find in _finders[credential.kind]:
        actor = find(credential.value)
        if actor is not None:
            return actor if actor.active else None
    return None
