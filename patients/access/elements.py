"""Small things of FHIR that access documents are made of: references, codes, extensions, provisions.

What has another form than it should says nothing: a reference is empty, a list has no members.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Content = dict[str, Any]


def reference(value: object) -> str:
    """Where a Reference leads, as it is written but without a version; or empty."""
    address = value.get("reference") if isinstance(value, dict) else None
    return address.partition("/_history/")[0] if isinstance(address, str) else ""


def ident(reference: str) -> str:
    """The id in a relative reference."""
    return reference.partition("/")[2]


def extensions(element: Content, url: str) -> list[Content]:
    """The extensions of this address."""
    return [one for one in element.get("extension", ()) if isinstance(one, dict) and one.get("url") == url]


def parts(extension: Content) -> dict[str, Content]:
    """The extensions inside an extension by their names, the last of several."""
    return {str(one.get("url")): one for one in extension.get("extension", ()) if isinstance(one, dict)}


def codings(concept: object) -> list[tuple[str, str]]:
    """System and code of each Coding of a CodeableConcept."""
    found = concept.get("coding", ()) if isinstance(concept, dict) else ()
    return [(str(one.get("system", "")), str(one.get("code", ""))) for one in found]


def has_coding(content: Content, name: str, system: str, code: str) -> bool:
    """Whether any of the CodeableConcepts of this name has the code."""
    return any((system, code) in codings(concept) for concept in content.get(name, ()))


def provisions(root: Content) -> Iterator[Content]:
    """A provision of a Consent, and all inside it at whatever level."""
    yield root
    for inner in root.get("provision", ()):
        yield from provisions(inner)


def on_one_level(root: Content) -> list[Content]:
    """The provisions of a Consent that has one level of them: those inside the root, or the root itself."""
    return root.get("provision") or [root]
