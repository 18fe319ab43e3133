"""How a client's write reaches the records: through the repository, or, where rights follow from the document, through
the network service that owns its type (DESIGN §5). The edge decides nothing; it only knows the way.

A resource that was given to `store.prepare` is not validated again: who opens `write()` does that first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from patients.access import Repository, Update
from patients.access.versions import Expected
from patients.errors import Problem, numbered
from patients.fhir.asking import SOURCE
from patients.network import documents
from patients.records.models import Document
from patients.records.store import Prepared
from patients.records.wire import Json


def create(records: Repository, resource: Json | Prepared, *, logical_id: str | None = None) -> Document:
    """Store a new resource, under an id of ours."""
    if type_of(resource) in documents.HANDLED:
        return documents.write(records.actor, resource, logical_id=logical_id, source=SOURCE)
    return records.create(resource, logical_id=logical_id)


def create_many(records: Repository, news: Sequence[tuple[Prepared, str]]) -> list[Document]:
    """Store new resources, each under its id: the client's where the resource names it, else one of ours.

    A problem says by `number` which one it is about.
    """

    def alone(number: int) -> Document:
        prepared, logical_id = news[number]
        if "id" in prepared.content:
            return update(records, prepared, if_match=None)
        return create(records, prepared, logical_id=logical_id)

    def together(numbers: Sequence[int]) -> list[Document]:
        return records.create_many([news[number] for number in numbers])

    return _each_its_way([prepared.type for prepared, _ in news], alone, together)


def update(
    records: Repository, resource: Json | Prepared, *, if_match: Expected | None, only_new: bool = False
) -> Document:
    """Store the next version; with `only_new` only the first."""
    if type_of(resource) in documents.HANDLED:
        return documents.write(records.actor, resource, if_match=if_match, only_new=only_new, source=SOURCE)
    return records.update(resource, if_match=if_match, only_new=only_new)


def update_many(records: Repository, wanted: Sequence[Update]) -> list[Document]:
    """Store next versions of what is there already. A problem says by `number` which one it is about."""

    def alone(number: int) -> Document:
        one = wanted[number]
        return update(records, one.prepared, if_match=one.if_match, only_new=one.only_new)

    def together(numbers: Sequence[int]) -> list[Document]:
        return records.update_many([wanted[number] for number in numbers])

    return _each_its_way([one.prepared.type for one in wanted], alone, together)


def _each_its_way(
    types: Sequence[str], alone: Callable[[int], Document], together: Callable[[Sequence[int]], list[Document]]
) -> list[Document]:
    """What network services own is written alone, the rest together; `types` says which is which, by number."""
    made: dict[int, Document] = {}
    for number, type_ in enumerate(types):
        if type_ in documents.HANDLED:
            with numbered(number):
                made[number] = alone(number)
    others = [number for number in range(len(types)) if number not in made]
    try:
        made.update(zip(others, together(others), strict=True))
    except Problem as problem:
        problem.number = None if problem.number is None else others[problem.number]
        raise
    return [made[number] for number in range(len(types))]


def delete(records: Repository, type_: str, logical_id: str, *, if_match: Expected | None) -> Document:
    """Store a tombstone."""
    if type_ in documents.HANDLED:
        return documents.delete(records.actor, type_, logical_id, if_match=if_match, source=SOURCE)
    return records.delete(type_, logical_id, if_match=if_match)


def type_of(resource: Json | Prepared) -> str:
    """The type of a resource, validated or not."""
    return resource.type if isinstance(resource, Prepared) else str(resource["resourceType"])
