"""How a client's write reaches the records: through the repository, or, where rights follow from the document, through
the network service that owns its type (DESIGN §5). The edge decides nothing; it only knows the way.

A resource that was given to `store.prepare` is not validated again: who opens `write()` does that first.
"""

from __future__ import annotations

from patients.access import Repository
from patients.fhir.asking import SOURCE
from patients.network import documents
from patients.records.models import Document
from patients.records.store import Prepared
from patients.records.wire import Json


def create(records: Repository, resource: Json | Prepared) -> Document:
    """Store a new resource."""
    if type_of(resource) in documents.HANDLED:
        return documents.write(records.actor, resource, source=SOURCE)
    return records.create(resource)


def update(records: Repository, resource: Json | Prepared, *, if_match: int | None, only_new: bool = False) -> Document:
    """Store the next version; with `only_new` only the first."""
    if type_of(resource) in documents.HANDLED:
        return documents.write(records.actor, resource, if_match=if_match, only_new=only_new, source=SOURCE)
    return records.update(resource, if_match=if_match, only_new=only_new)


def delete(records: Repository, type_: str, logical_id: str, *, if_match: int | None) -> Document:
    """Store a tombstone."""
    if type_ in documents.HANDLED:
        return documents.delete(records.actor, type_, logical_id, if_match=if_match, source=SOURCE)
    return records.delete(type_, logical_id, if_match=if_match)


def type_of(resource: Json | Prepared) -> str:
    """The type of a resource, validated or not."""
    return resource.type if isinstance(resource, Prepared) else str(resource["resourceType"])
