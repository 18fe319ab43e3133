"""A doctor's statement on whether a person can decide for themselves, as FHIR; and read back.

An Observation with our code: performed by the doctor who states it, dated, never computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from patients.access import codes

Resource = dict[str, Any]

_SYSTEM: Final = f"{codes.OURS}/CodeSystem/observation"
_VALUES: Final = f"{codes.OURS}/CodeSystem/capacity"
CAPACITY: Final = "capacity-to-decide"
TOKEN: Final = f"{_SYSTEM}|{CAPACITY}"


class Finding(StrEnum):
    """What the doctor states."""

    ABLE = "able"
    PARTLY = "partly"
    UNABLE = "unable"


@dataclass(frozen=True, slots=True)
class Statement:
    """Read back. `by` is a Practitioner; `matter` says what the statement is about, in the doctor's words."""

    finding: Finding
    stated_date: date
    by: str
    matter: str


def capacity(patient: str, *, finding: Finding, matter: str, stated_date: date, by: str, word: str) -> Resource:
    """The Observation; `word` is the finding as people read it."""
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": _SYSTEM, "code": CAPACITY}]},
        "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": stated_date.isoformat(),
        "performer": [{"reference": by}],
        "valueCodeableConcept": {"coding": [{"system": _VALUES, "code": str(finding)}], "text": word},
        "note": [{"text": matter}],
    }


def is_capacity(content: Resource) -> bool:
    """Whether this is such a statement."""
    codings = content.get("code", {}).get("coding", ())
    return any((one.get("system"), one.get("code")) == (_SYSTEM, CAPACITY) for one in codings)


def statement_of(content: Resource) -> Statement | None:
    """What was stated; None for what was taken back or says something else."""
    values = content.get("valueCodeableConcept", {}).get("coding", ())
    code = next((str(one.get("code")) for one in values if one.get("system") == _VALUES), "")
    day = _day(content.get("effectiveDateTime"))
    if not is_capacity(content) or code not in set(Finding) or day is None or content["status"] == "entered-in-error":
        return None
    by = next((str(one.get("reference", "")) for one in content.get("performer", ())), "")
    matter = " ".join(str(one.get("text", "")) for one in content.get("note", ()))
    return Statement(Finding(code), day, by, matter)


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError:
        return None
