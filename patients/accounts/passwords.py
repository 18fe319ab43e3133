"""Which passwords are refused: short, guessable, or known from a breach. All of it is looked up here, nothing is asked.

The list of breaches is optional: a text file of SHA-1 digests in hexadecimal, in order, one a line, with or without
`:count` behind it, as https://haveibeenpwned.com/Passwords gives them (whole, or cut to the same number of digits).
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from patients.accounts import german, places
from patients.accounts.models import User

LEAST: Final = {User.Kind.STAFF: 12}
LEAST_OF_OTHERS: Final = 10
_SCORE: Final = 3  # of 4: safely unguessable, more than 10^8 guesses (https://github.com/dropbox/zxcvbn)
_LOOKED_AT: Final = 72  # letters; what is longer is not guessed by words
_LINE: Final = 200  # bytes; no line of such a file is longer


class Length:
    """Long enough for what the account may see."""

    def validate(self, password: str, user: Any = None) -> None:
        least = LEAST.get(getattr(user, "kind", User.Kind.STAFF), LEAST_OF_OTHERS)
        if len(password) < least:
            raise ValidationError(
                _("This password is too short: it needs at least %(number)d characters.") % {"number": least}
            )

    def get_help_text(self) -> str:
        return ""


class Guessable:
    """Not made of words, names, dates and rows of keys that guessing begins with, in English and German."""

    def validate(self, password: str, user: Any = None) -> None:
        from zxcvbn import zxcvbn  # its lists of words are needed for this alone

        if zxcvbn(password[:_LOOKED_AT], [*_words_around(user), *german.words()])["score"] < _SCORE:
            raise ValidationError(
                _("This password is easy to guess. Take four or five words that have nothing to do with each other.")
            )

    def get_help_text(self) -> str:
        return ""


class Breached:
    """Not in the operator's list of passwords that were stolen elsewhere (TELECARE_BREACHED_PASSWORDS)."""

    def validate(self, password: str, user: Any = None) -> None:
        where = settings.BREACHED_PASSWORDS
        if where is not None and stands_in(where, password):
            raise ValidationError(
                _("This password was stolen elsewhere and is on lists that attackers try. Please choose another.")
            )

    def get_help_text(self) -> str:
        return ""


def _words_around(user: Any) -> list[str]:
    """Names that somebody who knows this person tries first: theirs, those of where they work, and the district's."""
    person = getattr(user, "person", "")
    around = [getattr(user, "username", ""), getattr(user, "name", ""), *places.around(person), settings.DISTRICT]
    parts = dict.fromkeys(re.split(r"[\W_]+", " ".join(around).lower()))
    own = [spelling for word in parts if 2 < len(word) < 30 for spelling in german.spellings(word)]
    return [*own, *(one + two for one in own for two in own if one != two)]


def stands_in(file: Path, password: str) -> bool:
    """Whether a list in order holds this password: some 30 short reads, however large it is. Raises OSError."""
    digest = hashlib.sha1(password.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest().upper().encode()
    with file.open("rb") as lines:
        low, high = 0, lines.seek(0, 2)
        while low < high:  # of the lines that begin in [low, high), is ours one?
            middle = (low + high) // 2
            start, entry = _line_from(lines, middle)
            if not entry or start >= high:
                high = middle
            elif digest.startswith(entry):
                return True
            elif entry < digest:
                low = start + 1
            else:
                high = middle
    return False


def _line_from(lines: Any, place: int) -> tuple[int, bytes]:
    """The first line that begins at `place` or after it: where, and its digest ("" at the end of the file)."""
    start = max(place - 1, 0)
    lines.seek(start)
    read = lines.read(2 * _LINE)
    if place:
        end = read.find(b"\n")
        if end < 0:
            return start + len(read), b""
        start, read = start + end + 1, read[end + 1 :]
    return start, read.split(b"\n", 1)[0].split(b":", 1)[0].strip().upper()
