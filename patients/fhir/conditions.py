"""Under which condition a request is to be carried out: If-Match, If-None-Match, If-Modified-Since.

https://hl7.org/fhir/R4/http.html#concurrency · https://hl7.org/fhir/R4/http.html#cread · RFC 9110, section 13
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final

from patients.access.versions import Among, Expected, is_met
from patients.errors import Conflict, Invalid
from patients.fhir.asking import Asked
from patients.fhir.outcome import Refused
from patients.records.models import Document

ANY: Final = "*"
OF_READS: Final = ("If-None-Match", "If-Modified-Since")
ALL: Final = ("If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-None-Exist")
OF_WRITES: Final = ("If-Match", "If-None-Match")  # one that does not hold is answered by 412
_NUMBER: Final = re.compile("[1-9][0-9]{0,8}")
_TAG: Final = re.compile(  # and the comma behind it; clients also send the bare number of a version
    r'[ \t]*(?:(?:W/)?(?:"([^\x00-\x20"\x7f]*)"|([1-9][0-9]{0,8}))[ \t]*)?(?:,|\Z)'
)


def if_match(asked: Asked) -> Among | None:
    """The versions that the client has seen, from `If-Match: W/"3"`; None if it does not say.

    Weak tags count, as FHIR has it. A tag that is none of ours is met by no version. Raises Invalid.
    """
    given = asked.request.headers.get("If-Match")
    if given is None:
        return None
    if given.strip() == ANY:
        return Among(None)
    if not (tags := _tags(given)):
        raise _misread("If-Match", 'names versions, like W/"3", or is *: whichever is there')
    return Among(frozenset(int(tag) for tag in tags if _NUMBER.fullmatch(tag)))


def _tags(given: str) -> list[str]:
    """The tags of a list, weak or strong; none where it is no list of tags. RFC 9110, sections 5.6.1 and 8.8.3."""
    tags, at = list[str](), 0
    while at < len(given):
        if (found := _TAG.match(given, at)) is None:
            return []
        tags += [tag for tag in found.groups() if tag is not None]
        at = found.end()
    return tags


def hold_to(seen: Expected | None, document: Document) -> None:
    """Raise Conflict where the client has seen another version than the current one."""
    if not is_met(seen, document):
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
    return given.strip() == ANY or tag in _tags(given)


def refuse_others(asked: Asked, understood: Iterable[str]) -> None:
    """Raise Refused for conditions that are not understood: no write is carried out as if they were not there."""
    for name in ALL:
        if name not in understood and asked.request.headers.get(name) is not None:
            text = f"The condition {name} is not supported here. Nothing was written."
            raise Refused(400, text, where=f"http.{name.lower()}")


def _misread(name: str, why: str) -> Invalid:
    return Invalid(f"{name} {why}.", code="value", where=f"http.{name.lower()}")
