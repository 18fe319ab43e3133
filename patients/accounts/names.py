"""Sign-in names: staff in clear, patients and relatives as a keyed HMAC, so that a dump names none of them."""

from __future__ import annotations

import re
import unicodedata

from patients import vault

_STAFF = re.compile(r"[a-z0-9](?:[a-z0-9._@+-]{0,38}[a-z0-9])?")


def folded(name: str) -> str:
    """As names are compared: without case, outer space and the differences that Unicode allows in writing."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def hidden(name: str) -> str:
    """What is stored instead of a patient's or relative's name: 64 hexadecimal digits."""
    return vault.mac("sign-in name", folded(name)).hex()


def fits_staff(name: str) -> bool:
    """Staff names are short and plain: they can never be mistaken for a hidden one."""
    return _STAFF.fullmatch(folded(name)) is not None
