"""The words of `telecare.v1`: frames as JSON text, close codes, and what is refused. Knows no socket.

Frames and codes: DESIGN §6.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import IntEnum
from typing import Any
from uuid import UUID

import msgspec
from django.utils.translation import gettext as _

from patients.errors import Finding, Invalid, Problem
from patients.records import wire

SUBPROTOCOL = "telecare.v1"
ORDINARY_LIMIT = 64 * 1024  # characters of a frame
SIGNAL_LIMIT = 256 * 1024  # a session description of a call with all its candidates stays far below
LONGEST_ID = 64
MOST_DEPTH = wire.MOST_DEPTH  # objects and lists within each other


class Close(IntEnum):
    """Why the server ends a socket."""

    RESTART = 1012  # come back in a moment
    HEARTBEAT = 4009  # the other side has gone silent
    SIGNED_OUT = 4401
    REFUSED = 4403
    SLOW = 4408  # too far behind: open anew with `after`
    FLOOD = 4429  # the reason carries retry-after in seconds


class Frame:
    """One command of a client. The getters raise Invalid and name the field."""

    __slots__ = ("do", "id", "size", "values")

    def __init__(self, values: Mapping[str, Any], size: int) -> None:
        ident, do = values.get("id"), values.get("do")
        if not isinstance(do, str) or not do:
            raise Invalid(_("A frame needs a command."), Finding(_("The field is missing."), "required", "do"))
        self.id = checked_id(ident)
        self.do = do
        self.size = size
        self.values = values

    def text(self, name: str, *, most: int = 4096, default: str | None = None) -> str:
        """A text of 1 to `most` characters."""
        value = self.values.get(name, default)
        if not isinstance(value, str) or (not value and default is None):
            raise _wrong(name, _("A text is missing here."), "required")
        if len(value) > most:
            raise _wrong(name, _("At most %(most)d characters.") % {"most": most}, "too-long")
        return value

    def number(self, name: str, *, default: int | None = None, most: int = 2**53) -> int:
        """A whole number from 0 to `most`."""
        value = self.values.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
            raise _wrong(name, _("A whole number is missing here."), "value")
        return value

    def uuid(self, name: str) -> UUID:
        """A UUID in its usual form."""
        value = self.text(name, most=36)
        try:
            return UUID(value)
        except ValueError:
            raise _wrong(name, _("This is not a UUID."), "value") from None


def checked_id(ident: object) -> int | str | None:
    """A client's number for its frame: a whole number or a short text. Anything else counts as none."""
    if isinstance(ident, str) and len(ident) <= LONGEST_ID:
        return ident
    if isinstance(ident, int) and not isinstance(ident, bool) and abs(ident) <= 2**53:
        return ident
    return None


def parse(text: str) -> dict[str, Any]:
    """The object of a frame. Raises Invalid for what is no JSON object, is too deep, carries a broken character or says
    something twice.
    """
    if len(text) > SIGNAL_LIMIT:
        raise Invalid(_("This frame is too long."))
    try:
        values = msgspec.json.decode(text)
    except RecursionError as problem:
        raise Invalid(_("This frame is nested too deeply.")) from problem
    except (msgspec.MsgspecError, UnicodeError) as problem:
        raise Invalid(_("This frame is not JSON.")) from problem
    if not isinstance(values, dict):
        raise Invalid(_("A frame is a JSON object."))
    if text.count("{") + text.count("[") > MOST_DEPTH and wire.deeper_than(values, MOST_DEPTH):
        raise Invalid(_("This frame is nested too deeply."))
    # The same text again, only without spaces: nothing was lost, so no key stood twice. Nearly every frame is such.
    if msgspec.json.format(text, indent=-1).encode() != msgspec.json.encode(values):
        _refuse_a_key_twice(text)
    return values


def _refuse_a_key_twice(text: str) -> None:
    """Raise Invalid where an object has a key twice: readers would differ. The text is known to be JSON."""

    def collected(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise Invalid(_("This frame has a key twice."))
        return found

    try:
        json.loads(text, object_pairs_hook=collected)
    except ValueError as problem:
        raise Invalid(_("This frame is not JSON.")) from problem


def ok(ident: int | str | None, result: Mapping[str, Any] | None) -> str:
    """The answer to a command that was carried out."""
    return _text({"re": ident, "ok": result or {}})


def refusal(ident: int | str | None, problem: Problem) -> str:
    """The answer to a command that was not: its kind, a text that says what to do, and the fields concerned."""
    error: dict[str, Any] = {"kind": problem.kind, "text": problem.text}
    if fields := [{"field": finding.where, "text": finding.text} for finding in problem.findings]:
        error["fields"] = fields
    return _text({"re": ident, "error": error})


def event(on: str, topic: str | None, seq: int | None, data: Any) -> str:
    """An event of a topic."""
    frame: dict[str, Any] = {"on": on}
    if topic is not None:
        frame["topic"] = topic
    if seq is not None:
        frame["seq"] = seq
    if data is not None:
        frame["data"] = data
    return _text(frame)


def _text(frame: dict[str, Any]) -> str:
    return msgspec.json.encode(frame).decode()


def _wrong(name: str, text: str, code: str) -> Invalid:
    return Invalid(_("This frame cannot be used: %(field)s.") % {"field": name}, Finding(text, code, name))
