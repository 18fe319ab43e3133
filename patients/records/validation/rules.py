"""A rule of the standard that one element must obey, and what it may look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final, Self

Json = dict[str, Any]

_NONE: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(slots=True)
class Surroundings:
    """What an element stands in: the resource itself and the one that contains it (the same, if none does)."""

    resource: Json
    container: Json
    contained: dict[str, str]  # types of the contained resources by id
    conditional: bool = False  # inside a transaction, where a reference may be a search
    entries: Mapping[str, str] = field(default_factory=dict)  # in a Bundle: types of its resources by fullUrl
    failed: list[tuple[Json, Rule]] = field(default_factory=list)
    told: Mapping[int, Json] = field(default_factory=dict)  # what is asked in place of elements, see `partly`

    @classmethod
    def of(cls, resource: Json, conditional: bool = False, entries: Mapping[str, str] = _NONE) -> Self:
        """A resource that no other contains, and whose shape is known to be right."""
        contained = {
            each["id"]: each["resourceType"] for each in resource.get("contained", ()) if type(each.get("id")) is str
        }
        if resource["resourceType"] == "Bundle":
            conditional = conditional or resource.get("type") in ("transaction", "batch")
            entries = _types_by_address(resource)
        return cls(resource, resource, contained, conditional, entries)

    def of_inner(self, inner: Json, *, contained: bool) -> Self:
        """A resource inside this one: contained, or an entry, which may point to other entries by their fullUrl."""
        if contained:
            return replace(self, resource=inner, failed=[], told={})
        return self.of(inner, self.conditional, self.entries)


def _types_by_address(bundle: Json) -> dict[str, str]:
    listed = [each for each in bundle.get("entry", ()) if "fullUrl" in each and "resource" in each]
    return {each["fullUrl"]: each["resource"]["resourceType"] for each in listed}


NOWHERE: Final = Surroundings({}, {}, {})

Holds = Callable[[Json, Surroundings], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """An invariant by its official key, what it says in plain words, and whether an element obeys it."""

    key: str
    words: str
    holds: Holds
    code: str = "invariant"


def has(node: Json, *names: str) -> bool:
    """Whether any of these elements stands, by value or by an extension in place of the value."""
    return any(name in node or "_" + name in node for name in names)


def chosen(node: Json, stem: str) -> bool:
    """Whether a choice (`value[x]`) stands, whatever its type."""
    later = len(stem)
    for key in node:
        name = key[1:] if key[0] == "_" else key
        if name.startswith(stem) and name[later : later + 1].isupper():
            return True
    return False


def coded(concept: Any, system: str, *codes: str) -> bool:
    """Whether a CodeableConcept carries one of these codes."""
    listed = concept.get("coding", ()) if isinstance(concept, dict) else ()
    return any(coding.get("system") == system and coding.get("code") in codes for coding in listed)


def some_of(key: str, words: str, *names: str) -> Rule:
    """At least one of these elements stands."""
    return Rule(key, words, lambda node, around: has(node, *names))


def not_both(key: str, words: str, one: str, other: str) -> Rule:
    """At most one of the two stands."""
    return Rule(key, words, lambda node, around: not (has(node, one) and has(node, other)))


def exactly_one(key: str, words: str, one: str, other: str) -> Rule:
    """One of the two stands, not both."""
    return Rule(key, words, lambda node, around: has(node, one) != has(node, other))


def needs(key: str, words: str, one: str, other: str) -> Rule:
    """Where the one stands, the other does too."""
    return Rule(key, words, lambda node, around: not has(node, one) or has(node, other))


def only_if(key: str, words: str, field: str, values: set[str], *names: str) -> Rule:
    """The named elements stand only where `field` has one of these values."""
    return Rule(key, words, lambda node, around: node.get(field) in values or not has(node, *names))


def implied(key: str, words: str, field: str, value: str, holds: Callable[[Json], bool]) -> Rule:
    """Where `field` has this value, the rest must hold."""
    return Rule(key, words, lambda node, around: node.get(field) != value or holds(node))
