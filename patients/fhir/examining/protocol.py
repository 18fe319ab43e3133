"""How the server and the examiner speak: each part is its length, four bytes, and then itself. JSON, never pickles."""

from __future__ import annotations

from struct import Struct
from typing import Final

import msgspec

from patients.fhir.examining.questions import Question, Verdict

HEAD: Final = Struct("!I")
LONGEST_VERDICT: Final = 1024 * 1024  # bytes

_encoder = msgspec.json.Encoder()
_question = msgspec.json.Decoder(Question)
_verdict = msgspec.json.Decoder(Verdict)


def framed(part: bytes) -> bytes:
    """A part with its length."""
    return HEAD.pack(len(part)) + part


def encode(said: Question | Verdict) -> bytes:
    """A question or verdict as JSON."""
    return _encoder.encode(said)


def question(part: bytes) -> Question:
    """What `encode` was given. Raises msgspec.DecodeError."""
    return _question.decode(part)


def verdict(part: bytes) -> Verdict:
    """What `encode` was given. Raises msgspec.DecodeError."""
    return _verdict.decode(part)
