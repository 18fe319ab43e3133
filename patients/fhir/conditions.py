"""Under which condition a request is to be carried out: If-Match, If-None-Match, If-Modified-Since.

https://hl7.org/fhir/R4/http.html#concurrency · https://hl7.org/fhir/R4/http.html#cread · RFC 9110, section 13
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final

from patients.errors import Conflict, Invalid
from patients.fhir.asking import Asked
from patients.fhir.outcome import Refused

ANY: Final = "*"
OF_READS: Final = ("If-None-Match", "If-Modified-Since")
ALL: Final = ("If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-None-Exist")
OF_WRITES: Final = ("If-Match", "If-None-Match")  # one that does not hold is answered by 412
_ETAG: Final = re.compile(r'\s*(?:W/)?"?([1-9][0-9]{0,8})"?\s*')


def if_match(asked: Asked) -> int | None:
    """The version that the client has seen, from `If-Match: W/"3"`; None if it does not say."""
    given = asked.request.headers.get("If-Match")
    if given is None:
        return None
    if (found := _ETAG.fullmatch(given)) is None:
        raise _misread("If-Match", 'names one version, like W/"3"')
    return int(found[1])


def hold_to(seen: int | None, version: int) -> None:
    """Raise Conflict where the client has seen another version than the current one."""
    if seen is not None and seen != version:
        raise Conflict("This was changed meanwhile. Read it again, then decide.")


def only_new(asked: Asked) -> bool:
    """Whether the client writes only where nothing stands yet: `If-None-Match: *`."""
    given = asked.request.headers.get("If-None-Match")
    if given is None:
        return False
    if given.strip() != ANY:
        raise _misread("If-None-Match", "is * on a write: create it, unless it exists")
    return True


def not_modified(asked: Asked, version: int, changed: datetime) -> bool:
    """Whether the client has this version already. A version that it names counts before a date."""
    if asked.request.headers.get("If-None-Match") is not None:
        return names(asked, str(version))
    since = asked.request.headers.get("If-Modified-Since")
    if since is None:
        return False
    try:
        return changed.replace(microsecond=0) <= parsedate_to_datetime(since)
    except (ValueError, TypeError):  # no date, or one without a time zone: RFC 9110 says to ignore it
        return False


def names(asked: Asked, tag: str) -> bool:
    """Whether If-None-Match is there and names this tag, weak or strong, or any."""
    given = asked.request.headers.get("If-None-Match", "")
    return given.strip() == ANY or tag in [each.strip().removeprefix("W/").strip('"') for each in given.split(",")]


def refuse_others(asked: Asked, understood: Iterable[str]) -> None:
    """Raise Refused for conditions that are not understood: no write is carried out as if they were not there."""
    for name in ALL:
        if name not in understood and asked.request.headers.get(name) is not None:
            text = f"The condition {name} is not supported here. Nothing was written."
            raise Refused(400, text, where=f"http.{name.lower()}")


def _misread(name: str, why: str) -> Invalid:
    return Invalid(f"{name} {why}.", code="value", where=f"http.{name.lower()}")
