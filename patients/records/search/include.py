"""`_include` and `_revinclude`: what stands beside the documents of a page, found along the rows of their references.

Each kind costs one statement, however many are asked for. The scope of who asks holds for what is included as for what
was searched. Where a reference names a version, that version is given; who may see it is asked by the caller.
https://hl7.org/fhir/R4/search.html#include
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple, Protocol, cast

from django.db import connection

from patients import vault
from patients.records import definitions, superseded, wire
from patients.records.definitions.paths import follow
from patients.records.index.extract import address_of, local_address
from patients.records.index.slots import Parameter, parameters
from patients.records.models import Document
from patients.records.search.compare import Sql, any_of, both, either
from patients.records.search.query import Scope
from patients.records.search.values import refused
from patients.records.store import SELECTED, loaded

MOST_INCLUDED: Final = 1_000  # documents beside one page
MOST_ASKED: Final = 40  # values of both parameters together
INCLUDE: Final = "_include"
REVINCLUDE: Final = "_revinclude"

_HISTORY: Final = "/_history/"
_VERSIONED: Final = _HISTORY.encode()
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,8}")


class _End(NamedTuple):
    """Where a reference leads: to a document as it is, or to one of its versions."""

    type: str
    ident: str
    version: int | None


@dataclass(frozen=True, slots=True)
class Along:
    """One way from document to document: the references of a type that a parameter finds, to any or one type."""

    type: str  # whose references; empty: of every type
    parameter: Parameter | None  # None: every one
    target: str = ""

    @property
    def test(self) -> Sql | None:
        """The rows `x` of the references that are followed; None for all."""
        parts = []
        if self.parameter is not None:
            parts.append(any_of("x.slot", self.parameter.numbers))
        elif self.type:
            parts.append(any_of("x.slot", _references(self.type)))
        parts += [Sql("x.target_type = %s", (target,)) for target in self.targets]
        return both(parts) if parts else None

    @property
    def targets(self) -> frozenset[str]:
        """The type that what it finds must be of, as it was asked and as the parameter says; empty: of any."""
        return frozenset({self.target, self.parameter.target if self.parameter else ""} - {""})

    def may_lead_to(self, types: frozenset[str]) -> bool:
        """Whether what it finds may be of one of these types."""
        if self.targets:
            return len(self.targets) == 1 and self.targets <= types
        return self.parameter is None or not self.parameter.targets or bool(self.parameter.targets & types)


@dataclass(frozen=True, slots=True)
class Includes:
    """What shall stand beside the documents that were found."""

    forward: tuple[Along, ...] = ()  # what they refer to
    reverse: tuple[Along, ...] = ()  # what refers to them

    def __bool__(self) -> bool:
        return bool(self.forward or self.reverse)


class Match(Protocol):
    """What stands on the page."""

    @property
    def type(self) -> str: ...
    @property
    def logical_id(self) -> str: ...


class Other(Match, Protocol):
    """A match that is no document."""

    @property
    def text(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Included:
    """What was found, each once and no match among them. With `more` there is more than is carried on one page."""

    documents: tuple[Document, ...] = ()
    more: bool = False


def parse_includes(types: Iterable[str], pairs: Iterable[tuple[str, str]]) -> Includes:
    """Understand the two parameters of a search among these types; other pairs are passed over. Raises Invalid."""
    searched = frozenset(types)
    forward: dict[Along, None] = {}
    reverse: dict[Along, None] = {}
    for name, given in pairs:
        plainly, _, modifier = name.partition(":")
        if plainly not in (INCLUDE, REVINCLUDE):
            continue
        if modifier:
            raise refused(name, "is not supported: one step is followed, from or to what was found", "not-supported")
        (forward if plainly == INCLUDE else reverse)[_along(plainly, given, searched)] = None
        if len(forward) + len(reverse) > MOST_ASKED:
            raise refused(name, f"is given more than {MOST_ASKED} times", "too-costly")
    return Includes(tuple(forward), tuple(reverse))


def _along(name: str, given: str, searched: frozenset[str]) -> Along:
    if given == "*":
        return Along("", None)
    type_, _, rest = given.partition(":")
    wanted, _, target = rest.partition(":")
    if not wanted or ":" in target:
        raise refused(name, "is written as Type:parameter or Type:parameter:Target")
    if type_ not in definitions.SERVED:
        raise refused(name, f"names “{type_[:40]}”, which is not served here", "not-supported")
    if name == INCLUDE and type_ not in searched:
        raise refused(name, f"names {type_}, which is not searched: only what was found is followed", "not-supported")
    if target and target not in definitions.resource_types():
        raise refused(name, f"names “{target[:40]}”, which is no type", "not-supported")
    if wanted == "*":
        return Along(type_, None, target)
    parameter = parameters(type_).get(wanted)
    if parameter is None or not _leads(parameter):
        raise refused(name, f"names “{wanted[:40]}”, which is no reference parameter of {type_}", "not-supported")
    return Along(type_, parameter, target)


@cache
def includes_of(type_: str) -> tuple[str, ...]:
    """What `_include` may say in a search for this type."""
    return (f"{type_}:*", *(f"{type_}:{name}" for name, each in sorted(parameters(type_).items()) if _leads(each)))


@cache
def revincludes_of(type_: str) -> tuple[str, ...]:
    """What `_revinclude` may say in a search for this type: every reference that may point to it."""
    return tuple(
        f"{other}:{name}"
        for other in sorted(definitions.SERVED)
        for name, each in sorted(parameters(other).items())
        if _leads(each) and (not each.targets or type_ in each.targets)
    )


def _leads(parameter: Parameter) -> bool:
    """Whether it finds references to documents: canonical addresses name a definition, wherever it is."""
    return parameter.kind == "reference" and any(slot.path.type != "canonical" for slot in parameter.slots)


def included(
    matches: Sequence[Document],
    wanted: Includes,
    scope: Scope,
    *,
    others: Sequence[Other] = (),
    most: int = MOST_INCLUDED,
) -> Included:
    """The documents beside these, as far as the scope lets them through. A statement for each kind of include.

    `others` are matches that are no documents; what they refer to costs one statement more, and so does what matches
    refer to that name a version somewhere: the index does not know which.
    """
    found: list[Document] = []
    known = {(document.pk, document.version) for document in matches}
    least = most + len(known) + 1
    indexed: list[Document] = []
    naming: list[Other] = [*others]
    for each in matches if wanted.forward else ():
        (naming if _VERSIONED in each.text else indexed).append(each)
    if indexed:
        found += _documents(_referred_to(indexed, wanted.forward), scope, least)
    if ends := _ends_of(naming, wanted.forward):
        if current := {(end.type, end.ident) for end in ends if end.version is None}:
            found += _documents(_named(current), scope, least)
        if versions := [end for end in ends if end.version is not None]:
            found += _versions(versions, scope, least)
    if (matches or others) and wanted.reverse:
        found += _documents(_referring([*matches, *others], wanted.reverse), scope, least)
    beside = list({(each.pk, each.version): each for each in found if (each.pk, each.version) not in known}.values())
    vault.open_keys(document.key for document in beside[:most])
    return Included(tuple(beside[:most]), len(beside) > most)


def _referred_to(matches: Sequence[Document], ways: Sequence[Along]) -> Sql:
    rows = both([any_of("x.document_id", [document.pk for document in matches]), *_any(ways)])
    text = f"SELECT DISTINCT x.target_type, x.target_id FROM records_reference x WHERE {rows.text}"
    return Sql(f"({text}) r CROSS JOIN records_document d WHERE d.type = r.target_type AND d.logical_id = r.target_id",
               rows.params)  # fmt: skip


def targets_of(others: Iterable[Other], ways: Sequence[Along]) -> set[tuple[str, str]]:
    """Types and ids of what these refer to, along these ways: read from the resources, which no index knows."""
    return {(end.type, end.ident) for end in _ends_of(others, ways)}


def _ends_of(matches: Iterable[Other], ways: Sequence[Along]) -> set[_End]:
    found: set[_End] = set()
    for match in matches if ways else ():
        content = wire.opened(match.text)
        for way in ways:
            if way.type in ("", match.type):
                along = [way.parameter] if way.parameter else _leading(match.type, all_=not way.type)
                found |= {end for each in along for end in _ends(content, each) if way.target in ("", end.type)}
    return found


def targets_at(matches: Sequence[Document], ways: Sequence[Along], types: frozenset[str]) -> set[tuple[str, str]]:
    """Types and ids of what these documents refer to, of some types: whether there is such a document or not."""
    ways = [way for way in ways if way.may_lead_to(types)]
    if not (matches and ways and types):
        return set()
    documents = any_of("x.document_id", [each.pk for each in matches])
    rows = both([documents, any_of("x.target_type", sorted(types)), *_any(ways)])
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT x.target_type, x.target_id FROM records_reference x WHERE {rows.text}", rows.params
        )
        return set(cursor.fetchall())


def _ends(content: wire.Json, parameter: Parameter) -> set[_End]:
    addresses = [address_of(each)[0] for slot in parameter.slots for each in follow(slot.path, content, content)]
    ends = {_End(*local, _version(address)) for address in addresses if (local := local_address(address)) is not None}
    return {end for end in ends if parameter.target in ("", end.type)}


def _version(address: str) -> int | None:
    """The version that an address names; 0, which no document has, where it is no number of one."""
    _, named, version = address.partition(_HISTORY)
    if not named:
        return None
    return int(version) if _NUMBER.fullmatch(version) else 0


def _named(targets: Iterable[tuple[str, str]]) -> Sql:
    named = _pairs(targets, "d.type", "d.logical_id")
    return Sql(f"records_document d WHERE {named.text}", named.params)


def _pairs(pairs: Iterable[tuple[str, str]], type_column: str, id_column: str) -> Sql:
    """The two columns hold one of these types and ids."""
    by_type: dict[str, list[str]] = {}
    for type_, ident in pairs:
        by_type.setdefault(type_, []).append(ident)
    return either(
        [both([any_of(id_column, idents), Sql(f"{type_column} = %s", (type_,))]) for type_, idents in by_type.items()]
    )


def _referring(matches: Sequence[Match], ways: Sequence[Along]) -> Sql:
    targets = _pairs([(each.type, each.logical_id) for each in matches], "x.target_type", "x.target_id")
    rows = both([targets, *_any(ways)])
    text = f"SELECT DISTINCT x.document_id FROM records_reference x WHERE {rows.text}"
    return Sql(f"({text}) r CROSS JOIN records_document d WHERE d.id = r.document_id", rows.params)


def _any(ways: Sequence[Along]) -> list[Sql]:
    """The rows of any of these; nothing to test where one of them is every row."""
    tests = [way.test for way in ways]
    return [] if None in tests else [either([test for test in tests if test is not None])]


def _documents(along: Sql, scope: Scope, most: int) -> list[Document]:
    return _visible(Sql(f"{along.text} AND NOT d.deleted", along.params), scope, most)


def _versions(ends: Sequence[_End], scope: Scope, most: int) -> list[Document]:
    """These versions of documents that may be seen today, also of those that were deleted since."""
    documents = _visible(_named({(end.type, end.ident) for end in ends}), scope, most)
    by_place = {(each.type, each.logical_id): each for each in documents}
    asked = [
        (by_place[end.type, end.ident], end.version)
        for end in sorted(ends)
        if end.version and (end.type, end.ident) in by_place
    ]
    return [each for each in superseded.those(asked[:most]) if not each.deleted]


def _visible(along: Sql, scope: Scope, most: int) -> list[Document]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {SELECTED} FROM {along.text} AND ({scope.sql}) ORDER BY d.id LIMIT %s",
            (*along.params, *cast(Sequence[Any], scope.params), most),
        )
        return [loaded(row) for row in cursor.fetchall()]


def references_of(type_: str) -> list[str]:
    """The names of all parameters that lead from this type to documents."""
    return [name for name, each in parameters(type_).items() if _leads(each)]


def _leading(type_: str, *, all_: bool = False) -> Iterator[Parameter]:
    """Those that lead to documents; `all_`: also those by canonical addresses, which may name a document here."""
    return (each for each in parameters(type_).values() if _leads(each) or (all_ and each.kind == "reference"))


def _references(type_: str) -> list[int]:
    """The slots of all references of a type."""
    return sorted({number for each in _leading(type_) for number in each.numbers})
