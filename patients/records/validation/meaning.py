"""What a schema cannot say: one walk over the typed tree of a resource, asking each element the rules of its type.

Also here, since they need the type of an element: required codes of CodeableConcepts, the types a Reference may point
to, and that the two halves of a primitive list (`given`, `_given`) fit together.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from functools import cache
from typing import Any, NamedTuple

from patients.errors import Finding
from patients.records import definitions
from patients.records.validation import datatypes, invariants
from patients.records.validation.partly import Unreadable
from patients.records.validation.rules import Holds, Json, Rule, Surroundings
from patients.records.validation.schema import MOST_FINDINGS, expression


def _asked_here(node: Json, around: Surroundings) -> bool:
    """Of the rules that need to know how an element stands in its owner: they are not asked of the element alone."""
    return True


_ELE_1 = Rule("ele-1", "Nothing may be empty: leave the element out instead.", _asked_here)
_CODES = Rule("binding", "None of these codes is in the value set that is required here.", _asked_here, "code-invalid")
_WITHIN_ANOTHER = "Extension.extension"
_ONE = "Only one of a choice may stand."
_GAP = Rule("gap", "A list has a gap that no extension explains.", _asked_here)


class _Child(NamedTuple):
    """How to look at one property of an element."""

    structure: str  # of what stands there; empty for a list of primitives
    codes: frozenset[tuple[str, str]] | None
    targets: frozenset[str]
    refused: Rule | None  # what is said when a reference points elsewhere


class _Table(NamedTuple):
    children: dict[str, _Child]
    rules: tuple[Rule, ...]


def findings(
    type_: str, around: Surroundings, most: int = MOST_FINDINGS, damaged: Set[str] = frozenset()
) -> list[Finding]:
    """Every rule that an element of the resource breaks, with its place. The shape of it is known to be right.

    `damaged`: FHIRPaths of elements from which something was taken; `around.told` says what can still be asked of them.
    """
    resource = around.resource
    _walk(resource, _table(type_), around)
    around.failed += [(resource, rule) for rule in _about_contained(around)]
    if not around.failed:
        return []
    places = _places(resource, {id(node) for node, _ in around.failed})
    found: list[Finding] = []
    for node, rule in around.failed:
        where = expression(type_, places.get(id(node), ()))
        if rule.holds is not _asked_here or where not in damaged:
            found.append(Finding(f"{rule.words} ({rule.key})", rule.code, where))
        if len(found) == most:
            break
    return found


def _walk(node: Json, table: _Table, around: Surroundings) -> None:
    asked = around.told.get(id(node), node) if around.told else node
    for rule in table.rules:
        if not _holds(rule, asked, around):
            around.failed.append((node, rule))
    children = table.children
    for key, value in node.items():
        child = children.get(key)
        if child is None:
            continue
        if type(value) is not list:
            _look(value, child, around, beside=key[0] == "_" and key[1:] in node)
        elif not child.structure:
            if None in value and not _filled(value, node.get("_" + key)):
                around.failed.append((node, _GAP))
        else:
            values = node.get(key[1:]) if key[0] == "_" else None
            for at, each in enumerate(value):
                if each is not None:
                    _look(each, child, around, beside=values is not None and values[at : at + 1] not in ([], [None]))
            if key[0] == "_" and not any(value):
                around.failed.append((node, _ELE_1))
            elif key[0] == "_" and not _filled(node.get(key[1:]), value):
                around.failed.append((node, _GAP))


def _holds(rule: Rule, node: Json, around: Surroundings) -> bool:
    try:
        return rule.holds(node, around)
    except Unreadable:
        return True


def _look(value: Json, child: _Child, around: Surroundings, beside: bool) -> None:
    """One element. `beside`: it is the other half of a primitive, whose value stands."""
    if len(value) == 1 and "id" in value and not beside:
        around.failed.append((value, _ELE_1))
    if child.refused is not None:
        named = datatypes.refers_to(value, around)
        if named and named not in child.targets and named in definitions.resource_types():
            around.failed.append((value, child.refused))
    if child.codes is not None and not _uses(value, child.codes):
        around.failed.append((value, _CODES))
    _walk(value, _table(child.structure), around)


def _uses(concept: Json, codes: frozenset[tuple[str, str]]) -> bool:
    if any((coding.get("system"), coding.get("code")) in codes for coding in concept.get("coding", ())):
        return True
    return "coding" not in concept and "extension" in concept  # data-absent-reason in place of a code


def _filled(values: list[Any] | None, elements: list[Any] | None) -> bool:
    """Whether at each place of a primitive list stands a value, or an extension in its place."""
    if elements is None:
        return not values or None not in values
    if values is None:
        return None not in elements
    return len(values) == len(elements) and all(
        value is not None or element is not None for value, element in zip(values, elements, strict=True)
    )


def _about_contained(around: Surroundings) -> list[Rule]:
    """dom-2 to dom-5. https://hl7.org/fhir/R4/references.html#contained"""
    resource = around.resource
    contained = resource.get("contained")
    if not contained:
        return []
    found: list[Rule] = []
    if resource is not around.container or any("contained" in inner for inner in contained):
        found.append(_dom("dom-2", "A contained resource contains no other."))
    ids = [inner["id"] for inner in contained if "id" in inner]
    if len(set(ids)) < len(ids):
        found.append(_dom("contained", "The id of a contained resource stands once."))
    named = set(_named(resource, ""))
    for inner in contained:
        if f"#{inner.get('id', '')}" not in named and "#" not in _named(inner, ""):
            found.append(_dom("dom-3", "Each contained resource is referred to."))
        meta = inner.get("meta", {})
        if "versionId" in meta or "lastUpdated" in meta:
            found.append(_dom("dom-4", "A contained resource has no version of its own."))
        if "security" in meta:
            found.append(_dom("dom-5", "A contained resource has no security label of its own."))
    return list(dict.fromkeys(found))


def _named(node: Any, name: str) -> Iterator[str]:
    """What this property or anything in it names within the resource (`#` and an id). A text names nothing."""
    if isinstance(node, str):
        if node[:1] == "#" and name in definitions.address_names():
            yield node
    elif isinstance(node, (dict, list)):
        for key, each in node.items() if isinstance(node, dict) else ((name, each) for each in node):
            yield from _named(each, key)


@cache
def _dom(key: str, words: str) -> Rule:
    return Rule(key, words, _asked_here)


def _places(resource: Json, wanted: set[int]) -> dict[int, tuple[str | int, ...]]:
    """Where the elements with these identities stand."""
    found: dict[int, tuple[str | int, ...]] = {}
    waiting: list[tuple[Any, tuple[str | int, ...]]] = [(resource, ())]
    while waiting:
        node, path = waiting.pop()
        if id(node) in wanted:
            found.setdefault(id(node), path)
        steps: Any = node.items() if isinstance(node, dict) else enumerate(node)
        waiting += [(child, (*path, step)) for step, child in steps if isinstance(child, (dict, list))]
    return found


@cache
def _table(name: str) -> _Table:
    """Built when first needed: which properties of a structure are worth a look, and its rules."""
    rules = (*datatypes.RULES.get(name, ()), *invariants.RULES.get(name, ()), *_choices(name))
    if name == "Element":
        return _Table({"extension": _Child("Extension", None, frozenset(), None)}, rules)
    if name == _WITHIN_ANOTHER:
        return _Table(_table("Extension").children, (*rules, *_choices("Extension")))
    children: dict[str, _Child] = {}
    primitives = definitions.primitives()
    for field, described in definitions.structure(name).fields.items():
        if described.type == "Resource":
            continue
        if described.type not in primitives:
            codes = definitions.codes(described.codes) if described.codes else None
            structure = _WITHIN_ANOTHER if (name, field) == ("Extension", "extension") else described.type
            children[field] = _Child(structure, codes, described.targets, _misdirected(described.targets))
            continue
        if not described.plain:
            children["_" + field] = _Child("Element", None, frozenset(), None)
        if described.many:
            children[field] = _Child("", None, frozenset(), None)
    return _Table(children, rules)


def _choices(name: str) -> tuple[Rule, ...]:
    """One of a choice (`value[x]`) at most; it may stand in two halves, `valueCode` and `_valueCode`."""
    if not definitions.has_structure(name):
        return ()
    return tuple(
        Rule("choice", _ONE, _one_of(members), "structure") for members, _ in definitions.structure(name).choices
    )


def _one_of(members: tuple[str, ...]) -> Holds:
    names = frozenset(members) | {"_" + member for member in members}

    def holds(node: Json, around: Surroundings) -> bool:
        standing = names.intersection(node)
        return len(standing) < 2 or len({name.removeprefix("_") for name in standing}) < 2

    return holds


@cache
def _misdirected(targets: frozenset[str]) -> Rule | None:
    if not targets:
        return None
    return Rule("target", f"This reference may point to {', '.join(sorted(targets))} only.", _asked_here, "value")
