"""Conditions on other documents: `subject:Patient.name`, `_has:Observation:patient:code`, and both in one another.

https://hl7.org/fhir/R4/search.html#chaining · https://hl7.org/fhir/R4/search.html#has
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from patients.errors import Invalid
from patients.records import definitions
from patients.records.search.offers import Offer, offers
from patients.records.search.query import Link, Query
from patients.records.search.values import refused

MOST_LINKS: Final = 3  # of one chain
MOST_TYPES: Final = 4  # that a chain may mean without naming one
HAS: Final = "_has"

Narrowed = Callable[[str, str, str, int], Query]


def is_link(name: str) -> bool:
    """Whether a parameter's name leads to another document."""
    return name.partition(":")[0] == HAS or "." in name


def link(type_: str, name: str, given: str, depth: int, narrowed: Narrowed) -> Link:
    """Understand a chain or `_has`. `narrowed` gives the query for what is asked of the other document."""
    if depth >= MOST_LINKS:
        raise refused(name, f"leads through more than {MOST_LINKS} references", "too-costly")
    if name.partition(":")[0] == HAS:
        return _reverse(type_, name, given, depth, narrowed)
    return _chain(type_, name, given, depth, narrowed)


def _reverse(type_: str, name: str, given: str, depth: int, narrowed: Narrowed) -> Link:
    parts = name.split(":", 3)
    if len(parts) < 4 or not all(parts):
        raise refused(name, "is written as _has:Type:reference:parameter")
    _, other, by, rest = parts
    if other not in definitions.SERVED:
        raise refused(name, f"asks for {other[:40]}, which is not served here", "not-supported")
    offer = _reference(name, other, by)
    if type_ not in offer.types:
        raise refused(name, f"goes by “{by}”, which does not point to {type_}", "not-supported")
    return Link(offer.parameter, (narrowed(other, rest, given, depth + 1),), reverse=True)


def _chain(type_: str, name: str, given: str, depth: int, narrowed: Narrowed) -> Link:
    head, _, rest = name.partition(".")
    plainly, _, wanted = head.partition(":")
    offer = _reference(name, type_, plainly)
    parameter, allowed = offer.parameter, offer.types
    if wanted:
        if wanted not in allowed:
            raise refused(name, f"goes to {wanted[:40]}, which “{plainly}” does not point to here", "not-supported")
        return Link(parameter, (narrowed(wanted, rest, given, depth + 1),))
    meant = [other for other in allowed if _knows(other, rest)]
    if len(meant) > MOST_TYPES:
        raise refused(name, f"may mean {len(meant)} types: name one, as in {plainly}:{meant[0]}.{rest}"[:160])
    queries = []
    for other in meant:
        try:
            queries.append(narrowed(other, rest, given, depth + 1))
        except Invalid as problem:  # further on it means nothing for this type, but perhaps for another
            if len(meant) == 1 or problem.findings[0].code != "not-supported":
                raise
    if not queries:
        raise refused(name, f"is known for nothing that “{plainly}” points to", "not-supported")
    return Link(parameter, tuple(queries))


def _reference(name: str, type_: str, by: str) -> Offer:
    """The reference that a chain goes along. Raises Invalid, naming it."""
    offer = offers(type_).get(by)
    if offer is None or offer.parameter.kind != "reference":
        raise refused(name, f"goes by “{by[:40]}”, which is no reference of {type_}", "not-supported")
    if not offer.chained:
        raise refused(name, f"goes by “{by}”, which {offer.why_not_chained}", "not-supported")
    return offer


def _knows(type_: str, rest: str) -> bool:
    """Whether what is asked further on means anything for this type."""
    first = rest.partition(".")[0].partition(":")[0]
    return first.startswith("_") or first in offers(type_)


def counted(query: Query) -> int:
    """How many documents a search may have to look up for each one it tests."""
    found = 0
    for each in query.conditions:
        if isinstance(each, Link):
            found += sum(1 + counted(other) for other in each.queries)
    return found
