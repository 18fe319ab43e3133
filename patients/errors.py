"""The four ways in which a request can be wrong, and one in which we can be. The text is shown: it says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with an input: a code of FHIR's issue-type value set, a text and where it is."""

    text: str
    code: str = "invalid"  # http://hl7.org/fhir/R4/valueset-issue-type.html
    where: str = ""  # FHIRPath or field name


class Problem(Exception):
    """Base of all errors that a service raises on purpose. `text` is safe to show.

    Where `code` or `where` is given, the text is a finding itself, see there. Others are given as they are.
    """

    kind = "problem"
    refused: tuple[object, ...] = ()  # entries that the edge logs after rollback, see patients.access.refusals
    number: int | None = None  # which one of several that are written together it is about

    def __init__(self, text: str, *findings: Finding, code: str = "", where: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.findings = (Finding(text, code or "invalid", where), *findings) if code or where else findings


@contextmanager
def numbered(number: int) -> Iterator[None]:
    """A problem inside is about this one of several that are written together."""
    try:
        yield
    except Problem as problem:
        problem.number = number
        raise


class Invalid(Problem):
    """The input cannot be accepted. Each finding names a place."""

    kind = "invalid"


class Denied(Problem):
    """This person may not do this, and may know that it exists."""

    kind = "denied"


class Missing(Problem):
    """It does not exist, or this person may not know that it does. Both answer alike."""

    kind = "missing"


class Gone(Missing):
    """It existed, this person was allowed to see it, and it was deleted."""

    kind = "gone"


class Conflict(Problem):
    """The state has changed meanwhile: read again, then decide. Nothing was written."""

    kind = "conflict"


class Unavailable(Problem):
    """The system itself cannot do it now (disk full, a part is down). Nothing was written; trying later may help."""

    kind = "unavailable"
