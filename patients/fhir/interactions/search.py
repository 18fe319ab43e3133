"""search-type, by GET and by POST. https://hl7.org/fhir/R4/search.html · https://hl7.org/fhir/R4/http.html#search"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from django.http import HttpResponse

from patients import vault
from patients.errors import Finding, Invalid
from patients.fhir import asking, merging, responses, searching
from patients.fhir.asking import Asked, Pairs
from patients.fhir.registry import SEARCH, TYPE, Interaction
from patients.fhir.searching import CURSOR, Sought

PAGE: Final = "_page"  # a whole search, sealed


def by_get(asked: Asked) -> HttpResponse:
    """The parameters stand in the address."""
    page = next((value for name, value in asked.pairs if name == PAGE), None)
    if page is not None:
        return _found(asked, _opened(page, asked.type), sealed=True)
    return _found(asked, asked.pairs, sealed=False)


def by_post(asked: Asked) -> HttpResponse:
    """The parameters stand in the body, where no log sees them; so links to further pages keep them sealed."""
    asked.pairs = [*asked.pairs, *asked.form()]
    asked.media = asking.media_type(asked.request, asked.pairs)
    asked.pretty = asking.wants_pretty(asked.pairs)
    return _found(asked, asked.pairs, sealed=True)


def _found(asked: Asked, pairs: Pairs, *, sealed: bool) -> HttpResponse:
    sought = searching.understood([asked.type], pairs, lenient=asked.lenient)
    with asked.records.look("search", type_=asked.type) as records:
        page = merging.found(records, sought.queries)
        beside = records.beside(page.documents, sought.includes)
    entries = [responses.entry(row, "match", sought.subset) for row in page.rows]
    entries += [responses.entry(row, "include", sought.subset.without_elements) for row in beside.documents]
    if told := list(searching.warnings(sought, beside.more)):
        entries.append(responses.told_entry(told))
    links = _links(asked, sought, pairs, page.next, sealed=sealed)
    return responses.answer(responses.bundle("searchset", entries, total=page.total, links=links), 200, asked)


def _links(asked: Asked, sought: Sought, pairs: Pairs, after: str | None, *, sealed: bool) -> list[tuple[str, str]]:
    here = [] if sealed else [pair for pair in pairs if pair[0] == CURSOR]
    links = [("self", _address(asked.type, [*sought.told, *here]))]
    if after is not None:
        following = [*sought.told, (CURSOR, after)]
        links.append(("next", _address(asked.type, [(PAGE, _sealed(asked.type, following))] if sealed else following)))
    return links


def _address(type_: str, pairs: Pairs) -> str:
    return f"{responses.base()}/{type_}" + (f"?{urlencode(pairs)}" if pairs else "")


def _sealed(type_: str, pairs: Pairs) -> str:
    return vault.sealed_token("fhir search", {"type": type_, "pairs": pairs})


def _opened(token: str, type_: str) -> Pairs:
    try:
        opened = vault.opened_token("fhir search", token)
    except vault.Unreadable:
        opened = {}
    if opened.get("type") != type_:
        text = "This link to a further page was not made here."
        raise Invalid(text, Finding(text, "value", f"http.{PAGE}"))
    return [(name, value) for name, value in opened["pairs"]]


INTERACTIONS = (
    Interaction("search-type", "GET", TYPE, by_get),
    Interaction("search-type", "POST", SEARCH, by_post),
)
