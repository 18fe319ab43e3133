"""References inside a transaction: to what it creates, and to what a search means.

https://hl7.org/fhir/R4/http.html#trules. As the standard says, links follow in references, in elements of type uri,
url, oid and uuid, and in `href` and `src` of the narrative. They do not follow in elements of type canonical, nor in
texts that merely look alike, such as the value of an identifier.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from patients.records import definitions
from patients.records.wire import Json

ADDRESSES: Final = frozenset({"uri", "url", "oid", "uuid"})
_CONDITIONAL: Final = re.compile(r"([A-Z][A-Za-z]{1,60})\?(.+)", re.S)
_LINKED: Final = re.compile(r"""(?:(?<=\shref=["'])|(?<=\ssrc=["']))[^"']+""")
_RESTFUL: Final = re.compile(r"(https?://.+/)([A-Z][A-Za-z]{1,60}/[A-Za-z0-9.-]{1,64})")


class Links:
    """Where the fullUrls of a Bundle lead to on this server (`Observation/7f…`)."""

    def __init__(
        self, leads: Mapping[str, str], criteria: Mapping[str, str], versions: Mapping[str, int] | None = None
    ) -> None:
        """`versions`: those of what they lead to, as far as known. A link to any version leads to that one."""
        self._leads = {name: target for name, target in leads.items() if name}
        self._criteria = criteria
        self._versions = versions or {}

    def followed(self, resource: Json, full_url: str) -> Json:
        """The resource with its links followed; itself where there are none.

        A relative reference is read beside the fullUrl of the entry in which it stands.
        """
        if resource.get("resourceType") == "Bundle" or not (self._leads or self._criteria):
            return resource  # what is kept whole is kept as it is
        home = found[1] if (found := _RESTFUL.fullmatch(full_url)) else ""
        after: Json = rewritten(resource, lambda kind, value: self._followed(kind, value, home))
        return after

    def _followed(self, kind: str, value: str, home: str) -> str:
        if kind == "reference" and value in self._criteria:
            return self._criteria[value]
        if kind == "xhtml":
            return _LINKED.sub(lambda found: self._leads.get(found[0], found[0]), value)
        plainly, history, version = value.partition("/_history/")
        if kind == "reference" and home and ":" not in plainly:
            target = self._leads.get(plainly) or self._leads.get(home + plainly)
        else:
            target = self._leads.get(plainly)
        if target and history:
            version = str(self._versions.get(target, version))
        return f"{target}{history}{version}" if target else value


def conditional(resource: Json) -> Iterator[tuple[str, str, str]]:
    """The conditional references in a resource: as written, the type, and the criteria."""
    found: dict[str, tuple[str, str, str]] = {}

    def note(kind: str, value: str) -> str:
        if kind == "reference" and (parts := _CONDITIONAL.fullmatch(value)):
            found[value] = (value, parts[1], parts[2])
        return value

    rewritten(resource, note)
    return iter(found.values())


def named(resource: Json) -> set[str]:
    """All relative references in a resource, without versions."""
    found: set[str] = set()

    def note(kind: str, value: str) -> str:
        if kind == "reference":
            found.add(value.partition("/_history/")[0])
        return value

    rewritten(resource, note)
    return found


def rewritten(resource: Json, change: Callable[[str, str], str]) -> Any:
    """The resource after `change(kind, value)` of each link; parts without changes are shared with the original.

    Kinds: reference, the primitive types of addresses, and xhtml. What is no resource of R4 is left as it is.
    """
    kind = resource.get("resourceType")
    if not isinstance(kind, str) or kind not in definitions.resource_types():
        return resource
    return _element(resource, kind, change)


def _element(node: Any, type_: str, change: Callable[[str, str], str]) -> Any:
    if isinstance(node, list):
        after = [_element(each, type_, change) for each in node]
        return after if any(new is not old for new, old in zip(after, node, strict=True)) else node
    if isinstance(node, str):
        return change(type_, node) if type_ in ADDRESSES or type_ in ("reference", "xhtml") else node
    if not isinstance(node, dict):
        return node
    if type_ == "Resource":
        return rewritten(node, change)
    if not definitions.has_structure(type_):
        return node
    fields = definitions.structure(type_).fields
    changed: Json = {}
    for name, value in node.items():
        if (field := fields.get(name)) is None:
            continue
        after = _element(value, "reference" if (type_, name) == ("Reference", "reference") else field.type, change)
        if after is not value:
            changed[name] = after
    return {**node, **changed} if changed else node
