"""Narratives: the small part of XHTML that FHIR allows, read by expat once from front to back.

What could run, load or deceive is refused, never repaired: a stored document stays what its author signed.
https://hl7.org/fhir/R4/narrative.html
"""

from __future__ import annotations

import re
from typing import Any, Final
from xml.parsers import expat

XHTML: Final = "http://www.w3.org/1999/xhtml"
MOST_DEPTH: Final = 64  # of elements

_ELEMENT_NAMES = """
    a abbr acronym address b bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt em font h1
    h2 h3 h4 h5 h6 hr i img ins kbd li ol p pre q s samp small span strike strong sub sup table tbody td tfoot th thead
    tr tt u ul var
"""
_ATTRIBUTE_NAMES = """
    abbr accesskey align alt axis bgcolor border cellpadding cellspacing char charoff cite class clear color colspan
    compact datetime dir face frame headers height href hspace id lang name noshade nowrap rel rev rowspan rules scope
    size span src start style summary tabindex title type valign value vspace width
"""
_ELEMENTS: Final = frozenset(_ELEMENT_NAMES.split())
_ATTRIBUTES: Final = frozenset(_ATTRIBUTE_NAMES.split())
_XML: Final = frozenset(f"http://www.w3.org/XML/1998/namespace {name}" for name in ("lang", "space"))
_CONTENT = re.compile(r">\s*[^<\s]|<(?:img|pre)\b")
_LINK = re.compile(r"(?:https?:|mailto:|tel:|sms:|ftps?:|urn:|#|[^:]*$|[^:]*[/?#])", re.I)
_PICTURE = re.compile(r"(?:https?:|cid:|#|data:\s*image/(?:png|jpe?g|gif|webp|bmp)[;,]|[^:]*$|[^:]*[/?#])", re.I)
_BAD_STYLE = re.compile(
    r"expression|javascript|@import|behaviou?r|-moz-binding|\\|url\s*\(\s*['\"]?\s*(?!data:\s*image/(?!svg))(?:[a-z]+:|//)",
    re.I,
)


class _Unsafe(Exception):
    """What stands in the narrative is not allowed."""


def is_safe(narrative: dict[str, Any], around: object = None) -> bool:
    """Whether the `div` of a Narrative is XHTML of the allowed kind."""
    try:
        _Reader().read(narrative.get("div", ""))
    except (_Unsafe, expat.ExpatError, UnicodeError):
        return False
    return True


def says_something(narrative: dict[str, Any], around: object = None) -> bool:
    """Whether there is a text or a picture in it (txt-2). White space counts where it is preformatted."""
    return _CONTENT.search(narrative.get("div", "<img/>")) is not None


class _Reader:
    def __init__(self) -> None:
        self.depth = 0
        parser = expat.ParserCreate("utf-8", namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        parser.ProcessingInstructionHandler = self._refuse
        parser.XmlDeclHandler = self._refuse
        parser.buffer_text = True
        self._parser = parser

    def read(self, div: str) -> None:
        """Read it from front to back. Raises _Unsafe and expat.ExpatError."""
        self._parser.Parse(div.encode(), True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, element = name.rpartition(" ")
        self.depth += 1
        if namespace != XHTML or element not in _ELEMENTS or (self.depth == 1 and element != "div"):
            raise _Unsafe(name)
        if self.depth > MOST_DEPTH:
            raise _Unsafe("depth")
        for attribute, value in attributes.items():
            _check_attribute(attribute, value)

    def _end(self, name: str) -> None:
        self.depth -= 1

    def _refuse(self, *_: object) -> None:
        raise _Unsafe("declaration")


def _check_attribute(name: str, value: str) -> None:
    if name in _XML:
        return
    if name not in _ATTRIBUTES:
        raise _Unsafe(name)
    if name in ("href", "cite") and not _LINK.match(value.strip()):
        raise _Unsafe(name)
    if name == "src" and not _PICTURE.match(value.strip()):
        raise _Unsafe(name)
    if name == "style" and _BAD_STYLE.search(value):
        raise _Unsafe(name)
