"""A search as a client wrote it: what is looked for, what shall stand beside it, how much of it is told.

https://hl7.org/fhir/R4/search.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from patients.errors import Finding, Invalid
from patients.fhir import registry, subset
from patients.fhir.asking import ABOUT_THE_ANSWER, Pairs
from patients.fhir.subset import Subset
from patients.records import search
from patients.records.search import CURSOR, Includes, Link, Query, refused

TYPES: Final = "_type"
HOLDER: Final = "_holder"  # in what a cursor knows its search by; no parameter
NEVER_EMPTY: Final = (CURSOR, "_page")  # who loses one would read the first page again and again
OF_THE_EDGE: Final = ("_include", "_revinclude", subset.ELEMENTS, subset.SUMMARY)
NARROWING: Final = frozenset({TYPES, "_id", "_lastUpdated", "_tag", "_profile", "_security", "_source"})


@dataclass(frozen=True, slots=True)
class Sought:
    """What a search asks for."""

    queries: tuple[Query, ...]  # one for each type
    told: Pairs  # for links: what was understood, without the place of the page
    includes: Includes
    subset: Subset
    ignored: tuple[str, ...] = ()  # what was passed over, each in words


def understood(
    types: Sequence[str], pairs: Pairs, *, lenient: bool, holder: str, within: tuple[str, str] | None = None
) -> Sought:
    """What the parameters ask for. What is not supported is refused by name or, if `lenient`, ignored and told.

    `within` names the resource in whose compartment is searched; `holder` who asks: a link to a further page is of no
    use to anybody else. Raises Invalid.
    """
    ignored: list[str] = []
    if lenient:
        pairs, ignored = _supported(types, pairs)
    includes, told_of = search.parse_includes(types, pairs), subset.parse(pairs, types)
    if includes and told_of.summary == "text":
        raise refused("_summary", "cannot be “text” together with _include or _revinclude")
    for_records = [
        pair for pair in pairs if _plainly(pair[0]) not in OF_THE_EDGE or pair == (subset.SUMMARY, subset.COUNT)
    ]
    queries = [_parsed(type_, for_records) for type_ in types]
    queries = [replace(query, pairs=(*query.pairs, (HOLDER, holder))) for query in queries]
    return Sought(
        tuple(queries if within is None else (search.within(query, *within) for query in queries)),
        [pair for pair in pairs if pair[0] not in (CURSOR, *ABOUT_THE_ANSWER)],
        includes,
        told_of,
        tuple(ignored),
    )


def said(pairs: Pairs) -> Pairs:
    """The parameters that have a value: empty ones are ignored. https://hl7.org/fhir/R4/search.html#errors"""
    return [(name, value) for name, value in pairs if value or name in NEVER_EMPTY]


def types_among(offered: Iterable[str], pairs: Pairs) -> tuple[tuple[str, ...], Pairs]:
    """The types that `_type` names among those that are offered, or all; and the other parameters. Raises Invalid."""
    given = [value for name, value in pairs if name == TYPES]
    others = [pair for pair in pairs if pair[0] != TYPES]
    if not given:
        return tuple(sorted(offered)), others
    named = given[0].split(",")
    if len(given) > 1:
        raise refused(TYPES, "is given twice")
    other = next((each for each in named if each not in offered), None)
    if other is not None:
        raise refused(TYPES, f"names “{other[:40]}”, which is not searched here")
    return tuple(sorted(set(named))), others


def refuse_unbounded(pairs: Pairs) -> None:
    """Raise Invalid for a search of the whole system that names nothing at all: it would walk through all there is."""
    if not any(_plainly(name) in NARROWING for name, _ in pairs):
        words = f"A search of the whole system names {TYPES} or one of {', '.join(sorted(NARROWING - {TYPES}))}."
        raise Invalid(words, code="too-costly", where=TYPES)


def _parsed(type_: str, pairs: Pairs) -> Query:
    query = search.parse(type_, pairs)
    _refuse_links_to_provided(query)
    return query


def _refuse_links_to_provided(query: Query) -> None:
    """Raise Invalid where a chain or `_has` leads to a type that is also served from other tables: only documents are
    followed, and what is found would be less than there is.
    """
    for link in (each for each in query.conditions if isinstance(each, Link)):
        for further in link.queries:
            if further.type in registry.provided_types():
                name = "_has" if link.reverse else link.parameter.name
                why = f"leads to {further.type}, which is not followed here; name another type"
                raise refused(name, why, "not-supported")
            _refuse_links_to_provided(further)


def _supported(types: Sequence[str], pairs: Pairs) -> tuple[Pairs, list[str]]:
    """The pairs that can be answered, and what is said of the others."""
    kept, ignored = [], []
    for pair in pairs:
        why = _not_supported(_reader(types, pair), [pair])
        if why and not _has_a_modifier(types, pair[0]):
            ignored.append(why)
        else:
            kept.append(pair)
    return kept, ignored


def _has_a_modifier(types: Sequence[str], name: str) -> bool:
    """Whether a parameter that is known stands with a modifier: one that does not fit is refused, however lenient who
    asks may be. https://hl7.org/fhir/R4/search.html#modifiers
    """
    if search.is_link(name):
        last = name.split(":", 3)[-1] if name.startswith("_has:") else name
        return ":" in last.rpartition(".")[2]
    plainly, colon, _ = name.partition(":")
    return bool(colon) and any(plainly in search.offers(type_) for type_ in types)


def _reader(types: Sequence[str], pair: tuple[str, str]) -> Callable[[Pairs], Any]:
    match _plainly(pair[0]):
        case "_include" | "_revinclude":
            return lambda pairs: search.parse_includes(types, pairs)
        case subset.ELEMENTS | subset.SUMMARY | search.CURSOR:
            return lambda pairs: None
    return lambda pairs: [_parsed(type_, pairs) for type_ in types]


def _not_supported(read: Callable[[Pairs], Any], pairs: Pairs) -> str:
    """Why these cannot be answered; empty where they can, or where they are known and only badly written."""
    try:
        read(pairs)
    except Invalid as problem:
        if all(finding.code == "not-supported" for finding in problem.findings):
            return problem.text
    return ""


def _plainly(name: str) -> str:
    return name.partition(":")[0]


def warnings(sought: Sought, more: bool) -> Iterable[Finding]:
    """What the client is told beside the results."""
    for why in sought.ignored:
        yield Finding(f"{why} It was ignored.", "not-supported")
    if more:
        text = (
            f"More than {search.MOST_INCLUDED:,} resources belong beside this page; the rest is left out. Ask for "
            "fewer matches (_count), or search for the others directly."
        )
        yield Finding(text, "too-costly")
