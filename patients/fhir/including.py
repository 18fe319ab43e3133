"""What `_include` and `_revinclude` put beside the matches of a page: documents, and what providers serve.

https://hl7.org/fhir/R4/search.html#include
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from patients.access import Repository
from patients.fhir import registry
from patients.fhir.merging import Row
from patients.fhir.provided import Provided
from patients.records import search
from patients.records.models import Document
from patients.records.search import Along, Includes, Query, Target


@dataclass(frozen=True, slots=True)
class Beside:
    """Each once, and no match among them. With `more` there is more than one page carries."""

    rows: Sequence[Row] = ()
    more: bool = False


def beside(records: Repository, matches: Sequence[Row], wanted: Includes) -> Beside:
    """As far as the actor may see it. The number of statements does not depend on the number of matches."""
    if not (matches and wanted):
        return Beside()
    documents = [row for row in matches if isinstance(row, Document)]
    others = [row for row in matches if isinstance(row, Provided)]
    found = records.beside(documents, wanted, others)
    named = {row.reference for row in matches}
    provided = {row.reference: row for row in _provided(records, matches, wanted) if row.reference not in named}
    rows: list[Row] = [*found.documents, *provided.values()]
    shown = rows[: search.MOST_INCLUDED]
    records.saw("search", [row for row in shown if isinstance(row, Provided)])
    return Beside(shown, found.more or len(rows) > len(shown))


def _provided(records: Repository, matches: Sequence[Row], wanted: Includes) -> Iterator[Provided]:
    most = search.MOST_INCLUDED + 1
    for query in [*_referred_to(records, matches, wanted.forward), *_referring(matches, wanted.reverse)]:
        for provider in registry.providers(query.type):
            yield from provider.find(records, query, None, most)


def _referred_to(records: Repository, matches: Sequence[Row], ways: Sequence[Along]) -> Iterator[Query]:
    """Those to which a match refers: they are known by their ids."""
    if not ways:
        return
    documents = [row for row in matches if isinstance(row, Document)]
    targets = search.targets_of([row for row in matches if isinstance(row, Provided)], ways)
    targets |= search.targets_at(documents, ways, registry.provided_types())
    by_type: dict[str, set[str]] = {}
    for type_, ident in targets:
        if registry.provider_of(type_, ident):
            by_type.setdefault(type_, set()).add(ident)
    for type_, idents in sorted(by_type.items()):
        yield Query(type_, ids=(frozenset(idents),))


def _referring(matches: Sequence[Row], ways: Sequence[Along]) -> Iterator[Query]:
    """Those that refer to a match, by any of the parameters that are named."""
    for type_ in sorted(registry.provided_types()):
        by_target: dict[str, set[str]] = {}
        for way in ways:
            if way.type in ("", type_):
                names = [way.parameter.name] if way.parameter else search.references_of(type_)
                by_target.setdefault(way.target, set()).update(names)
        for target, wanted in sorted(by_target.items()):
            ends = [Target(row.type, row.logical_id) for row in matches if target in ("", row.type)]
            if ends:
                yield Query(type_, conditions=(search.pointing(type_, sorted(wanted), ends),))
