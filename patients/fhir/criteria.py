"""Which resource a conditional write means: the one that matches a search, among those that the client may see.

A match is found before the write, so that nothing is validated inside a transaction; inside it, `hold` makes sure that
it is still so and stays so: whoever names the same criteria waits for the end of this transaction.
https://hl7.org/fhir/R4/http.html#ccreate
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, TypeVar
from urllib.parse import urlencode

from patients.access import Repository
from patients.database import in_turn
from patients.errors import Conflict, Invalid
from patients.fhir import asking
from patients.fhir.asking import Pairs
from patients.records import search
from patients.records.models import Document

R = TypeVar("R")

TRIES: Final = 5
_OF_ALL_TYPES: Final = ("_id", "_tag", "_profile", "_security", "_source", "_lastUpdated", "_has")


class Moved(Exception):
    """Others have changed meanwhile what matches: begin again. It never leaves `settled`."""


@dataclass(frozen=True, slots=True)
class Criteria:
    """A search that is meant to find one resource."""

    type: str
    pairs: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        """The same for the same criteria in any order."""
        return f"{self.type}?{urlencode(sorted(self.pairs))}"


@dataclass(frozen=True, slots=True)
class Match:
    """What was found: a document, or none."""

    criteria: Criteria
    document: Document | None


def of(type_: str, pairs: Pairs, *, where: str) -> Criteria:
    """The criteria in the parameters of an address. Raises Invalid unless they say which resource is meant."""
    meant = tuple(about_resources(pairs))
    if not meant:
        text = "Say by search parameters which resource is meant, such as identifier=system|value."
        raise Invalid(text, code="required", where=where)
    for name, _ in meant:
        plainly = name.partition(":")[0]
        if plainly.startswith("_") and plainly not in _OF_ALL_TYPES:
            raise Invalid(f"{plainly[:64]} says nothing about which resource is meant.", where=where)
    search.parse(type_, meant)  # raises now, while it is about the request and not about what its body says
    return Criteria(type_, meant)


def about_resources(pairs: Pairs) -> Pairs:
    """The parameters of an address but for those about the answer."""
    return [pair for pair in pairs if pair[0] not in asking.ABOUT_THE_ANSWER]


def in_text(type_: str, text: str, *, where: str) -> Criteria:
    """The criteria in a header or an element: `identifier=…`, or `Patient?identifier=…` of the same type."""
    return of(type_, asking.parameters(text.removeprefix(f"{type_}?").removeprefix("?")), where=where)


def match(records: Repository, criteria: Criteria) -> Match:
    """Find it; logged as a search. Raises Conflict where several match."""
    return Match(criteria, records.only_match(criteria.type, criteria.pairs))


def hold(records: Repository, matches: Iterable[Match]) -> None:
    """Inside `write()`: from here to its end these matches stay as they are. Raises Moved if one is no longer so."""
    matches = list(matches)
    in_turn(one.criteria.name for one in matches)
    for one in matches:
        if not records.matches_still(one.criteria.type, one.criteria.pairs, one.document):
            raise Moved


def settled(attempt: Callable[[], R]) -> R:
    """Carry out what holds matches; again where others came first. Raises Conflict if they always do."""
    for _ in range(TRIES):
        try:
            return attempt()
        except Moved:
            continue
    raise Conflict("Others are writing the same at this moment. Please send it again.")
