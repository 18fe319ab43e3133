"""What the conditional references of a transaction mean. https://hl7.org/fhir/R4/http.html#trules

They are resolved last, so they mean what is there when all is written: what was there and stays, and what is written
now. Of the latter are known what the same criteria create or update, and what has the identifier that is asked for.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from patients.access import Repository
from patients.errors import Conflict, Invalid
from patients.fhir import criteria
from patients.fhir.bundles.references import conditional
from patients.fhir.criteria import Criteria
from patients.fhir.outcome import Refused
from patients.records import definitions, search
from patients.records.wire import Json

MOST_CRITERIA: Final = 1_000  # each costs a search

Asked = tuple[str, str | None, str | None]  # type, system and value; None is any


class Meanings:
    """First it is told all that is written; then `find` looks, and `leads` grows."""

    def __init__(self, records: Repository) -> None:
        self.leads: dict[str, str] = {}
        self._records = records
        self._under: dict[str, str] = {}
        self._gone: set[str] = set()
        self._written: set[str] = set()
        self._identified: dict[Asked, set[str]] = defaultdict(set)

    def under(self, wanted: Criteria, reference: str) -> None:
        """These criteria are those of a write about this resource."""
        self._under[wanted.name] = reference

    def without(self, reference: str) -> None:
        """It is deleted."""
        self._gone.add(reference)

    def written(self, reference: str, resource: Json) -> None:
        """It is created or updated; what it holds may not be valid."""
        self._written.add(reference)
        type_, given = reference.partition("/")[0], resource.get("identifier")
        for one in given if isinstance(given, list) else [given]:
            if isinstance(one, dict):
                system, value = str(one.get("system", "")), str(one.get("value", "")).casefold()
                for asked in ((type_, system, value), (type_, None, value), (type_, system, None)):
                    self._identified[asked].add(reference)

    def find(self, resource: Json) -> None:
        """Add to `leads` where the conditional references in it lead to. Raises Refused, Conflict and Invalid."""
        for written, type_, text in conditional(resource):
            if written in self.leads:
                continue
            if len(self.leads) >= MOST_CRITERIA:
                words = f"The transaction has more than {MOST_CRITERIA:,} different conditional references."
                raise Invalid(words, code="too-costly")
            self.leads[written] = self._meant(type_, text, written)

    def _meant(self, type_: str, text: str, written: str) -> str:
        if type_ not in definitions.SERVED:
            raise Refused(404, f"{type_} is no type that is served here.")
        wanted = criteria.in_text(type_, text, where=type_)
        if (reference := self._under.get(wanted.name)) is not None:
            return reference
        document = criteria.match(self._records, wanted).document
        found = {document.reference} - self._gone if document else set()
        if (asked := _identifiers(wanted)) is not None:
            found -= self._written
            found |= set().union(*(self._identified.get(one, set()) for one in asked))
        if not found:
            raise Refused(412, f"Nothing matches the reference {written[:200]}.", "not-found")
        if len(found) > 1:
            raise Conflict("Several match. Say more precisely which one is meant.", code="multiple-matches")
        return found.pop()


def _identifiers(wanted: Criteria) -> list[Asked] | None:
    """The identifiers that these criteria name, if they name nothing else."""
    if len(wanted.pairs) > 1:
        return None
    match search.parse(wanted.type, wanted.pairs).conditions:
        case (search.Condition(modifier="", missing=None) as one,) if one.parameter.name == "identifier":
            return [
                (wanted.type, value.system, value.code and value.code.casefold())
                for value in one.values
                if isinstance(value, search.Coded)
            ]
    return None
