"""How a client's write reaches the records: through the repository, or, where rights follow from the document, through
the network service that owns its type (DESIGN §5). The edge decides nothing; it only knows the way.
"""

from __future__ import annotations

from patients.access import Repository
from patients.fhir.asking import SOURCE
from patients.network import documents
from patients.records.models import Document
from patients.records.wire import Json


def create(records: Repository, resource: Json) -> Document:
    """Store a new resource."""
    if resource["resourceType"] in documents.HANDLED:
        return documents.write(records.actor, resource, source=SOURCE)
    return records.create(resource)


def update(records: Repository, resource: Json, *, if_match: int | None) -> Document:
    """Store the next version."""
    if resource["resourceType"] in documents.HANDLED:
        return documents.write(records.actor, resource, if_match=if_match, source=SOURCE)
    return records.update(resource, if_match=if_match)


def delete(records: Repository, type_: str, logical_id: str, *, if_match: int | None) -> Document:
    """Store a tombstone."""
    if type_ in documents.HANDLED:
        return documents.delete(records.actor, type_, logical_id, if_match=if_match, source=SOURCE)
    return records.delete(type_, logical_id, if_match=if_match)
