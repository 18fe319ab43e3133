"""search-type, search-system and search in a compartment, each by GET and by POST.

https://hl7.org/fhir/R4/http.html#search · https://hl7.org/fhir/R4/http.html#vsearch
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from django.http import HttpResponse

from patients import vault
from patients.errors import Invalid
from patients.fhir import asking, including, merging, responses, searching
from patients.fhir.asking import Asked, Pairs
from patients.fhir.registry import (
    COMPARTMENT,
    COMPARTMENT_SEARCH,
    SEARCH,
    SEARCH_ALL,
    SYSTEM,
    TYPE,
    Interaction,
)
from patients.records import search
from patients.records.definitions import SERVED
from patients.records.search import CURSOR

PAGE: Final = "_page"  # a whole search, sealed


def by_get(asked: Asked) -> HttpResponse:
    """The parameters stand in the address."""
    page = next((value for name, value in asked.pairs if name == PAGE), None)
    if page is not None:
        return _found(asked, _opened(page, asked), sealed=True)
    return _found(asked, searching.said(asked.pairs), sealed=False)


def by_post(asked: Asked) -> HttpResponse:
    """The parameters stand in the body, where no log sees them; so links to further pages keep them sealed."""
    asked.pairs = [*asked.pairs, *asked.form()]
    asked.media = asking.media_type(asked.request, asked.pairs)
    asked.pretty = asking.wants_pretty(asked.pairs)
    return _found(asked, searching.said(asked.pairs), sealed=True)


def _found(asked: Asked, pairs: Pairs, *, sealed: bool) -> HttpResponse:
    types, others = _types(asked, pairs)
    within = (asked.type, asked.ident) if asked.inside else None
    sought = searching.understood(types, others, lenient=asked.lenient, holder=_holder(asked), within=within)
    with asked.records.look("search", type_=types[0] if len(types) == 1 else "") as records:
        page = merging.found(records, sought.queries)
        beside = including.beside(records, page.rows, sought.includes)
    entries = [responses.entry(row, "match", sought.subset) for row in page.rows]
    entries += [responses.entry(row, "include", sought.subset.without_elements) for row in beside.rows]
    if told := list(searching.warnings(sought, beside.more)):
        entries.append(responses.told_entry(told))
    links = _links(asked, [*_named(pairs, others), *sought.told], pairs, page.next, sealed=sealed)
    return responses.answer(responses.bundle("searchset", entries, total=page.total, links=links), 200, asked)


def _types(asked: Asked, pairs: Pairs) -> tuple[Sequence[str], Pairs]:
    """The types that are searched, and by which parameters.

    A resource that may not be seen has a compartment as empty as that of one that does not exist.
    """
    if asked.inside == "*":
        return searching.types_among(search.types_in(asked.type), pairs)
    if asked.type:
        return [asked.inside or asked.type], pairs
    searching.refuse_unbounded(pairs)
    return searching.types_among(SERVED, pairs)


def _place(asked: Asked) -> str:
    """What is searched, as an address relative to the base."""
    return "/".join(part for part in (asked.type, asked.ident, asked.inside) if part)


def _named(pairs: Pairs, others: Pairs) -> Pairs:
    return [] if len(pairs) == len(others) else [pair for pair in pairs if pair[0] == searching.TYPES]


def _links(asked: Asked, told: Pairs, pairs: Pairs, after: str | None, *, sealed: bool) -> list[tuple[str, str]]:
    place = _place(asked)
    here = [] if sealed else [pair for pair in pairs if pair[0] == CURSOR]
    links = [("self", _address(place, [*told, *here]))]
    if after is not None:
        following = [*told, (CURSOR, after)]
        links.append(("next", _address(place, [(PAGE, _sealed(asked, following))] if sealed else following)))
    return links


def _address(place: str, pairs: Pairs) -> str:
    return "/".join(part for part in (responses.base(), place) if part) + (f"?{urlencode(pairs)}" if pairs else "")


def _holder(asked: Asked) -> str:
    """Whose links to further pages these are."""
    actor = asked.records.actor
    return f"{actor.account} {actor.person} {actor.room}"


def _sealed(asked: Asked, pairs: Pairs) -> str:
    return vault.sealed_token("fhir search", {"place": _place(asked), "holder": _holder(asked), "pairs": pairs})


def _opened(token: str, asked: Asked) -> Pairs:
    try:
        opened = vault.opened_token("fhir search", token)
    except vault.Unreadable:
        opened = {}
    if (opened.get("place"), opened.get("holder")) != (_place(asked), _holder(asked)):
        raise Invalid("This link to a further page was not made here.", code="value", where=f"http.{PAGE}")
    return [(name, value) for name, value in opened["pairs"]]


INTERACTIONS = (
    Interaction("search-type", "GET", TYPE, by_get, parameters=None),
    Interaction("search-type", "POST", SEARCH, by_post, parameters=None),
    Interaction("search-system", "GET", SYSTEM, by_get, parameters=None),
    Interaction("search-system", "POST", SEARCH_ALL, by_post, parameters=None),
    Interaction("search-compartment", "GET", COMPARTMENT, by_get, parameters=None),
    Interaction("search-compartment", "POST", COMPARTMENT_SEARCH, by_post, parameters=None),
)
