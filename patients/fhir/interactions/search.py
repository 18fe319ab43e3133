"""search-type, by GET and by POST. https://hl7.org/fhir/R4/search.html · https://hl7.org/fhir/R4/http.html#search"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from django.http import HttpResponse

from patients import vault
from patients.errors import Finding, Invalid
from patients.fhir import responses
from patients.fhir.asking import Asked, Pairs
from patients.fhir.registry import SEARCH, TYPE, Interaction

CURSOR: Final = "_cursor"  # understood by patients.records.search
PAGE: Final = "_page"  # a whole search, sealed
_ABOUT_THE_ANSWER: Final = ("_format", "_pretty")


def by_get(asked: Asked) -> HttpResponse:
    """The parameters stand in the address."""
    if asked.pairs and asked.pairs[0][0] == PAGE:
        return _found(asked, _opened(asked.pairs[0][1], asked.type), sealed=True)
    return _found(asked, asked.pairs, sealed=False)


def by_post(asked: Asked) -> HttpResponse:
    """The parameters stand in the body, where no log sees them; so links to further pages keep them sealed."""
    return _found(asked, [*asked.pairs, *asked.form()], sealed=True)


def _found(asked: Asked, pairs: Pairs, *, sealed: bool) -> HttpResponse:
    page = asked.records.search(asked.type, pairs)
    lasting = [pair for pair in pairs if pair[0] != CURSOR]
    links = [("self", _address(asked.type, pairs if not sealed else lasting))]
    if page.next is not None:
        after = [*lasting, (CURSOR, page.next)]
        links.append(("next", _address(asked.type, [(PAGE, _sealed(asked.type, after))] if sealed else after)))
    entries = (responses.match(row) for row in page.rows)
    return responses.answer(responses.bundle("searchset", entries, total=page.total, links=links), 200, asked)


def _address(type_: str, pairs: Pairs) -> str:
    told = [pair for pair in pairs if pair[0] not in _ABOUT_THE_ANSWER]
    return f"{responses.base()}/{type_}" + (f"?{urlencode(told)}" if told else "")


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
