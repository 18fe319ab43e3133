"""What providers serve of a patient's record (messages of the chat), told after its documents.

The log of who looked is not care: it belongs to the record only where `_type` names AuditEvent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from patients.access import Repository
from patients.access.compartment import CARE_DATED, Wanted
from patients.fhir import registry
from patients.fhir.provided import Place, Provided
from patients.fhir.registry import Provider
from patients.records import search
from patients.records.definitions import SERVED
from patients.records.index.dates import moment
from patients.records.search import Query

LOG: Final = "AuditEvent"


@dataclass(frozen=True, slots=True)
class Mark:
    """How far it has been told: which source, and where in it."""

    source: int
    place: Place


def told(
    records: Repository, patient: str, wanted: Wanted, after: Mark | None = None, *, at_once: int
) -> Iterator[list[tuple[Mark, Provided]]]:
    """What the repository's holder may see of it, the first written first, part by part; `after` a mark or all."""
    for number, (query, provider) in enumerate(_sources(patient, wanted)):
        if after is not None and number < after.source:
            continue
        place = after.place if after is not None and number == after.source else None
        while rows := provider.find(records, query, place, at_once):
            yield [(Mark(number, row.place), row) for row in rows]
            place = rows[-1].place


def _sources(patient: str, wanted: Wanted) -> Sequence[tuple[Query, Provider]]:
    types = wanted.types - {LOG} if wanted.types == SERVED else wanted.types
    return [
        (search.parse(type_, _pairs(type_, patient, wanted)), provider)
        for type_ in sorted(types)
        for provider in registry.providers(type_)
    ]


def _pairs(type_: str, patient: str, wanted: Wanted) -> list[tuple[str, str]]:
    pairs = [("patient", f"Patient/{patient}"), ("_sort", "_lastUpdated")]
    if wanted.since is not None:
        pairs.append(("_lastUpdated", f"ge{_moment(wanted.since)}"))
    main = search.main_date(type_)
    if main is not None and type_ in CARE_DATED:
        bounds = (("ge", wanted.start), ("lt", wanted.end))
        pairs += [(main.name, f"{prefix}{_moment(value)}") for prefix, value in bounds if value is not None]
    return pairs


def _moment(since_1970: int) -> str:
    return moment(since_1970).isoformat(timespec="microseconds")
