"""How names and other texts are compared: without case, accents and punctuation, and ä as ae."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

SHORTEST: Final = 3  # letters of a prefix that can be searched
LONGEST: Final = 32

_GERMAN: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "œ": "oe", "å": "a"})
_BETWEEN: Final = re.compile(r"[\W_]+")


@lru_cache(maxsize=16_384)
def folded(text: str) -> str:
    """`Müller-Lüdenscheidt` and `MUELLER LUEDENSCHEIDT` both become `mueller luedenscheidt`."""
    lower = unicodedata.normalize("NFC", text).casefold().translate(_GERMAN)
    letters = "".join(sign for sign in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(sign))
    return _BETWEEN.sub(" ", letters.casefold()).strip()


def prefixes(text: str, shortest: int = SHORTEST) -> list[str]:
    """The prefixes by which a folded text is found, from so many letters on."""
    return [text[:length] for length in range(shortest, min(len(text), LONGEST) + 1)]


def parts(text: str) -> list[str]:
    """A folded text from each of its words on: `mueller luedenscheidt` and `luedenscheidt`."""
    words = text.split()
    return [" ".join(words[number:]) for number in range(len(words))]
